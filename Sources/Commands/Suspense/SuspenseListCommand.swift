import Bookkeeping
import LedgerStore
import Reporting
import Terms

/// `tollbook suspense list`: usage that nobody is accountable for yet.
struct SuspenseListCommand: Command {
    static let help = Help(
        "suspense list", "list usage that could not be attributed, with its age",
        details: """
            One row for each user, key, upstream and model under the tenant unattributed: what a rule for
            `suspense assign` can go by. The longest unattributed come first.
            """,
        options: [
            .init("--tenant", "NAME", "another tenant's usage instead", fallback: SuspenseRule.unattributed)
        ] + PeriodOptions.help + [Format.option([.text, .csv, .json]), LedgerOptions.help],
        examples: [.init("tollbook suspense list --month 2026-10", "before October is closed")])

    private struct Key: Hashable {
        let user: String
        let key: String
        let upstream: String
        let model: String
    }
    private struct Row {
        var records: Int64 = 0
        var cost: [Currency: Money] = [:]
        var oldest: Instant
    }

    private let ledger: LedgerOptions
    private let period: PeriodOptions
    private let tenant: String
    private let format: Format

    init(_ arguments: Arguments) throws(UsageError) {
        ledger = LedgerOptions(arguments)
        period = try PeriodOptions(arguments)
        tenant = arguments.value("--tenant") ?? SuspenseRule.unattributed
        format = Format(arguments)
    }

    func run(in world: World) throws(Failure) -> ExitCode {
        var filter = RecordFilter()
        filter.tenant = tenant
        let bounds = try period.bounds(zone: try period.zone())
        (filter.since, filter.until) = (bounds.since, bounds.until)
        var rows: [Key: Row] = [:]
        try ledger.withLedger(in: world) { ledger throws(LedgerError) in
            try ledger.records(filter) { stored in
                guard !stored.record.isAdjustment else { return true }
                let key = Key(
                    user: stored.record.attribution.user, key: stored.record.attribution.keyID,
                    upstream: stored.record.upstream, model: stored.record.reportedModel)
                // In the order of time: the first is the oldest.
                rows[key, default: Row(oldest: stored.record.occurredAt)].records += 1
                for charge in stored.charges where charge.book == .list {
                    rows[key]?.cost[charge.currency, default: .zero] += charge.amount
                }
                return true
            }
        }
        let now = world.clock()
        let sorted = rows.sorted { a, b in
            (a.value.oldest, a.key.user, a.key.key, a.key.upstream, a.key.model)
                < (b.value.oldest, b.key.user, b.key.key, b.key.upstream, b.key.model)
        }
        world.out.write(text(sorted.map { (key: $0.key, row: $0.value) }, now, world.outStyle.columns))
        return .done
    }

    private func text(_ rows: [(key: Key, row: Row)], _ now: Instant, _ columns: Int?) -> String {
        if format == .json { return json(rows, now) }
        let cells = rows.map { key, row in
            [
                key.user, key.key, key.upstream, key.model, String(row.records), Self.cost(row),
                row.oldest.rfc3339, String((now.seconds - row.oldest.seconds) / 86_400),
            ]
        }
        let names = ["user", "key", "upstream", "model", "requests", "list", "oldest", "age_days"]
        if format == .csv {
            var csv = CSV()
            csv.line(names)
            for row in cells { csv.line(row) }
            return csv.take()
        }
        if cells.isEmpty { return "Nothing in suspense.\n" }
        var table = TextTable(
            names.enumerated().map { index, name in
                .init(name == "age_days" ? "days" : name, numeric: [4, 5, 7].contains(index))
            })
        table.rows = cells
        return table.text(columns: columns)
    }

    private static func cost(_ row: Row) -> String {
        row.cost.sorted { $0.key < $1.key }.map { "\($0.value.plain) \($0.key.code)" }
            .joined(separator: " + ")
    }

    private func json(_ rows: [(key: Key, row: Row)], _ now: Instant) -> String {
        var json = JSONWriter()
        json.beginObject()
        json.field("tenant", tenant)
        json.key("rows")
        json.beginArray()
        for (key, row) in rows {
            json.beginObject()
            json.field("user", key.user)
            json.field("key", key.key)
            json.field("upstream", key.upstream)
            json.field("model", key.model)
            json.field("requests", row.records)
            json.field("list", Self.cost(row))
            json.field("oldest", row.oldest.rfc3339)
            json.field("age_seconds", now.seconds - row.oldest.seconds)
            json.endObject()
        }
        json.endArray()
        json.endObject()
        json.newline()
        return json.text
    }
}
