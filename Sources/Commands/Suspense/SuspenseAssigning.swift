// The work of `suspense assign`: records are read in the order of time and assigned in batches, each in a
// transaction of its own. Work that was cut short goes on where it stopped when it is started again, because
// what was assigned is not found under its old tenant any more.
import Bookkeeping
import LedgerStore
import Rating
import Reporting
import Terms

struct SuspenseAssigning {
    let rules: [SuspenseRule]
    let since: Instant?
    let until: Instant?
    let isDry: Bool
    private(set) var outcome = SuspenseOutcome()
    private(set) var assigned = 0
    /// Of months that are closed for the tenant where they are.
    private(set) var closed = 0

    init(rules: [SuspenseRule], since: Instant?, until: Instant?, isDry: Bool) {
        self.rules = rules
        self.since = since
        self.until = until
        self.isDry = isDry
    }

    /// Reads with one session and books with another, so that reading goes on while batches are committed.
    mutating func run(
        _ ledger: LedgerStore, bookingWith writer: LedgerStore, book: PriceBook, now: Instant
    ) throws(LedgerError) {
        let months = try ledger.closedMonths()
        for tenant in Set(rules.map(\.from)).sorted() {
            var filter = RecordFilter()
            filter.tenant = tenant
            filter.since = since
            filter.until = until
            var batch: [RecordAssignment] = []
            var failure: LedgerError?
            try ledger.records(filter) { stored in
                guard let rule = rules.first(where: { $0.holds(stored.record) }) else { return true }
                let place = months.place(tenant, occurredAt: stored.record.occurredAt, now: now)
                guard place.carriedFrom == nil, stored.carriedFrom == nil else {
                    closed += 1
                    return true
                }
                let assignment = Self.assignment(stored, rule, book)
                outcome.add(assignment)
                assigned += 1
                if isDry { return true }
                batch.append(assignment)
                guard batch.count >= LedgerLimits.recordsPerBatch else { return true }
                failure = Self.book(&batch, writer, now)
                return failure == nil
            }
            failure = failure ?? Self.book(&batch, writer, now)
            if let failure { throw failure }
        }
    }

    private static func assignment(
        _ stored: StoredRecord, _ rule: SuspenseRule, _ book: PriceBook
    ) -> RecordAssignment {
        var record = rule.assigned(stored.record)
        // What is booked now, which may be more than what was read at the time.
        record.usage = stored.bookedUsage
        let rated = book.rate(
            record.usage, upstream: record.upstream, tenant: rule.tenant, at: record.occurredAt)
        return RecordAssignment(
            stored: stored, rated: RatedRecord(record: record, rated: rated), rule: rule.name)
    }

    private static func book(
        _ batch: inout [RecordAssignment], _ writer: LedgerStore, _ now: Instant
    ) -> LedgerError? {
        do throws(LedgerError) {
            try writer.assign(batch, bookedAt: now)
            batch.removeAll(keepingCapacity: true)
            return nil
        } catch {
            return error
        }
    }
}

/// What was assigned, by rule and tenant.
struct SuspenseOutcome {
    private struct Key: Hashable, Comparable {
        let rule: String
        let from: String
        let tenant: String
        let currency: String
        static func < (a: Key, b: Key) -> Bool {
            (a.rule, a.from, a.tenant, a.currency) < (b.rule, b.from, b.tenant, b.currency)
        }
    }
    private struct Sum {
        var records: Int64 = 0
        var taken = Money.zero
        var given = Money.zero
    }
    private var sums: [Key: Sum] = [:]

    mutating func add(_ assignment: RecordAssignment) {
        let stored = assignment.stored
        let charges = assignment.rated.rated.charges
        let currency = stored.charges.first?.currency.code ?? charges.first?.currency.code ?? ""
        let key = Key(
            rule: assignment.rule, from: stored.record.attribution.tenant,
            tenant: assignment.rated.record.attribution.tenant, currency: currency)
        sums[key, default: Sum()].records += 1
        sums[key, default: Sum()].taken += stored.cost.contracted ?? .zero
        sums[key, default: Sum()].given += assignment.rated.rated.cost.contracted ?? .zero
    }

    func text(_ format: Format, columns: Int?) -> String {
        let rows = sums.sorted { $0.key < $1.key }
        if format == .json {
            var json = JSONWriter()
            json.beginObject()
            json.key("assignments")
            json.beginArray()
            for (key, sum) in rows {
                json.beginObject()
                json.field("rule", key.rule)
                json.field("from", key.from)
                json.field("tenant", key.tenant)
                json.field("currency", key.currency)
                json.field("records", sum.records)
                json.field("taken", sum.taken.plain)
                json.field("given", sum.given.plain)
                json.endObject()
            }
            json.endArray()
            json.endObject()
            json.newline()
            return json.text
        }
        let cells = rows.map { key, sum in
            [
                key.rule, key.from, key.tenant, key.currency, String(sum.records), sum.taken.plain,
                sum.given.plain,
            ]
        }
        if format == .csv {
            var csv = CSV()
            csv.line(["rule", "from", "tenant", "currency", "records", "taken", "given"])
            for row in cells { csv.line(row) }
            return csv.take()
        }
        if cells.isEmpty { return "" }
        var table = TextTable([
            .init("rule"), .init("from"), .init("tenant"), .init("currency"),
            .init("records", numeric: true), .init("taken back", numeric: true),
            .init("booked", numeric: true),
        ])
        table.rows = cells
        return table.text(columns: columns)
    }
}
