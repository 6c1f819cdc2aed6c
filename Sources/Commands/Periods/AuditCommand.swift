import LedgerStore
import Reporting
import Terms

/// `tollbook audit`: who changed what by hand.
struct AuditCommand: Command {
    static let help = Help(
        "audit", "who changed prices, budgets, keys, tenants and months",
        details: """
            Every change that somebody made by hand, in the order of time: when, who (the user of the operating
            system), what, and the details: price books loaded, budgets set, overridden and released, keys and
            tenants made and changed, months closed, amounts booked, usage rated again. A first price book that a
            sidecar stored has nobody as its actor. Usage is not listed here: see `tollbook records`.
            """,
        options: [
            .init(
                "--kind", "KIND",
                "only changes of this kind: prices, budget, key, tenant, user, period, adjustment or rating"),
            .init("--since", "TIME", "from this date (in UTC) or time on"),
            .init("--until", "TIME", "up to, and not including, this date or time"),
            Format.option(), LedgerOptions.help,
        ],
        examples: [
            .init("tollbook audit --kind period", "who closed which month"),
            .init("tollbook audit --since 2026-10-01 --format csv > changes.csv", "for the auditors"),
        ])

    private let ledger: LedgerOptions
    private let kind: String?
    private let since: Instant?
    private let until: Instant?
    private let format: Format

    init(_ arguments: Arguments) throws(UsageError) {
        ledger = LedgerOptions(arguments)
        kind = arguments.value("--kind")
        let expected = "a date (2026-10-01) or an RFC 3339 time with its offset"
        func bound(_ text: String) -> Instant? {
            if let date = CivilDate(text) { return TimeZoneRules.utc.start(of: date) }
            return Instant(rfc3339: text)
        }
        since = try arguments.value("--since", expected: expected, bound)
        until = try arguments.value("--until", expected: expected, bound)
        format = Format(arguments)
    }

    func run(in world: World) throws(Failure) -> ExitCode {
        let changes = try ledger.withLedger(in: world) { ledger throws(LedgerError) in
            try ledger.auditNotes(kind: kind, since: since, until: until).reversed()
        }
        world.out.write(text(Array(changes), columns: world.outStyle.columns))
        return .done
    }

    private func text(_ changes: [AuditNote], columns: Int?) -> String {
        let rows = changes.map {
            [$0.at.rfc3339, $0.actor, $0.action, $0.objectKind, $0.object, $0.detail]
        }
        let names = ["at", "actor", "action", "kind", "object", "detail"]
        switch format {
        case .csv:
            var csv = CSV()
            csv.line(names)
            for row in rows { csv.line(row) }
            return csv.take()
        case .json, .jsonl:
            var json = JSONWriter()
            if format == .json { json.beginArray() }
            for row in rows {
                json.beginObject()
                for (name, value) in zip(names, row).dropLast() { json.field(name, value) }
                json.field("detail", json: row[5])
                json.endObject()
                if format == .jsonl { json.newline() }
            }
            if format == .json {
                json.endArray()
                json.newline()
            }
            return json.text
        case .text, .markdown, .html:
            guard !rows.isEmpty else { return "No changes.\n" }
            var table = TextTable(names.map { TextTable.Column($0) })
            table.rows = rows
            return format == .markdown ? table.markdown : table.text(columns: columns)
        }
    }
}
