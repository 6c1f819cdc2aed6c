// Sidecars of the release before go on posting while the schema is a step ahead. What they say was
// written down by scripts/record-statements and is said here to the schema of today.
import Bookkeeping
import Foundation
import Postgres
import Terms
import Testing

@testable import LedgerStore

@Suite(.enabled(if: TestDatabase.isThere, TestDatabase.missing))
struct RollingUpgradeTests {
    /// The newest recording: of the release that this one replaces.
    static let recording = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("Predecessor/schema-3.sql")

    @Test("statements of the release before work on this schema, and every sum stays exact")
    func posting() throws {
        let (store, conninfo) = try TestDatabase.ledgerAndName()
        var work = RandomWork(seed: 41, period: period("2026-10-29", "2026-11-03"))
        let records = work.records(60)
        _ = try store.post(records, bookedAt: instant("2026-11-03T00:00:00Z"))
        let script = try Data(contentsOf: Self.recording)
        let other = try Connection.open(conninfo)
        try other.runScript(Array(script))
        // Six records and their corrections came from the older sidecar.
        #expect(try store.look("SELECT count(*)::text FROM tollbook.usage_record WHERE NOT in_day") == "6")
        #expect(try store.verify(VerifyScope(), keys: .none).findings == [])

        let query = ReportQuery(by: [.tenant, .model], period: period("2026-10-01", "2026-12-01"))
        let before = try store.report(query)
        #expect(before.totals.map(\.figures.requests).reduce(0, +) == 66)
        #expect(before.rows.contains { $0.keys == ["acme", "small-2026-03-01"] })

        #expect(try store.rebuildDays(now: instant("2026-12-01T00:00:00Z")) == 3)
        #expect(try store.look("SELECT count(*)::text FROM tollbook.usage_record WHERE NOT in_day") == "0")
        #expect(try store.verify(VerifyScope(), keys: .none).findings == [])
        #expect(try store.report(query).rows == before.rows)
        // And what this release posts on such a day afterwards is in the same sums.
        var more = work.records(20)
        for index in more.indices { more[index].record.instance = "north-\(index)" }
        _ = try store.post(more, bookedAt: instant("2026-11-04T00:00:00Z"))
        #expect(try store.verify(VerifyScope(), keys: .none).findings == [])
    }

    @Test("a ledger of the schema before is brought up with its sums of days made from what is there")
    func migrating() throws {
        let conninfo = try TestDatabase.create()
        let store = try LedgerStore.open(conninfo)
        try store.migrate(upTo: 3)
        let other = try Connection.open(conninfo)
        try other.runScript(Array(try Data(contentsOf: Self.recording)))
        try store.migrate()
        let reopened = try LedgerStore.open(conninfo)
        #expect(try reopened.look("SELECT sum(requests)::text FROM tollbook.rollup_day") == "6")
        #expect(try reopened.look("SELECT count(*)::text FROM tollbook.entry WHERE NOT in_day") == "0")
        #expect(try reopened.verify(VerifyScope(), keys: .none).findings == [])
    }
}
