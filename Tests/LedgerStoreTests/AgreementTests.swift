// PostgreSQL and the ledger in memory are given the same random work and asked the same questions.
import Bookkeeping
import Rating
import Terms
import Testing

@testable import LedgerStore

@Suite(.enabled(if: TestDatabase.isThere, TestDatabase.missing))
struct AgreementTests {
    /// A month with a change of clocks in Europe; seeds that once failed are kept.
    static let october = period("2026-10-01", "2026-11-01")

    static let groupings: [[String]] = [
        [], ["tenant"], ["tenant", "user"], ["model"], ["provider", "upstream", "key"], ["meter"],
        ["model", "meter"], ["day"], ["week", "month"], ["month", "tenant"], ["label:project"],
        ["label:team", "label:project", "day"], ["week"], ["label:none"],
    ]

    static func queries(_ work: inout RandomWork) -> [ReportQuery] {
        let zones = ["UTC", "Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe"]
        var queries: [ReportQuery] = []
        for names in groupings {
            let rules = zone(work.pick(zones))
            let period = work.pick([
                october, Period(month: "2026-10", zone: rules)!,
                Self.period("2026-10-03T11:07:31.000001Z", "2026-10-27T23:59:59.999999Z"),
                Self.period("2026-10-25T00:00:00Z", "2026-10-25T00:00:01Z"),
                Self.period("2026-10-20T10:01:00Z", "2026-10-20T10:14:00Z"),
            ])
            var filter = ReportFilter()
            if work.chance(30) { filter.tenant = "acme" }
            if work.chance(20) { filter.user = "ada" }
            if work.chance(20) { filter.key = "" }
            if work.chance(20) { filter.model = work.pick(["claude-fable-5-mini", "gpt-5.4-2026-10-01"]) }
            if work.chance(20) { filter.provider = "openai" }
            if work.chance(20) { filter.upstream = "backup" }
            if work.chance(20) { filter.labels = [Label(key: "project", value: "alpha")] }
            queries.append(
                ReportQuery(
                    by: names.map { Dimension($0)! }, period: period, zone: rules,
                    book: work.pick(Book.allCases), filter: filter))
        }
        return queries
    }

    static func period(_ since: String, _ until: String) -> Period {
        Period(since: instant(since), until: instant(until))!
    }

    @Test("every report and every listing is the same", arguments: [1, 2, 3, 4] as [UInt64])
    func agreement(seed: UInt64) throws {
        var work = RandomWork(seed: seed, period: Self.october)
        let store = try TestDatabase.ledger()
        if seed.isMultiple(of: 2) {
            try store.registerRollupLabels(["project"], now: instant("2026-10-10T00:07:00Z"))
        }
        var memory = MemoryLedger()
        var known: [RatedRecord] = []
        for round in 0..<6 {
            var batch = work.records(150)
            known += batch
            // Some come again, some within one batch, some with other facts under the same key.
            for _ in 0..<20 { batch.append(work.pick(known)) }
            var altered = work.pick(known)
            altered.record.usage.httpStatus = 599
            batch.append(altered)
            let bookedAt = instant("2026-10-\(14 + round)T12:00:00Z")
            // The one in PostgreSQL sorts its batch, so the specification gets it sorted as well.
            let expected = memory.post(batch.stablySorted, bookedAt: bookedAt)
            #expect(try store.post(batch.stablySorted, bookedAt: bookedAt) == expected, "seed \(seed)")
        }
        var compared = 0
        for query in Self.queries(&work) {
            let expected = try #require(memory.report(query))
            let found = try store.report(query)
            #expect(found.rows == expected.rows, "seed \(seed), \(query.by) \(query.filter) \(query.period)")
            #expect(found.totals == expected.totals, "seed \(seed), \(query.by)")
            #expect(found.footer == expected.footer, "seed \(seed), \(query.by)")
            compared += found.rows.count
        }
        #expect(compared > 100, "too few rows to show anything")
        try compareListings(memory, store, known)
    }

    @Test(
        "corrections keep both ledgers the same, and the same correction twice books once",
        arguments: [5, 6] as [UInt64])
    func corrections(seed: UInt64) throws {
        var work = RandomWork(seed: seed, period: Self.october)
        let store = try TestDatabase.ledger()
        try store.registerRollupLabels(["project"], now: instant("2026-10-10T00:07:00Z"))
        var memory = MemoryLedger()
        let known = work.records(300).stablySorted
        let bookedAt = instant("2026-10-14T12:00:00Z")
        _ = memory.post(known, bookedAt: bookedAt)
        _ = try store.post(known, bookedAt: bookedAt)
        for round in 0..<3 {
            let later = bookedAt.advanced(bySeconds: Int64(round + 1) * 3600)
            var batch: [RecordCorrection] = []
            var other: [RecordKey: Rated] = [:]
            for record in known where work.chance(60) { other[record.key] = work.rated(record.record.usage) }
            var listed: [StoredRecord] = []
            try store.records(RecordFilter()) {
                listed.append($0)
                return true
            }
            for stored in listed {
                let rated = RatedRecord(record: stored.record, rated: Rated())
                guard let again = other[rated.key] else { continue }
                let entries = stored.corrections(to: again)
                #expect(memory.correct(rated.key, to: again, bookedAt: later) == entries, "seed \(seed)")
                #expect(
                    memory.correct(rated.key, to: again, bookedAt: later).isEmpty,
                    "twice books once, seed \(seed)")
                batch.append(RecordCorrection(stored: stored, entries: entries))
            }
            #expect(batch.contains { !$0.entries.isEmpty })
            for start in stride(from: 0, to: batch.count, by: 100) {
                try store.correct(Array(batch[start..<min(start + 100, batch.count)]), bookedAt: later)
            }
            // What was read before a correction is out of date: booking it again must fail as a whole.
            let stale = try #require(batch.first { !$0.entries.isEmpty })
            #expect(throws: LedgerError.self) { try store.correct([stale], bookedAt: bookedAt) }
            for var query in Self.queries(&work) {
                if work.chance(50) {
                    query.knownAt = bookedAt.advanced(bySeconds: work.pick([-1, 0, 3600, 7200]))
                }
                let expected = try #require(memory.report(query))
                let found = try store.report(query)
                #expect(found.rows == expected.rows, "seed \(seed), round \(round), \(query.by)")
                #expect(found.totals == expected.totals, "seed \(seed), round \(round), \(query.by)")
            }
        }
        try compareListings(memory, store, [])
    }

    private func compareListings(
        _ memory: MemoryLedger, _ store: LedgerStore, _ known: [RatedRecord]
    ) throws {
        var filters = [RecordFilter()]
        for change: (inout RecordFilter) -> Void in [
            { $0.tenant = "acme" }, { $0.user = "" }, { $0.completeness = .open }, { $0.limit = 7 },
            { $0.since = instant("2026-10-12") }, { $0.until = instant("2026-10-05T01:02:03Z") },
            { $0.labels = [Label(key: "team", value: "blau, grün")] }, { $0.model = "gpt-5.4" },
            { $0.upstream = "backup" }, { $0.key = "k2" },
            { filter in if known.count > 3 { filter.id = known[3].record.id } },
        ] {
            var filter = RecordFilter()
            change(&filter)
            filters.append(filter)
        }
        for filter in filters {
            var found: [StoredRecord] = []
            try store.records(filter) {
                found.append($0)
                return true
            }
            #expect(found == memory.records(filter))
        }
        guard known.count > 5 else { return }
        let one = try #require(try store.record(known[5].record.id))
        #expect(one.record == known[5].record)
        #expect(one.entries == known[5].entries)
        #expect(try store.record(RecordID(high: 1, low: 2)) == nil)
    }
}

extension [RatedRecord] {
    /// By key; of equal keys the one that came first stays first.
    var stablySorted: [RatedRecord] {
        enumerated().sorted { ($0.element.key, $0.offset) < ($1.element.key, $1.offset) }.map(\.element)
    }
}
