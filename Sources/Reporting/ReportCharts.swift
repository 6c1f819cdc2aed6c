// The picture above a report in HTML: columns for calendar units, bars for everything else. One per currency,
// of the book that the report is ordered by; everything in it stands in the table.
import Bookkeeping
import Terms

extension Report {
    /// Bars beyond this are joined.
    private static let barsShown = 12
    /// Columns beyond this are too narrow to be told apart.
    private static let columnsShown = 100

    var chartBlocks: [PageBlock] {
        totals.compactMap { total in
            let rows = self.rows.filter {
                $0.currency == total.currency && ($0.figures.cost[query.book] ?? .zero) > .zero
            }
            guard rows.count > 1 else { return nil }
            let unit = total.currency.code
            if let first = query.by.first, first.calendarUnit != nil, query.by.count == 1 {
                return columns(rows, by: first.name, unit: unit)
            }
            return bars(rows, unit: unit)
        }
    }

    private func columns(_ rows: [ReportRow], by name: String, unit: String) -> PageBlock? {
        guard rows.count <= Self.columnsShown else { return nil }
        let amounts = rows.map { $0.figures.cost[query.book] ?? .zero }
        let title = "Spend per \(name), \(query.book.rawValue), \(unit)"
        return .chart(
            caption: title,
            svg: Chart.stackedBars(
                title, names: rows.map { $0.keys[0] }, series: [(name: "all", amounts: amounts)], unit: unit))
    }

    private func bars(_ rows: [ReportRow], unit: String) -> PageBlock {
        var bars = rows.map { row in
            let names = row.keys.map { $0.isEmpty ? "-" : $0 }
            return (name: names.joined(separator: ", "), amount: row.figures.cost[query.book] ?? .zero)
        }
        if bars.count > Self.barsShown {
            let rest = bars[Self.barsShown...].reduce(Money.zero) { $0 + $1.amount }
            bars = bars.prefix(Self.barsShown) + [("\(bars.count - Self.barsShown) others", rest)]
        }
        let title = "Spend, \(query.book.rawValue), \(unit)"
        return .chart(caption: title, svg: Chart.shares(title, bars, unit: unit))
    }
}
