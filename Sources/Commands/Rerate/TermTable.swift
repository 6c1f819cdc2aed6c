// The terms of a month as rows: rule, what it looked at, what was booked before and what is right now.
import Bookkeeping
import Reporting
import Terms

struct TermOutcome {
    let terms: [SettledTerm]
    let unpriced: Int64
    let version: String

    var entries: Int { terms.reduce(0) { $0 + $1.entries } }

    func text(_ format: Format, columns: Int?) -> String {
        switch format {
        case .json, .jsonl: return json(format)
        case .csv:
            var csv = CSV()
            csv.line([
                "tenant", "rule", "book", "since", "until", "base", "before", "adjustment", "currency",
            ])
            for term in terms {
                csv.line([
                    term.tenant, term.rule, term.book.rawValue, term.period.since.rfc3339,
                    term.period.until.rfc3339, term.base.plain, term.before.plain, term.after.plain,
                    term.currency.code,
                ])
            }
            return csv.take()
        default: return terms.isEmpty ? "No terms.\n" : table.text(columns: columns)
        }
    }

    private var table: TextTable {
        var table = TextTable([
            .init("tenant"), .init("rule"), .init("book"), .init("base", numeric: true),
            .init("before", numeric: true), .init("adjustment", numeric: true), .init("currency"),
            .init("term"),
        ])
        table.rows = terms.map { term in
            [
                term.tenant, term.rule, term.book.rawValue, term.base.plain, term.before.plain,
                term.after.plain, term.currency.code, term.text ?? "not in the price book any more",
            ]
        }
        return table
    }

    private func json(_ format: Format) -> String {
        var json = JSONWriter()
        if format == .json { json.beginArray() }
        for term in terms {
            json.beginObject()
            json.field("tenant", term.tenant)
            json.field("rule", term.rule)
            json.field("book", term.book.rawValue)
            json.field("since", term.period.since.rfc3339)
            json.field("until", term.period.until.rfc3339)
            json.field("base", term.base.plain)
            json.field("before", term.before.plain)
            json.field("adjustment", term.after.plain)
            json.field("currency", term.currency.code)
            json.field("term", term.text)
            json.field("entries", Int64(term.entries))
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
