// The lines of a statement in groups with subtotals: per user, or per tenant in the report of all.
import Bookkeeping
import Terms

extension Statement {
    struct LineGroup {
        let name: String
        let rows: [ReportRow]
        let sum: ReportRow
    }

    /// Rows of one name and currency, the dearest group first; rows keep their order.
    func grouped(_ rows: [ReportRow]) -> [LineGroup] {
        struct Name: Hashable {
            let name: String
            let currency: Currency
        }
        var order: [Name] = []
        var found: [Name: [ReportRow]] = [:]
        for row in rows {
            let name = Name(name: row.keys[0], currency: row.currency)
            if found[name] == nil { order.append(name) }
            found[name, default: []].append(row)
        }
        let groups = order.map { name in
            let rows = found[name] ?? []
            return LineGroup(
                name: name.name, rows: rows,
                sum: ReportRow(keys: [], currency: name.currency, figures: rows.sum))
        }
        let book = StatementQuestion.book
        return groups.sorted { a, b in
            let costs = (a.sum.figures.cost[book] ?? .zero, b.sum.figures.cost[book] ?? .zero)
            return costs.0 == costs.1 ? a.name < b.name : costs.0 > costs.1
        }
    }

    /// What the lines add up to, per currency.
    var usageTotals: [ReportRow] {
        totals.map(\.currency).map { currency in
            ReportRow(
                keys: [], currency: currency, figures: usageRows.filter { $0.currency == currency }.sum)
        }
    }
}

extension Sequence<ReportRow> {
    /// Of rows of one currency. What has no price adds nothing.
    var sum: Figures {
        var sum = Figures()
        for row in self {
            let figures = row.figures
            sum.requests += figures.requests
            sum.inputTokens += figures.inputTokens
            sum.cacheReadTokens += figures.cacheReadTokens
            sum.cacheWriteTokens += figures.cacheWriteTokens
            sum.outputTokens += figures.outputTokens
            sum.reasoningTokens += figures.reasoningTokens
            sum.quantity += figures.quantity
            sum.estimatedRequests += figures.estimatedRequests
            sum.unpricedRequests += figures.unpricedRequests
            for book in Book.allCases {
                sum.cost[book] = (sum.cost[book] ?? .zero) + (figures.cost[book] ?? .zero)
            }
        }
        return sum
    }
}

/// The groups of meters that a statement tells apart.
enum MeterGroup: String, CaseIterable {
    case input = "input"
    case cacheRead = "cache read"
    case cacheWrite = "cache write"
    case output = "output"
    case other = "other"

    init(_ meter: Meter) {
        if meter.isCacheRead {
            self = .cacheRead
        } else if meter.isCacheWrite {
            self = .cacheWrite
        } else if meter.isInputTokens {
            self = .input
        } else if meter.isOutputTokens {
            self = .output
        } else {
            self = .other
        }
    }
}
