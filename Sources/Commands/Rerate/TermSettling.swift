// The terms of a month's contracts: what the ledger says was charged, what the rules make of its sum, and the
// adjustments that are missing. Each is booked by itself; work that was cut short is completed by the next
// run, because what is right already gets no entry.
import Bookkeeping
import LedgerStore
import Rating
import Terms

/// One adjustment beside what was booked for it before.
struct SettledTerm {
    let tenant: String
    let rule: String
    /// What the rule says; nil for a rule that the book does not have any more.
    let text: String?
    let book: Book
    let currency: Currency
    let period: Period
    let base: Money
    let before: Money
    let after: Money
    let entries: Int
}

struct TermSettling {
    let book: PriceBook
    let month: CivilDate
    /// Only this tenant's adjustments; sums over all tenants stay sums over all.
    var tenant: String?
    var isDry = false
    /// Requests of the periods that have no price yet: the sums are not complete.
    private(set) var unpriced: Int64 = 0

    init(book: PriceBook, month: CivilDate) {
        self.book = book
        self.month = month
    }

    mutating func run(_ ledger: LedgerStore, now: Instant) throws(LedgerError) -> [SettledTerm] {
        var due: [(adjustment: PeriodAdjustment, record: UsageRecord, period: Period)] = []
        for term in book.termPeriods(endingWith: month, zones: ZoneFiles.rules) {
            let found = PeriodSettlement.adjustments(term.rules, try charges(ledger, term.period))
            for adjustment in found where tenant == nil || adjustment.tenant == tenant {
                let record = TermRecord.record(
                    rule: adjustment.rule.id, tenant: adjustment.tenant, period: term.period)
                due.append((adjustment, record, term.period))
            }
        }
        var booked = try self.booked(ledger)
        var settled: [SettledTerm] = []
        for (adjustment, record, period) in due {
            let known = booked.removeValue(forKey: record.id)
            let stored = known ?? StoredRecord(record: record, bookedAt: now, entries: [])
            let entries = TermRecord.entries(of: stored, to: adjustment, version: book.version)
            if !isDry, !entries.isEmpty {
                if known == nil {
                    _ = try ledger.post(
                        [RatedRecord(record: record, rated: Rated(cost: .nothing))], bookedAt: now)
                }
                try ledger.correct([RecordCorrection(stored: stored, entries: entries)], bookedAt: now)
            }
            settled.append(
                SettledTerm(
                    tenant: adjustment.tenant, rule: adjustment.rule.id, text: adjustment.rule.text,
                    book: adjustment.rule.book, currency: adjustment.rule.currency, period: period,
                    base: adjustment.base, before: Self.sum(stored), after: adjustment.amount,
                    entries: entries.count))
        }
        for (_, stored) in booked.sorted(by: { $0.key < $1.key }) {
            guard let term = try withdraw(stored, ledger, now: now) else { continue }
            settled.append(term)
        }
        return settled
    }

    /// What was booked for a rule by which nothing is due any more.
    private func withdraw(
        _ stored: StoredRecord, _ ledger: LedgerStore, now: Instant
    ) throws(LedgerError) -> SettledTerm? {
        let entries = TermRecord.entries(of: stored, to: nil, version: book.version)
        guard let first = entries.first else { return nil }
        if !isDry {
            try ledger.correct([RecordCorrection(stored: stored, entries: entries)], bookedAt: now)
        }
        let end = stored.record.occurredAt.advanced(bySeconds: 1)
        return SettledTerm(
            tenant: stored.record.attribution.tenant, rule: first.rateID,
            text: book.rules.first { $0.id == first.rateID }?.text, book: first.book,
            currency: first.currency,
            period: Period(since: stored.record.occurredAt, until: end) ?? Self.day(of: end), base: .zero,
            before: Self.sum(stored), after: .zero, entries: entries.count)
    }

    private static func day(of instant: Instant) -> Period {
        Period(since: instant, until: instant.advanced(bySeconds: 1))!
    }

    /// What is booked for terms that ended with the month, in whatever zone.
    private func booked(_ ledger: LedgerStore) throws(LedgerError) -> [RecordID: StoredRecord] {
        var filter = RecordFilter()
        let end = TimeZoneRules.utc.start(of: month.firstOfMonth(adding: 1))
        filter.since = end.advanced(bySeconds: -15 * 3600)
        filter.until = end.advanced(bySeconds: 15 * 3600)
        filter.upstream = TermRecord.provider
        filter.tenant = tenant
        var found: [RecordID: StoredRecord] = [:]
        try ledger.records(filter) { stored in
            if TermRecord.isOne(stored.record) { found[stored.record.id] = stored }
            return true
        }
        return found
    }

    private mutating func charges(
        _ ledger: LedgerStore, _ period: Period
    ) throws(LedgerError) -> [PeriodCharge] {
        let query = ReportQuery(by: [.tenant, .provider, .model, .meter], period: period)
        let report = try ledger.report(query)
        unpriced += report.footer.unpriced
        return report.rows.compactMap { row in
            guard row.keys[1] != TermRecord.provider else { return nil }
            var amounts: [Book: Money] = [:]
            for book in Book.allCases { amounts[book] = row.figures.cost[book] }
            return PeriodCharge(
                tenant: row.keys[0], provider: row.keys[1], model: row.keys[2], meter: Meter(row.keys[3]),
                quantity: row.figures.quantity, currency: row.currency, amounts: amounts)
        }
    }

    private static func sum(_ stored: StoredRecord) -> Money {
        stored.standing.reduce(.zero) { $0 + ($1.amount ?? .zero) }
    }
}
