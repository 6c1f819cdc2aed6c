// Columns of a report that are there when they are asked for: ratios, another period, and on a terminal a
// bar for each row and a line of blocks for the days.
public import Bookkeeping
import Terms

/// What a report's text shows beside what it always shows.
public struct ReportExtras: Hashable, Sendable {
    /// Cost per request, cache hit ratio, shares of estimated and unpriced requests.
    public var ratios = false
    /// For a terminal: the row's part of the largest, as a bar.
    public var bars = false
    public init() {}
}

extension Report {
    /// The columns and, for each row, the cells that come after the cost.
    func extraColumns(_ extras: ReportExtras, unit: String) -> [TextTable.Column] {
        var columns: [TextTable.Column] = []
        if comparedPeriod != nil {
            columns.append(.init("before", unit: unit, numeric: true))
            columns.append(.init("change", unit: "%", numeric: true))
        }
        if extras.ratios {
            columns.append(.init("per request", unit: unit, numeric: true))
            columns.append(.init("cache hits", unit: "%", numeric: true))
            columns.append(.init("estimated", unit: "%", numeric: true))
            columns.append(.init("unpriced", unit: "%", numeric: true))
        }
        if extras.bars { columns.append(.init("", dispensable: 9)) }
        return columns
    }

    func extraCells(_ row: ReportRow, _ extras: ReportExtras, isTotal: Bool) -> [String] {
        let book = query.book
        let figures = row.figures
        var cells: [String] = []
        if comparedPeriod != nil {
            let before = row.compared?.cost[book]
            cells.append(before?.shown ?? "unpriced")
            let change = before.flatMap { was in
                figures.cost[book].flatMap { percent($0 - was, of: was) }
            }
            cells.append(change ?? "-")
        }
        if extras.ratios {
            cells.append(row.perRequest(book)?.shown ?? "-")
            cells.append(percent(Int128(figures.cacheReadTokens), of: Int128(figures.inputTokens)) ?? "-")
            cells.append(percent(Int128(figures.estimatedRequests), of: Int128(figures.requests)) ?? "-")
            cells.append(percent(Int128(figures.unpricedRequests), of: Int128(figures.requests)) ?? "-")
        }
        if extras.bars { cells.append(isTotal ? "" : bar(row)) }
        return cells
    }

    private func bar(_ row: ReportRow) -> String {
        let same = rows.filter { $0.currency == row.currency }
        let largest = same.compactMap { $0.figures.cost[query.book] }.max() ?? .zero
        return Blocks.bar(row.figures.cost[query.book] ?? .zero, of: largest)
    }

    /// One block per row, its height the row's part of the largest; for a report by day.
    public var sparkline: String {
        let costs = rows.map { max($0.figures.cost[query.book] ?? .zero, .zero) }
        let largest = costs.max() ?? .zero
        return costs.map { Blocks.column($0, of: largest) }.joined()
    }
}

extension ReportRow {
    /// nil without a request or a price.
    func perRequest(_ book: Book) -> Money? {
        figures.cost[book].flatMap { proportion($0, 1, of: Int128(figures.requests)) }
    }
}

/// Eighths of a character.
enum Blocks {
    private static let width = 12

    static func bar(_ amount: Money, of largest: Money) -> String {
        guard largest > .zero, amount > .zero else { return "" }
        let part = proportion(Money(picos: Int128(width * 8)), amount.picos, of: largest.picos)
        let eighths = Int(clamping: part?.picos ?? 0)
        let parts = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"]
        let whole = String(repeating: "█", count: min(eighths / 8, width))
        return whole + (eighths / 8 < width ? parts[max(eighths % 8, eighths < 8 ? 1 : 0)] : "")
    }

    static func column(_ amount: Money, of largest: Money) -> String {
        guard largest > .zero, amount > .zero else { return "▁" }
        let eighths = Int(clamping: proportion(Money(picos: 7), amount.picos, of: largest.picos)?.picos ?? 0)
        return ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"][min(max(eighths, 0), 7)]
    }
}
