// Closed months together with what is kept for years: what was carried or booked by hand is summed, verified
// and put aside like everything else, and never counted as a request.
import Bookkeeping
import Rating
import Terms
import Testing

@testable import LedgerStore

@Suite(.enabled(if: TestDatabase.isThere, TestDatabase.missing))
struct ClosedMonthTests {
    /// 60 exchanges around the end of October, which was closed, then 40 more, corrections, and two
    /// adjustments with one number.
    static func ledger() throws -> LedgerStore {
        let store = try VerifyTests.ledger(60)
        try store.movePeriods(
            [("", "2026-10", ClosingTests.october)], to: .closed, at: instant("2026-11-03T00:00:00Z"))
        var work = RandomWork(seed: 78, period: period("2026-10-30", "2026-11-02"))
        var late = work.records(40)
        for index in late.indices { late[index].record.instance = "late-\(index)" }
        for number in 1...2 as ClosedRange<UInt64> {
            let adjustment = Adjustment(
                tenant: "acme", amount: try #require(Money("5")), currency: .usd, book: .contracted,
                reason: "a credit", actor: "test")
            late.append(
                adjustment.record(
                    id: RecordID(high: 0x0190_0000_0000_7000, low: number), sequence: 1,
                    occurredAt: instant("2026-10-31T12:00:00Z")))
        }
        #expect(try store.post(late, bookedAt: instant("2026-11-04T00:00:00Z")).inserted == 42)
        var corrections: [RecordCorrection] = []
        try store.records(RecordFilter()) { stored in
            let entries = stored.corrections(to: work.rated(stored.record.usage))
            if !stored.record.isAdjustment { corrections.append(.init(stored: stored, entries: entries)) }
            return corrections.count < 30
        }
        try store.correct(corrections, bookedAt: instant("2026-11-05T00:00:00Z"))
        return store
    }

    static func query(_ by: [Bookkeeping.Dimension], _ basis: Basis) -> ReportQuery {
        var query = ReportQuery(by: by, period: ClosingTests.october, book: .contracted)
        query.basis = basis
        return query
    }

    @Test("every sum of a ledger with a closed month is found right, and days say what quarters say")
    func sums() throws {
        let store = try Self.ledger()
        #expect(try store.verify(VerifyScope(), keys: .none).findings == [])
        #expect(try store.look("SELECT sum(requests)::text FROM tollbook.rollup") == "100")
        #expect(try store.look("SELECT sum(requests)::text FROM tollbook.rollup_day") == "100")
        #expect(try store.look("SELECT count(*)::text FROM tollbook.entry WHERE NOT in_day") == "0")
        let days = try Basis.allCases.map { try store.report(Self.query([.tenant, .model], $0)) }
        // Nothing was carried into October: by booking it is what it took itself.
        #expect(days[0].rows != days[1].rows && days[1].rows == days[2].rows)
        // As if older sidecars had posted everything: quarters of an hour answer the same question.
        try store.execute("UPDATE tollbook.usage_record SET in_day = false")
        #expect(try Basis.allCases.map { try store.report(Self.query([.tenant, .model], $0)) } == days)
        let carried = try store.look(
            "SELECT count(*)::text FROM tollbook.usage_record WHERE carried_from = '2026-10'")
        #expect(try #require(Int(carried)) > 10)
    }

    @Test("what is put aside is reported as before on every basis, and says so where only facts would know")
    func archive() throws {
        let store = try Self.ledger()
        func reports() throws -> [Report] {
            try Basis.allCases.flatMap { basis in
                var november = Self.query([.model, .user], basis)
                november.period = period("2026-11-01", "2026-12-01")
                return [try store.report(Self.query([.model, .user], basis)), try store.report(november)]
            }
        }
        let before = try reports()
        let carried = try store.carried(into: period("2026-11-01", "2026-12-01"), tenant: nil)
        #expect(!carried.isEmpty)
        let month = ClosingTests.october.since.date
        var lines: [ArchivedRows: [[UInt8]]] = [:]
        for rows in ArchivedRows.allCases {
            try store.archiveLines(rows, of: month) { line in
                lines[rows, default: []].append(line)
                return true
            }
        }
        try store.dropMonth(
            ArchivedMonth(
                month: month, records: Int64(lines[.records]?.count ?? 0),
                entries: Int64(lines[.entries]?.count ?? 0), recordDigest: [], entryDigest: [],
                archivedAt: instant("2026-12-01T00:00:00Z")))
        #expect(try store.look("SELECT count(*)::text FROM tollbook.carried_facts") == "0")
        #expect(try reports() == before)
        #expect(try store.carried(into: period("2026-11-01", "2026-12-01"), tenant: nil) == carried)
        var known = Self.query([.model], .occurred)
        known.knownAt = instant("2026-11-04T12:00:00Z")
        #expect(throws: LedgerError.archived(month: "2026-10")) { try store.report(known) }
        var cut = Self.query([.model], .occurred)
        cut.period = period("2026-10-30T00:00:01Z", "2026-10-31T00:00:00Z")
        #expect(throws: LedgerError.archived(month: "2026-10")) { try store.report(cut) }
        cut.period = period("2026-10-30T00:00:00Z", "2026-10-31T00:00:00Z")
        #expect(try !store.report(cut).rows.isEmpty)
        try store.ensurePartitions(from: ClosingTests.october.since, months: 1)
        for rows in ArchivedRows.allCases {
            #expect(try store.restore(rows, lines[rows] ?? []) == Int64(lines[rows]?.count ?? 0))
        }
        try store.noteRestored(month, at: instant("2026-12-02T00:00:00Z"))
        #expect(try store.look("SELECT count(*)::text FROM tollbook.carried_kept") == "0")
        #expect(try reports() == before)
        #expect(try store.verify(VerifyScope(), keys: .none).findings == [])
    }

    @Test("what is booked by hand counts as spend of a budget and as none of its requests")
    func budgets() throws {
        let store = try TestDatabase.ledger()
        func adjustment(_ number: UInt64) throws -> RatedRecord {
            Adjustment(
                tenant: "acme", amount: try #require(Money("5")), currency: .usd, book: .list,
                reason: "a fee", actor: "test"
            ).record(
                id: RecordID(high: 0x0190_0000_0000_7000, low: 1000 + number),
                sequence: Int64(number), occurredAt: instant("2026-11-21T11:00:00Z"))
        }
        _ = try store.post(
            [BudgetTests.record(1, amount: "1"), try adjustment(1)], bookedAt: BudgetTests.now)
        let calls = try BudgetTests.open(
            store, BudgetTests.budget("calls", BudgetScope(tenant: "acme"), unit: .requests))
        let spend = try BudgetTests.open(store, BudgetTests.budget("spend", BudgetScope(tenant: "acme")))
        #expect(try BudgetTests.spent(store, calls) == "1")
        _ = try store.post(
            [BudgetTests.record(2, amount: "1"), try adjustment(2)], bookedAt: BudgetTests.now)
        #expect(try BudgetTests.spent(store, calls) == "2")
        #expect(try BudgetTests.spent(store, spend) == "12")
        try store.recount(calls.0, at: BudgetTests.now)
        #expect(try BudgetTests.spent(store, calls) == "2")
    }
}
