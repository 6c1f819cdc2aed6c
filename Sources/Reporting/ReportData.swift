public import Bookkeeping
import Terms

// A report for programs: JSON, JSON Lines and CSV with the names of the public contract. Amounts are
// exact; nothing is rounded here.

extension Report {
    /// One object with the question, the rows, the total and the completeness.
    ///
    /// With several currencies `currency` is null, `total` has no amounts, and `totals` has one object
    /// per currency: amounts of different currencies are never added.
    public var json: String { json(ReportExtras()) }

    /// - Parameter extras: asked for, they add members to every row: ratios as decimals.
    public func json(_ extras: ReportExtras) -> String {
        var json = JSONWriter(reserving: 512 + rows.count * 320)
        json.beginObject()
        json.key("period")
        json.beginObject()
        json.field("since", query.period.since.rfc3339)
        json.field("until", query.period.until.rfc3339)
        json.field("timezone", query.zone.name)
        json.endObject()
        json.key("by")
        json.beginArray()
        for dimension in query.by { json.string(dimension.name) }
        json.endArray()
        json.field("book", query.book.rawValue)
        json.field("currency", totals.count == 1 ? totals[0].currency.code : nil)
        json.key("rows")
        json.beginArray()
        for row in rows { write(row, extras, to: &json) }
        json.endArray()
        json.key("total")
        json.beginObject()
        write(total, to: &json)
        if totals.count == 1 { writeExtras(of: totals[0], extras, to: &json) }
        json.endObject()
        if totals.count > 1 { writeTotals(to: &json) }
        if let comparedPeriod {
            json.key("compared_period")
            json.beginObject()
            json.field("since", comparedPeriod.since.rfc3339)
            json.field("until", comparedPeriod.until.rfc3339)
            json.field("timezone", comparedPeriod.timezone)
            json.endObject()
        }
        json.key("completeness")
        json.footer(footer)
        json.endObject()
        json.newline()
        return json.text
    }

    /// One row per line.
    public var jsonLines: String { jsonLines(ReportExtras()) }

    public func jsonLines(_ extras: ReportExtras) -> String {
        var json = JSONWriter(reserving: rows.count * 320)
        for row in rows {
            write(row, extras, to: &json)
            json.newline()
        }
        return json.text
    }

    /// A header, then one line per row; no total, so that a sum over a column is the total.
    public var csv: String { csv(ReportExtras()) }

    public func csv(_ extras: ReportExtras) -> String {
        var csv = CSV()
        let quantity = query.by.contains(.meter) ? ["quantity"] : []
        csv.line(
            query.by.map(\.name) + [
                "requests", "input_tokens", "cache_read_tokens", "cache_write_tokens", "output_tokens",
                "reasoning_tokens", "cost_list", "cost_contracted", "cost_chargeback", "estimated_requests",
                "unpriced_requests", "currency",
            ] + quantity + extraNames(extras))
        for row in rows {
            let figures = row.figures
            let counts = [
                figures.requests, figures.inputTokens, figures.cacheReadTokens, figures.cacheWriteTokens,
                figures.outputTokens, figures.reasoningTokens,
            ].map(String.init)
            let amounts = Book.allCases.map { figures.cost[$0]?.plain ?? "" }
            csv.line(
                row.keys + counts + amounts
                    + [
                        String(figures.estimatedRequests), String(figures.unpricedRequests),
                        row.currency.code,
                    ]
                    + (quantity.isEmpty ? [] : [figures.quantity.plain]) + extraFields(row, extras))
        }
        return csv.take()
    }

    /// The figures of everything. Amounts stand here only when there is one currency.
    private var total: Figures {
        guard totals.count > 1 else { return totals.first?.figures ?? Figures() }
        var sum = Figures()
        sum.cost = Cost()
        for figures in totals.map(\.figures) {
            sum.requests += figures.requests
            sum.inputTokens += figures.inputTokens
            sum.cacheReadTokens += figures.cacheReadTokens
            sum.cacheWriteTokens += figures.cacheWriteTokens
            sum.outputTokens += figures.outputTokens
            sum.reasoningTokens += figures.reasoningTokens
            sum.quantity += figures.quantity
            sum.estimatedRequests += figures.estimatedRequests
            sum.unpricedRequests += figures.unpricedRequests
        }
        return sum
    }

    private func writeTotals(to json: inout JSONWriter) {
        json.key("totals")
        json.beginArray()
        for total in totals {
            json.beginObject()
            json.field("currency", total.currency.code)
            write(total.figures, to: &json)
            json.endObject()
        }
        json.endArray()
    }

    private func write(_ row: ReportRow, _ extras: ReportExtras, to json: inout JSONWriter) {
        json.beginObject()
        for (dimension, key) in zip(query.by, row.keys) {
            json.field(dimension.name, key.isEmpty ? nil : key)
        }
        write(row.figures, to: &json)
        json.field("currency", row.currency.code)
        writeExtras(of: row, extras, to: &json)
        json.endObject()
    }

    private func write(_ figures: Figures, to json: inout JSONWriter) {
        json.figures(figures, quantity: query.by.contains(.meter))
    }
}
