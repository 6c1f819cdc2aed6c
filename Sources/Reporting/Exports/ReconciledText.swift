// The line under every export, on stderr: what was written beside what the report says.
public import Bookkeeping
import Terms

extension Reconciled {
    public var text: String {
        var text = "exported \(counted(sums.records, "record")) in \(counted(sums.rows, "row"))"
        if sums.unpriced > 0 {
            text += "; \(counted(sums.unpriced, "line")) without a price, whose amounts are not known"
        }
        text += "\n"
        for line in lines {
            for book in Book.allCases {
                let exported = line.exported[book] ?? .zero
                let reported = line.reported[book] ?? .zero
                let verdict = exported == reported ? "equal" : "DIFFERENT by \((exported - reported).plain)"
                text += "  \(book.rawValue): exported \(exported.plain), report \(reported.plain) "
                text += "\(line.currency.code), \(verdict)\n"
            }
        }
        if lines.isEmpty { text += "  no amounts, and none in the report: equal\n" }
        if sums.requests != reportedRecords {
            text += "  DIFFERENT: the report counts \(counted(reportedRecords, "record")), "
            text += "not \(sums.requests)\n"
        }
        return text
    }
}
