// Several sidecars at once, delivering the same records more than once, while server processes are
// killed under them: every record is booked exactly once, and every sum is exact.
import Bookkeeping
import Foundation
import Postgres
import Synchronization
import Terms
import Testing

@testable import LedgerStore

@Suite(.enabled(if: TestDatabase.isThere, TestDatabase.missing))
struct ConcurrencyTests {
    @Test(
        "eight posters of overlapping batches and a killer leave exact sums, without a deadlock",
        .timeLimit(.minutes(2)))
    func overlappingBatches() throws {
        let (store, conninfo) = try TestDatabase.ledgerAndName()
        let october = period("2026-10-01", "2026-10-03")
        var work = RandomWork(seed: 31, period: october)
        let all = work.records(1500)
        let bookedAt = instant("2026-10-03")
        let progress = Progress()

        var posters: [TestThread] = []
        for poster in 0..<8 {
            var own = SeededGenerator(seed: UInt64(poster))
            // Each record is delivered by two posters, in batches that overlap in no particular order.
            let share = all.enumerated().filter {
                $0.offset % 8 == poster || $0.offset % 8 == (poster + 1) % 8
            }
            .map(\.element).shuffled(using: &own)
            let batches = stride(from: 0, to: share.count, by: 60).map {
                Array(share[$0..<min($0 + 80, share.count)])
            }
            posters.append(
                TestThread {
                    let store = LedgerStore.lazily(conninfo)
                    for batch in batches {
                        while true {
                            do throws(LedgerError) {
                                let receipt = try store.post(batch, bookedAt: bookedAt)
                                progress.add(receipt)
                                break
                            } catch {
                                guard error.isRetryable else { return progress.fail(error) }
                                progress.noteRetry(error)
                            }
                        }
                    }
                })
        }
        let killer = TestThread { Self.kill(conninfo, until: { progress.isDone }) }
        for poster in posters { poster.join() }
        progress.finish()
        killer.join()

        #expect(progress.failure == nil)
        #expect(progress.deadlocks == 0)
        #expect(progress.retries > 0, "nothing was killed: the test shows nothing")
        var memory = MemoryLedger()
        #expect(memory.post(all, bookedAt: bookedAt).inserted == 1500)
        for by: [Bookkeeping.Dimension] in [[.tenant, .model, .meter], [.day, .user]] {
            let query = ReportQuery(by: by, period: october)
            let found = try store.report(query)
            let expected = try #require(memory.report(query))
            #expect(found.rows == expected.rows)
            #expect(found.footer == expected.footer)
        }
        #expect(try store.look("SELECT count(*)::text FROM tollbook.usage_record") == "1500")
        #expect(try store.look("SELECT count(*)::text FROM tollbook.conflict") == "0")
    }

    @Test("partitions of the same months may be made by many at once, and migrating too")
    func concurrentSchema() throws {
        let conninfo = try TestDatabase.create()
        let progress = Progress()
        let threads = (0..<6).map { _ in
            TestThread {
                do throws(LedgerError) {
                    let store = try LedgerStore.open(conninfo)
                    try store.migrate()
                    try store.ensurePartitions(from: instant("2026-10-15"), months: 6)
                } catch { progress.fail(error) }
            }
        }
        for thread in threads { thread.join() }
        #expect(progress.failure == nil)
        let store = try LedgerStore.open(conninfo)
        #expect(try store.schemaState() == .current(Migration.all.last!.version))
        #expect(
            try store.look(
                "SELECT count(*)::text FROM pg_inherits WHERE inhparent = 'tollbook.entry'::regclass") == "6")
    }

    /// Ends a random working server process of this database every few milliseconds.
    private static func kill(_ conninfo: String, until done: () -> Bool) {
        guard let connection = try? Connection.open(conninfo) else { return }
        while !done() {
            _ = try? connection.run(
                """
                SELECT pg_terminate_backend(pid), pg_sleep(0.03) FROM (
                    SELECT pid FROM pg_stat_activity
                    WHERE datname = current_database() AND pid <> pg_backend_pid() AND state <> 'idle'
                    ORDER BY random() LIMIT 1) victim
                """)
        }
    }
}

/// What the threads of a test have in common. Guarded by its mutex.
private final class Progress: Sendable {
    private struct State {
        var retries = 0
        var deadlocks = 0
        var isDone = false
        var failure: LedgerError?
    }
    private let state = Mutex(State())

    var retries: Int { state.withLock { $0.retries } }
    var deadlocks: Int { state.withLock { $0.deadlocks } }
    var isDone: Bool { state.withLock { $0.isDone } }
    var failure: LedgerError? { state.withLock { $0.failure } }

    func finish() { state.withLock { $0.isDone = true } }
    func fail(_ error: LedgerError) { state.withLock { $0.failure = error } }

    func add(_ receipt: PostReceipt) {
        if receipt.conflicts > 0 || !receipt.quarantined.isEmpty {
            fail(.unreadable(what: "an unexpected receipt: \(receipt)"))
        }
    }

    func noteRetry(_ error: LedgerError) {
        state.withLock {
            $0.retries += 1
            if case .postgres(.refused(SQLState("40P01"), _, _)) = error { $0.deadlocks += 1 }
        }
    }
}

/// A thread that can be waited for.
final class TestThread: Sendable {
    private let finished = DispatchSemaphore(value: 0)

    init(_ body: @escaping @Sendable () -> Void) {
        let finished = finished
        let thread = Thread {
            body()
            finished.signal()
        }
        thread.stackSize = 4 << 20
        thread.start()
    }

    func join() { finished.wait() }
}
