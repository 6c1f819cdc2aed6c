// Closing a month: what comes later is carried, the month itself never changes, and nothing slips in while
// it is being closed. PostgreSQL and the ledger in memory are given the same work and asked the same.
import Bookkeeping
import Foundation
import Postgres
import Rating
import Synchronization
import Terms
import Testing

@testable import LedgerStore

@Suite(.enabled(if: TestDatabase.isThere, TestDatabase.missing))
struct ClosingTests {
    static let october = period("2026-10-01T00:00:00Z", "2026-11-01T00:00:00Z")
    static let november = period("2026-11-01T00:00:00Z", "2026-12-01T00:00:00Z")

    /// The same closing in both ledgers.
    static func close(
        _ tenant: String, _ month: String, _ period: Period, _ memory: inout MemoryLedger,
        _ store: LedgerStore, at instant: Instant
    ) throws {
        memory.close(
            ClosedMonth(tenant: tenant, month: month, since: period.since, until: period.until))
        try store.movePeriods([(tenant, month, period)], to: .closed, at: instant)
    }

    static func queries(_ zone: TimeZoneRules) -> [ReportQuery] {
        var queries: [ReportQuery] = []
        let months = ["2026-10", "2026-11"].map { Period(month: $0, zone: zone)! }
        for basis in Basis.allCases {
            for names in [["tenant"], ["model", "meter"], ["day", "label:project"]] {
                for period in months {
                    var query = ReportQuery(
                        by: names.map { Dimension($0)! }, period: period, zone: zone, book: .chargeback)
                    query.basis = basis
                    queries.append(query)
                }
            }
        }
        return queries
    }

    @Test(
        "closed months, late usage and corrections are the same in both ledgers, and carried sums add up",
        arguments: [(11, "UTC"), (12, "Europe/Berlin"), (13, "Asia/Kathmandu"), (14, "America/New_York")]
            as [(UInt64, String)])
    func agreement(seed: UInt64, name: String) throws {
        let rules = zone(name)
        let own = Period(month: "2026-10", zone: rules)!
        var work = RandomWork(
            seed: seed, period: Self.period("2026-10-20T00:00:00Z", "2026-11-05T00:00:00Z"))
        let store = try TestDatabase.ledger()
        var memory = MemoryLedger()
        let first = work.records(250).stablySorted
        let before = instant("2026-11-05T12:00:00Z")
        #expect(memory.post(first, bookedAt: before) == (try store.post(first, bookedAt: before)))
        // One tenant by its own zone, everybody else in UTC.
        try Self.close("acme", "2026-10", own, &memory, store, at: before)
        try Self.close("", "2026-10", Self.october, &memory, store, at: before)
        let frozen = Self.queries(rules).filter { $0.basis == .own && $0.period.since == own.since }
            .map { $0.of(tenant: "acme") }
        let sealed = try frozen.map { try store.report($0) }
        #expect(sealed.contains { $0.rows.count > 2 })
        for (round, text) in ["2026-11-06T12:00:00Z", "2026-10-25T01:00:00Z"].enumerated() {
            // The second comes from a sidecar whose clock is behind: it may not book into the closed month.
            let later = instant(text)
            let batch = work.records(120).stablySorted
            #expect(memory.post(batch, bookedAt: later) == (try store.post(batch, bookedAt: later)))
            #expect(memory.post(batch, bookedAt: later).inserted == 0)
            #expect(try store.post(batch, bookedAt: later).duplicates == batch.count, "replayed")
            try correct(&work, &memory, store, at: later.advanced(bySeconds: 60))
            let asked = Self.queries(rules) + (round == 0 ? [] : Self.queries(.utc))
            for query in asked {
                let expected = try #require(memory.report(query))
                let found = try store.report(query)
                #expect(found.rows == expected.rows, "\(round) \(name) \(query.basis) \(query.by)")
                #expect(found.totals == expected.totals)
            }
            for period in [Self.october, Self.november] {
                #expect(
                    try store.carried(into: period, tenant: nil) == memory.carried(into: period, tenant: nil))
            }
        }
        try compareListings(memory, store)
        let again = try frozen.map { try store.report($0) }
        #expect(zip(again, sealed).allSatisfy { $0.rows == $1.rows && $0.totals == $1.totals })
        #expect(
            try store.look("SELECT count(*)::text FROM tollbook.entry WHERE carried_from IS NOT NULL") != "0")
    }

    private func compareListings(_ memory: MemoryLedger, _ store: LedgerStore) throws {
        var listed: [StoredRecord] = []
        try store.records(RecordFilter()) {
            listed.append($0)
            return true
        }
        #expect(listed.map(\.carriedFrom) == memory.records(RecordFilter()).map(\.carriedFrom))
        #expect(listed.map(\.period) == memory.records(RecordFilter()).map(\.period))
        #expect(listed.contains { $0.carriedFrom == "2026-10" && $0.period == "2026-11" })
    }

    private func correct(
        _ work: inout RandomWork, _ memory: inout MemoryLedger, _ store: LedgerStore, at instant: Instant
    ) throws {
        var batch: [RecordCorrection] = []
        var listed: [StoredRecord] = []
        try store.records(RecordFilter()) {
            listed.append($0)
            return true
        }
        for stored in listed where work.chance(30) {
            let key = RatedRecord(record: stored.record, rated: Rated()).key
            let rated = work.rated(stored.record.usage)
            batch.append(RecordCorrection(stored: stored, entries: stored.corrections(to: rated)))
            _ = memory.correct(key, to: rated, bookedAt: instant)
        }
        try store.correct(batch, bookedAt: instant)
    }

    @Test("no record slips into a month while it is being closed", .timeLimit(.minutes(2)))
    func concurrentClosing() throws {
        let (store, conninfo) = try TestDatabase.ledgerAndName()
        try store.ensurePartitions(from: instant("2026-10-01T00:00:00Z"))
        let bookedAt = instant("2026-11-04T00:00:00Z")
        let isClosed = Atomic(false)
        var posters: [TestThread] = []
        let ready = Atomic(0)
        for poster in 0..<3 {
            var work = RandomWork(seed: UInt64(90 + poster), period: Self.october)
            let batches = (0..<40).map { _ in work.records(25) }
            posters.append(
                TestThread {
                    let store = LedgerStore.lazily(conninfo)
                    for (number, batch) in batches.enumerated() {
                        if number == 8 { ready.add(1, ordering: .sequentiallyConsistent) }
                        _ = try? store.post(batch, bookedAt: bookedAt)
                    }
                })
        }
        // Closes in the middle of the work, and sums up at once what the month then has.
        while ready.load(ordering: .sequentiallyConsistent) < 3 { sched_yield() }
        try store.movePeriods([("", "2026-10", Self.october)], to: .closed, at: bookedAt)
        var query = ReportQuery(by: [.tenant, .model, .meter], period: Self.october)
        query.basis = .own
        let atClosing = try store.report(query)
        isClosed.store(true, ordering: .sequentiallyConsistent)
        for poster in posters { poster.join() }
        let later = try store.report(query)
        #expect(later.rows == atClosing.rows)
        #expect(later.totals == atClosing.totals)
        let carried = try store.look(
            "SELECT count(*)::text FROM tollbook.usage_record WHERE carried_from = '2026-10'")
        let own = try store.look(
            "SELECT count(*)::text FROM tollbook.usage_record WHERE carried_from IS NULL")
        #expect(Int(carried)! + Int(own)! == 3000)
        #expect(Int(own)! > 0)
        #expect(atClosing.footer.records == Int64(own)!)
    }

    static func period(_ since: String, _ until: String) -> Period {
        Period(since: instant(since), until: instant(until))!
    }
}

extension ReportQuery {
    fileprivate func of(tenant: String) -> ReportQuery {
        var copy = self
        copy.filter.tenant = tenant
        return copy
    }
}
