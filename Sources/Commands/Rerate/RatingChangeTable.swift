// What a re-rating changes, as rows: old, new and difference per tenant and currency.
import Bookkeeping
import Reporting
import Terms

extension RatingChanges {
    func text(_ book: Book, format: Format, columns: Int?) -> String {
        switch format {
        case .json, .jsonl: return json(format)
        case .csv:
            var csv = CSV()
            csv.line(
                [
                    "tenant", "currency", "records", "corrected", "unpriced_before", "unpriced_after",
                ] + Book.allCases.flatMap { ["old_\($0.rawValue)", "new_\($0.rawValue)"] })
            for row in rows {
                csv.line(
                    [
                        row.tenant, row.currency.code, "\(row.records)", "\(row.corrected)",
                        "\(row.unpricedBefore)", "\(row.unpricedAfter)",
                    ]
                        + Book.allCases.flatMap {
                            [(row.before[$0] ?? .zero).plain, (row.after[$0] ?? .zero).plain]
                        })
            }
            return csv.take()
        default: return table(book).text(columns: columns)
        }
    }

    private func table(_ book: Book) -> TextTable {
        var table = TextTable([
            .init("tenant"), .init("records", numeric: true), .init("corrected", numeric: true),
            .init("unpriced before", numeric: true), .init("unpriced after", numeric: true),
            .init("old", numeric: true), .init("new", numeric: true), .init("difference", numeric: true),
            .init("currency"),
        ])
        table.rows = rows.map { row in
            let old = row.before[book] ?? .zero
            let new = row.after[book] ?? .zero
            return [
                row.tenant, Int64(row.records).grouped, Int64(row.corrected).grouped,
                Int64(row.unpricedBefore).grouped, Int64(row.unpricedAfter).grouped, old.plain, new.plain,
                (new - old).plain, row.currency.code.isEmpty ? "-" : row.currency.code,
            ]
        }
        if rows.count > 1 { table.totals = totals(book) }
        return table
    }

    /// One for each currency: amounts of several are never added. Records without any stand with the first.
    private func totals(_ book: Book) -> [[String]] {
        let currencies = Set(rows.map(\.currency)).subtracting([Currency("")]).sorted()
        return currencies.enumerated().map { place, currency in
            let own = rows.filter { $0.currency == currency || (place == 0 && $0.currency.code.isEmpty) }
            func sum(_ value: (RatingChange) -> Int) -> String {
                Int64(own.reduce(0) { $0 + value($1) }).grouped
            }
            let old = own.reduce(Money.zero) { $0 + ($1.before[book] ?? .zero) }
            let new = own.reduce(Money.zero) { $0 + ($1.after[book] ?? .zero) }
            return [
                "total", sum(\.records), sum(\.corrected), sum(\.unpricedBefore), sum(\.unpricedAfter),
                old.plain,
                new.plain, (new - old).plain, currency.code,
            ]
        }
    }

    private func json(_ format: Format) -> String {
        var json = JSONWriter()
        if format == .json { json.beginArray() }
        for row in rows {
            json.beginObject()
            json.field("tenant", row.tenant)
            json.field("currency", row.currency.code)
            json.field("records", Int64(row.records))
            json.field("corrected", Int64(row.corrected))
            json.field("unpriced_before", Int64(row.unpricedBefore))
            json.field("unpriced_after", Int64(row.unpricedAfter))
            for (name, amounts) in [("old", row.before), ("new", row.after)] {
                json.key(name)
                json.beginObject()
                for book in Book.allCases { json.field(book.rawValue, (amounts[book] ?? .zero).plain) }
                json.endObject()
            }
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
