public import Bookkeeping
import Terms

// A report for people: what is asked, the rows, the totals of the exact amounts, and how complete the
// numbers are. The Markdown form has the same content.

extension Report {
    /// - Parameter columns: the terminal's width, nil when the output is no terminal.
    public func text(columns: Int?, _ extras: ReportExtras = ReportExtras()) -> String {
        var text = heading + "\n\n"
        text += rows.isEmpty ? emptyNote + "\n" : table(extras).text(columns: columns)
        return text + "\n" + footer.sentence + "\n"
    }

    public var markdown: String { markdown(ReportExtras()) }

    public func markdown(_ extras: ReportExtras) -> String {
        "## \(heading)\n\n" + (rows.isEmpty ? emptyNote + "\n" : table(extras).markdown) + "\n"
            + footer.sentence + "\n"
    }

    public func page(_ extras: ReportExtras) -> Page {
        var page = Page(title: heading)
        page.blocks += chartBlocks
        page.blocks.append(
            rows.isEmpty ? .paragraph(emptyNote) : .table(id: "report", table(extras), subtotals: []))
        page.blocks.append(.paragraph(footer.sentence))
        return page
    }

    private var heading: String {
        let zone = query.zone
        let since = query.period.since
        let until = query.period.until
        let first = zone.date(at: since)
        let wholeDays = zone.start(of: first) == since && zone.start(of: zone.date(at: until)) == until
        let span: String
        if wholeDays, first.day == 1, zone.start(of: first.firstOfMonth(adding: 1)) == until {
            span = first.isoMonth
        } else if wholeDays {
            let last = zone.date(at: until).adding(days: -1)
            span = first == last ? first.iso8601 : "\(first.iso8601) to \(last.iso8601)"
        } else {
            span = "\(since.rfc3339) to \(until.rfc3339)"
        }
        let known = query.knownAt.map { ", as known at \($0.rfc3339)" } ?? ""
        let basis = query.basis == .booked ? ", as booked" : ""
        let beside = comparedPeriod.map { " beside \($0.since.rfc3339) to \($0.until.rfc3339)" } ?? ""
        return "Spend of \(span) (\(zone.name)), \(query.book.rawValue) prices\(known)\(basis)\(beside)"
    }

    private var emptyNote: String { "No usage in this period." }

    private var isMixed: Bool { totals.count > 1 }
    private var isByMeter: Bool { query.by.contains(.meter) }

    var table: TextTable { table(ReportExtras()) }

    func table(_ extras: ReportExtras) -> TextTable {
        var columns = query.by.map { TextTable.Column($0.name) }
        columns.append(TextTable.Column("requests", numeric: true))
        if isByMeter {
            columns.append(TextTable.Column("quantity", numeric: true))
        } else {
            columns += [
                TextTable.Column("input", unit: "tokens", numeric: true),
                TextTable.Column("cache read", unit: "tokens", numeric: true, dispensable: 2),
                TextTable.Column("cache write", unit: "tokens", numeric: true, dispensable: 3),
                TextTable.Column("output", unit: "tokens", numeric: true),
                TextTable.Column("reasoning", unit: "tokens", numeric: true, dispensable: 4),
            ]
        }
        if isMixed { columns.append(TextTable.Column("currency")) }
        let currency = isMixed ? "" : totals.first?.currency.code ?? ""
        columns.append(TextTable.Column("cost", unit: currency, numeric: true))
        columns += extraColumns(extras, unit: currency)
        let notes = rows.contains { !note(on: $0.figures).isEmpty }
        if notes { columns.append(TextTable.Column("note")) }
        var table = TextTable(columns)
        table.rows = rows.map { row in
            row.keys.map { $0.isEmpty ? "-" : $0 } + cells(row) + extraCells(row, extras, isTotal: false)
                + (notes ? [note(on: row.figures)] : [])
        }
        table.totals = totals.map { total in
            let names = query.by.indices.map { $0 == 0 ? "total" : "" }
            return names + cells(total) + extraCells(total, extras, isTotal: true)
                + (notes ? [note(on: total.figures)] : [])
        }
        return table
    }

    private func cells(_ row: ReportRow) -> [String] {
        let figures = row.figures
        // Requests are counted on a row of their own, and quantities of different meters have no sum.
        var cells = [isByMeter && figures.requests == 0 ? "" : figures.requests.grouped]
        if isByMeter {
            cells.append(row.keys.isEmpty || figures.quantity == .zero ? "" : figures.quantity.grouped)
        } else {
            cells += [
                figures.inputTokens, figures.cacheReadTokens, figures.cacheWriteTokens, figures.outputTokens,
                figures.reasoningTokens,
            ].map(\.grouped)
        }
        if isMixed { cells.append(row.currency.code) }
        return cells + [figures.cost[query.book]?.shown ?? "unpriced"]
    }

    private func note(on figures: Figures) -> String {
        var notes: [String] = []
        if figures.unpricedRequests > 0 { notes.append("\(figures.unpricedRequests.grouped) unpriced") }
        if figures.estimatedRequests > 0 { notes.append("\(figures.estimatedRequests.grouped) estimated") }
        return notes.joined(separator: ", ")
    }
}

extension CompletenessFooter {
    /// One line that says how far the numbers can be relied on.
    public var sentence: String {
        var text = "completeness: \(counted(records, "record"))"
        text += ", \(open.grouped) open, \(estimated.grouped) estimated\(share(estimated))"
        text += ", \(unpriced.grouped) unpriced"
        if let unpricedSince { text += " (since \(unpricedSince.rfc3339))" }
        text += ", \(late.grouped) late, \(gaps.grouped) missing in sequence"
        text += ", backlog \(backlog.map(\.grouped) ?? "unknown")"
        return text + "; complete until \(completeUntil?.rfc3339 ?? "unknown")"
    }

    /// Of all records, in per cent with one decimal, rounded half up; nothing for none.
    private func share(_ count: Int64) -> String {
        guard count > 0, records > 0 else { return "" }
        let tenths = (Int128(count) * 2000 + Int128(records)) / (2 * Int128(records))
        return " (\(tenths / 10).\(tenths % 10)%)"
    }
}
