// What is charged for once: the first record that brings it, whoever posts it and however often.
import Bookkeeping
import Rating
import Terms
import Testing

@testable import LedgerStore

@Suite(.enabled(if: TestDatabase.isThere, TestDatabase.missing))
struct SettlementTests {
    let october = period("2026-10-01", "2026-11-01")
    let bookedAt = instant("2026-10-31T12:00:00Z")

    /// Charged records of one upstream in the order of their keys.
    private func records(_ names: [String?]) -> [RatedRecord] {
        var work = RandomWork(seed: 31, period: october)
        var found: [RatedRecord] = []
        while found.count < names.count {
            var rated = work.record()
            guard rated.record.usage.notBillable == nil, !rated.rated.charges.isEmpty else { continue }
            rated.record.upstream = "openai"
            found.append(rated)
        }
        found.sort { $0.key < $1.key }
        for (index, name) in names.enumerated() { found[index].record.settlement = name }
        return found
    }

    private func billable(_ store: LedgerStore) throws -> [RecordID: Bool] {
        var found: [RecordID: Bool] = [:]
        try store.records(RecordFilter()) { stored in
            found[stored.record.id] = stored.record.usage.notBillable != .replay
            return true
        }
        return found
    }

    @Test("the first owns the name in one batch, in the next, from another sidecar, and when it comes again")
    func once() throws {
        let (store, conninfo) = try TestDatabase.ledgerAndName()
        let other = try LedgerStore.open(conninfo)
        let work = records(["batches/a", "batches/a", nil, "batches/b", "batches/a", "nul\0", "batches/b"])
        var memory = MemoryLedger()
        // The second of `b` is posted first and stays the owner, though its key is the later one.
        for (ledger, batch) in [
            (store, [work[6]]), (other, Array(work[0...3])), (store, [work[4], work[6]]), (other, [work[5]]),
        ] {
            let receipt = try ledger.post(batch, bookedAt: bookedAt)
            #expect(receipt == memory.post(batch, bookedAt: bookedAt))
        }
        #expect(
            try work.map { try billable(store)[$0.record.id] } == [
                true, false, true, false, false, true, true,
            ])
        // Everything again, in one batch: nothing changes and nothing contradicts.
        let again = try store.post(work, bookedAt: bookedAt)
        #expect(again.duplicates == work.count && again.conflicts == 0 && again.inserted == 0)
        let query = ReportQuery(by: [.tenant], period: october)
        #expect(try store.report(query).rows == memory.report(query)?.rows)
    }

    @Test("the same name at another upstream is other work")
    func upstreams() throws {
        let store = try TestDatabase.ledger()
        var work = records(["id/r-1", "id/r-1"])
        work[1].record.upstream = "azure"
        _ = try store.post(work, bookedAt: bookedAt)
        #expect(try work.map { try billable(store)[$0.record.id] } == [true, true])
    }
}
