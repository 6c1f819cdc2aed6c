// Seals: whole days, chained, found out when anything that they cover is changed, removed or added.
import Bookkeeping
import Postgres
import Terms
import Testing

@testable import LedgerStore

/// A stand-in for HMAC: the ledger only needs a function that others cannot compute.
private func keys(_ current: String? = "key one", known: [String] = ["key one"]) -> SealKeys {
    SealKeys(current: current) { id, message in
        guard known.contains(id) else { return nil }
        var hash: UInt64 = id.utf8.reduce(14_695_981_039_346_656_037) {
            ($0 ^ UInt64($1)) &* 1_099_511_628_211
        }
        for byte in message { hash = (hash ^ UInt64(byte)) &* 1_099_511_628_211 }
        return (0..<8).map { UInt8(truncatingIfNeeded: hash >> (8 * $0)) }
    }
}

@Suite(.enabled(if: TestDatabase.isThere, TestDatabase.missing))
struct SealTests {
    /// Booked on three days, the second of which has usage of the month before as well; the third is
    /// quiet, the fourth is not over.
    static func ledger() throws -> LedgerStore {
        let store = try TestDatabase.ledger()
        var work = RandomWork(seed: 5, period: period("2026-10-31", "2026-11-02"))
        let records = work.records(90)
        for (part, at) in ["2026-11-01T10:00:00Z", "2026-11-02T10:00:00Z", "2026-11-04T10:00:00Z"]
            .enumerated()
        {
            let batch = records[part * 30..<part * 30 + 30]
            #expect(try store.post(Array(batch), bookedAt: instant(at)).inserted == 30)
        }
        return store
    }

    @Test("each day that is over by an hour is sealed once, in order, and verifies")
    func sealing() throws {
        let store = try Self.ledger()
        #expect(throws: LedgerError.noSealKey) { try store.seal(.none, now: instant("2026-11-05T00:00:00Z")) }
        let early = try store.seal(keys(), now: instant("2026-11-02T00:59:59Z"))
        #expect(early == SealReceipt())
        let first = try store.seal(keys(), now: instant("2026-11-02T01:00:00Z"))
        #expect(first.days == 1 && first.records == 30 && first.through == CivilDate("2026-11-01"))
        let rest = try store.seal(keys(), now: instant("2026-11-04T18:00:00Z"))
        // The third of November has nothing but its own seal.
        #expect(rest.days == 2 && rest.records == 30 && rest.through == CivilDate("2026-11-03"))
        #expect(try store.seal(keys(), now: instant("2026-11-04T18:00:00Z")).days == 0)
        let result = try store.verify(VerifyScope(), keys: keys())
        #expect(result.findings == [])
        #expect(result.seals == first.seals + rest.seals && result.unkeyedSeals == 0)
        #expect(result.sealedThrough == CivilDate("2026-11-03"))
        #expect(try store.verify(VerifyScope(tenant: "acme"), keys: keys()).isSound)
        let heads = try store.sealHeads()
        #expect(heads.map(\.tenant) == ["", "acme", "globex", "unattributed", "ünïcode ✓"])
        #expect(heads[0].number == 3)
    }

    @Test("usage that comes late falls into the seal of the day on which it was booked")
    func late() throws {
        let store = try Self.ledger()
        _ = try store.seal(keys(), now: instant("2026-11-04T18:00:00Z"))
        var work = RandomWork(seed: 6, period: period("2026-10-31", "2026-11-01"))
        var late = work.records(4)
        for index in late.indices {
            late[index].record.instance = "south"
            late[index].record.sequence = Int64(index + 1)
        }
        _ = try store.post(late, bookedAt: instant("2026-11-05T10:00:00Z"))
        #expect(try store.verify(VerifyScope(), keys: keys()).isSound)
        let receipt = try store.seal(keys(), now: instant("2026-11-06T02:00:00Z"))
        #expect(receipt.days == 2 && receipt.records == 34)
        #expect(try store.verify(VerifyScope(), keys: keys()).isSound)
    }

    static let damages: [(Finding.Kind, StaticString)] = [
        (.seal, "UPDATE tollbook.usage_record SET raw_usage = '{}' WHERE booked_at < '2026-11-02'"),
        (.seal, "UPDATE tollbook.usage_record SET total_ms = 1 WHERE booked_at < '2026-11-02'"),
        (.seal, "UPDATE tollbook.entry SET rate_id = 'x' WHERE booked_at < '2026-11-02'"),
        (.seal, "UPDATE tollbook.entry SET rounded = NOT rounded WHERE booked_at < '2026-11-02'"),
        (.seal, "DELETE FROM tollbook.entry WHERE entry_no = 0 AND booked_at < '2026-11-02'"),
        // Backdated, or moved out of a sealed day.
        (
            .seal,
            "UPDATE tollbook.usage_record SET booked_at = '2026-11-03 12:00Z' WHERE booked_at > '2026-11-04'"
        ),
        (
            .seal,
            "UPDATE tollbook.usage_record SET booked_at = '2026-11-04 12:00Z' WHERE booked_at < '2026-11-02'"
        ),
        (.chain, "UPDATE tollbook.seal SET records = records + 1 WHERE tenant = 'acme' AND number = 1"),
        (.chain, "UPDATE tollbook.seal SET digest = sha256('x') WHERE tenant = '' AND number = 2"),
        (.chain, "UPDATE tollbook.seal SET mac = sha256('x') WHERE tenant = 'globex' AND number = 1"),
        (.chain, "DELETE FROM tollbook.seal WHERE tenant = 'acme' AND number = 1"),
        (.chain, "DELETE FROM tollbook.seal WHERE tenant = '' AND number = 2"),
        (.chain, "DELETE FROM tollbook.seal WHERE tenant = '' AND number = 1"),
        (.chain, "DELETE FROM tollbook.seal WHERE tenant = 'globex'"),
    ]

    @Test("each change to what is sealed, or to a seal, is found", arguments: damages.indices)
    func damage(_ index: Int) throws {
        let (kind, sql) = Self.damages[index]
        let store = try Self.ledger()
        _ = try store.seal(keys(), now: instant("2026-11-04T18:00:00Z"))
        try store.execute(sql)
        let result = try store.verify(VerifyScope(), keys: keys())
        #expect(result.findings.contains { $0.kind == kind }, "\(result.findings)")
        #expect(result.first?.since != nil)
    }

    @Test("a ledger that was cut back as a whole is sound in itself, but not against a head kept elsewhere")
    func anchors() throws {
        let store = try Self.ledger()
        _ = try store.seal(keys(), now: instant("2026-11-04T18:00:00Z"))
        let heads = try store.sealHeads().map {
            SealAnchor(tenant: $0.tenant, number: $0.number, mac: $0.mac.hexadecimal)
        }
        var sound = Verification()
        try store.check(heads, &sound)
        #expect(sound.isSound)
        try store.execute("DELETE FROM tollbook.seal")
        #expect(try store.verify(VerifyScope(), keys: keys()).isSound)
        var cut = Verification()
        try store.check(heads, &cut)
        #expect(cut.found == Int64(heads.count))
        // Sealed anew by somebody with another key: every seal is another.
        _ = try store.seal(keys("key two", known: ["key two"]), now: instant("2026-11-04T18:00:00Z"))
        var forged = Verification()
        try store.check(heads, &forged)
        #expect(forged.found == Int64(heads.count))
        let result = try store.verify(VerifyScope(), keys: keys())
        #expect(result.isSound && result.unkeyedSeals == result.seals)
    }

    @Test("a new key goes on where the old one ended, and both are needed to check")
    func rotation() throws {
        let store = try Self.ledger()
        _ = try store.seal(keys(), now: instant("2026-11-02T18:00:00Z"))
        let both = keys("key two", known: ["key one", "key two"])
        #expect(try store.seal(both, now: instant("2026-11-03T18:00:00Z")).days == 1)
        let result = try store.verify(VerifyScope(), keys: both)
        #expect(result.isSound && result.unkeyedSeals == 0)
        let partly = try store.verify(VerifyScope(), keys: keys())
        #expect(partly.isSound && partly.unkeyedSeals > 0 && partly.unkeyedSeals < partly.seals)
    }

    @Test("nothing is sealed while a transaction that posts goes on")
    func stillPosting() throws {
        let (store, conninfo) = try TestDatabase.ledgerAndName()
        var work = RandomWork(seed: 8, period: period("2026-10-31", "2026-11-01"))
        _ = try store.post(work.records(5), bookedAt: instant("2026-11-01T10:00:00Z"))
        let other = try LedgerStore.open(conninfo)
        try other.transaction { connection throws(PostgresError) in
            try connection.run("LOCK TABLE tollbook.usage_record IN ROW EXCLUSIVE MODE")
            do throws(LedgerError) {
                try store.waitForPostings(turns: 3)
                Issue.record("it did not wait")
            } catch {
                #expect(error == .stillPosting)
            }
        }
        #expect(try store.seal(keys(), now: instant("2026-11-02T18:00:00Z")).days == 1)
    }
}
