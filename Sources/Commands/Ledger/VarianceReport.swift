// `report --variance`: what providers state beside what the list says, per provider.
import Bookkeeping
import LedgerStore
import Reporting
import Terms

struct VarianceReport {
    let query: ReportQuery
    /// Parts per ten thousand.
    let tolerance: Int64

    func rows(_ ledger: LedgerStore) throws(LedgerError) -> [StatedCost] {
        var filter = RecordFilter()
        filter.since = query.period.since
        filter.until = query.period.until
        filter.tenant = query.filter.tenant
        filter.user = query.filter.user
        filter.key = query.filter.key
        filter.model = query.filter.model
        filter.upstream = query.filter.upstream
        filter.labels = query.filter.labels
        var costs = StatedCosts(tolerance: tolerance)
        try ledger.records(filter) { stored in
            if query.filter.provider.map({ $0 == stored.record.usage.provider }) ?? true { costs.add(stored) }
            return true
        }
        return costs.rows
    }

    static func text(_ rows: [StatedCost], _ format: Format, columns: Int?) -> String {
        switch format {
        case .csv:
            var csv = CSV()
            csv.line(["provider", "records", "stated", "list", "difference", "beyond_tolerance", "unpriced"])
            for row in rows {
                csv.line([
                    row.provider, "\(row.records)", row.stated.plain, row.listed.plain,
                    (row.listed - row.stated).plain, "\(row.beyond)", "\(row.unpriced)",
                ])
            }
            return csv.take()
        case .json, .jsonl: return json(rows, format)
        case .text, .markdown, .html:
            guard !rows.isEmpty else { return "No record in this period states a cost.\n" }
            let table = table(rows)
            return format == .text ? table.text(columns: columns) : table.markdown
        }
    }

    private static func table(_ rows: [StatedCost]) -> TextTable {
        var table = TextTable([
            .init("provider"), .init("records", numeric: true), .init("stated", unit: "USD", numeric: true),
            .init("list", unit: "USD", numeric: true), .init("difference", unit: "USD", numeric: true),
            .init("beyond tolerance", numeric: true), .init("unpriced", numeric: true),
        ])
        table.rows = rows.map { row in
            [
                row.provider, Int64(row.records).grouped, row.stated.plain, row.listed.plain,
                (row.listed - row.stated).plain, Int64(row.beyond).grouped, Int64(row.unpriced).grouped,
            ]
        }
        return table
    }

    private static func json(_ rows: [StatedCost], _ format: Format) -> String {
        var json = JSONWriter()
        if format == .json { json.beginArray() }
        for row in rows {
            json.beginObject()
            json.field("provider", row.provider)
            json.field("records", Int64(row.records))
            json.field("stated", row.stated.plain)
            json.field("list", row.listed.plain)
            json.field("difference", (row.listed - row.stated).plain)
            json.field("beyond_tolerance", Int64(row.beyond))
            json.field("unpriced", Int64(row.unpriced))
            json.endObject()
            if format == .jsonl { json.newline() }
        }
        if format == .json {
            json.endArray()
            json.newline()
        }
        return json.text
    }
}
