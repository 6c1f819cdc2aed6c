// What a ledger needs now and then, and nobody should have to think of: the next months' partitions, sums
// of days in which older sidecars left something out, and the seals of days that are over. Every sidecar
// has a keeper; what one has done, the others find done. On a thread of its own, because it may take
// minutes.
import Glibc
import LedgerStore
import Relay
import Synchronization
import Terms

final class Keeper: Sendable {
    private let conninfo: String
    private let keys: SealKeys
    private let log: Log
    private let isStopping = Atomic<Bool>(false)
    private let thread = Mutex<ServiceThread?>(nil)

    /// Milliseconds from start to the first round, so that a start is not slowed down.
    private static let delay: Int64 = 10_000
    /// Milliseconds between two rounds.
    private static let interval: Int64 = 3_600_000
    /// Milliseconds between two rounds while the database is away.
    private static let retry: Int64 = 60_000
    /// Milliseconds of one sleep.
    private static let turn: Int64 = 100

    /// - Parameter keys: without a current one nothing is sealed.
    init(conninfo: String, keys: SealKeys, log: Log) {
        self.conninfo = conninfo
        self.keys = keys
        self.log = log
    }

    func start() {
        thread.withLock { $0 = ServiceThread(name: "keeper") { self.run() } }
    }

    /// Begins nothing new, and does not wait: what is under way ends with the process, and its
    /// transaction leaves nothing behind.
    func stop() { isStopping.store(true, ordering: .relaxed) }

    private func run() {
        var due = Self.now() + Self.delay
        while !isStopping.load(ordering: .relaxed) {
            if Self.now() >= due { due = Self.now() + (round() ? Self.interval : Self.retry) }
            var time = timespec(tv_sec: 0, tv_nsec: Int(Self.turn) * 1_000_000)
            nanosleep(&time, nil)
        }
    }

    /// - Returns: whether everything was done.
    private func round() -> Bool {
        do throws(LedgerError) {
            let ledger = try LedgerStore.open(conninfo)
            guard case .current = try ledger.schemaState() else { return false }
            let now = Clock.now()
            try ledger.ensurePartitions(from: now)
            guard !isStopping.load(ordering: .relaxed) else { return true }
            try ledger.rebuildDays(now: now)
            guard keys.current != nil, !isStopping.load(ordering: .relaxed) else { return true }
            try ledger.seal(keys, now: now)
            return true
        } catch {
            // The shipper tells when the database is away; here only what it cannot meet.
            if !error.isRetryable { log.tell(.warning(error.diagnosis)) }
            return false
        }
    }

    private static func now() -> Int64 { Clock.monotonicMicroseconds() / 1000 }
}
