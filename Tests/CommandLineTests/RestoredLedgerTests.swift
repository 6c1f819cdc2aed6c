// What a sidecar takes from a ledger that is being restored: nothing that is not whole.
import Foundation
import LedgerStore
import Postgres
import Rating
import Terms
import Testing

@testable import Commands

@Suite(.enabled(if: LedgerFixture.isThere, LedgerFixture.missing)) struct RestoredLedgerTests {
    private func state(_ version: Int64, keys: Int) -> AccessState {
        var state = AccessState()
        state.version = version
        let at = Instant(microseconds: 0)
        for number in 0..<keys {
            let id = "k\(number)"
            state.keys.append(
                GatewayKey(
                    id: id, tenant: "acme", name: "", user: "", upstreams: [], models: [], labels: [],
                    createdAt: at, expiresAt: nil, revokedAt: nil))
            state.secrets.append(
                KeySecret(
                    tenant: "acme", keyID: id, prefix: id, pepperID: "p", digest: [], createdAt: at,
                    expiresAt: nil))
        }
        return state
    }

    /// Whether what a look finds is used.
    private func takes(
        _ versions: inout AccessVersions, _ version: Int64, keys: Int, now: Int64
    ) -> Bool {
        versions.take(state(version, keys: keys), now: now)
    }

    @Test("keys of a ledger that was set back are read again and again, and do not vanish meanwhile")
    func keys() {
        var versions = AccessVersions(known: 7, hadKeys: true)
        #expect(!versions.isDue(7, now: 0) && versions.isDue(8, now: 0))
        // Restored: the version is there, the keys are not.
        #expect(versions.isDue(3, now: 1000))
        let empty = takes(&versions, 3, keys: 0, now: 1000)
        #expect(!empty && versions.isDue(3, now: 2000))
        let some = takes(&versions, 3, keys: 2, now: 2000)
        #expect(some)
        // More may come, while the version stands still.
        #expect(!versions.isDue(3, now: 2000 + AccessVersions.interval - 1))
        #expect(versions.isDue(3, now: 2000 + AccessVersions.interval))
        let more = takes(&versions, 3, keys: 5, now: 20_000)
        // Beyond what was seen before it is a ledger like any other.
        #expect(more && versions.isDue(8, now: 21_000))
        let none = takes(&versions, 8, keys: 0, now: 21_000)
        #expect(none && !versions.isDue(8, now: 1_000_000))
    }

    @Test("a ledger that was set back to before there were keys has none after a while")
    func none() {
        var versions = AccessVersions(known: 7, hadKeys: true)
        let first = takes(&versions, 1, keys: 0, now: 5000)
        let before = takes(&versions, 1, keys: 0, now: 5000 + AccessVersions.patience - 1)
        let after = takes(&versions, 1, keys: 0, now: 5000 + AccessVersions.patience)
        #expect(!first && !before && after)
    }

    @Test("a price book whose files are not there is no price book")
    func prices() throws {
        let conninfo = try LedgerFixture.ownLedger()
        let connection = try Connection.open(conninfo)
        let store = try LedgerStore.open(conninfo)
        let keeper = try PriceKeeper(nil)
        let log = Log(file: "/dev/null")
        let whole = try keeper.inForce(store, known: nil, log: log)
        #expect(!whole.book.entries.isEmpty)
        try connection.run("CREATE TABLE aside AS SELECT * FROM tollbook.price_file")
        try connection.run("DELETE FROM tollbook.price_file")
        #expect(throws: LedgerError.self) { try keeper.inForce(store, known: nil, log: log) }
        // Who knows the version goes on with it.
        #expect(try keeper.inForce(store, known: whole, log: log).version == whole.version)
        try connection.run("INSERT INTO tollbook.price_file SELECT * FROM aside")
        #expect(
            try keeper.inForce(store, known: nil, log: log).book.entries.count == whole.book.entries.count)
    }
}
