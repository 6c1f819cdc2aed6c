// What `report` does with the ledger's answer before it is printed: order, the largest rows, another period
// beside them, and on a terminal bars and the days at a glance.
import Bookkeeping
import LedgerStore
import Reporting
import Terms

struct ReportShape {
    private let comparison: ReportComparison?
    private let top: Int?
    private let order: ReportOrder
    private var extras = ReportExtras()
    /// Nothing was asked for in particular: the month at a glance.
    private let isGlance: Bool

    init(_ arguments: Arguments, by: [Dimension]) throws(UsageError) {
        comparison = arguments.value("--compare").flatMap(ReportComparison.init)
        if comparison != nil, let unit = by.first(where: { $0.calendarUnit != nil }) {
            throw .conflict("--compare", "--by \(unit.name)")
        }
        top = try arguments.value("--top", expected: "a number of rows from 1 to 1000000") { text in
            Int(text).flatMap { (1...1_000_000).contains($0) ? $0 : nil }
        }
        order = arguments.value("--sort").flatMap(ReportOrder.init) ?? .cost
        extras.ratios = arguments.flag("--ratios")
        isGlance = !arguments.isGiven("--by") && !arguments.isGiven("--as-known-on")
    }

    /// Asks the ledger and writes the answer.
    func written(
        _ query: ReportQuery, _ format: Format, _ ledger: LedgerStore, style: TerminalStyle
    ) throws(LedgerError) -> String {
        let isTerminal = style.columns != nil
        var extras = extras
        extras.bars = isTerminal && format == .text
        return try ledger.snapshot { () throws(LedgerError) in
            var report = try ledger.report(query)
            if let other = comparison?.period(for: query.period, zone: query.zone) {
                var asked = query
                asked.period = other
                report.compare(with: try ledger.report(asked))
            }
            report.sort(by: order)
            if let top { report.keepTop(top) }
            switch format {
            case .text:
                let days = isGlance && isTerminal ? try glance(query, ledger) : ""
                return report.text(columns: style.columns, extras) + days
            case .markdown: return report.markdown(extras)
            case .csv: return report.csv(extras)
            case .json: return report.json(extras)
            case .jsonl: return report.jsonLines(extras)
            case .html: return report.page(extras).html
            }
        }
    }

    /// A line with a block per day that has usage.
    private func glance(_ query: ReportQuery, _ ledger: LedgerStore) throws(LedgerError) -> String {
        var daily = query
        daily.by = [.day]
        let days = try ledger.report(daily)
        guard let first = days.rows.first, let last = days.rows.last, days.totals.count == 1 else {
            return ""
        }
        return "by day: \(first.keys[0]) \(days.sparkline) \(last.keys[0])\n"
    }
}
