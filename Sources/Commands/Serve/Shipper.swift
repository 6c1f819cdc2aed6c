// Moves records from the spool into the ledger, on a thread of its own. A batch leaves the spool only
// after its commit; whatever fails is tried again, with growing pauses, for as long as the process
// lives.
import Bookkeeping
import Glibc
import LedgerStore
import Rating
import Spool
import Synchronization
import Terms

/// What a shipper needs to know; set before its thread starts.
struct ShipperPlan: Sendable {
    let conninfo: String
    let prices: PriceKeeper
    /// File that takes the records which PostgreSQL refuses, one JSON line each.
    let quarantineFile: String
    /// Where counts of unknown fields are kept.
    let dataDirectory: String

    /// Records of one transaction.
    static let batch = LedgerLimits.recordsPerBatch
    /// Milliseconds to wait for the first record of a batch: also how soon a stop is noticed.
    static let patience = 200
    /// Milliseconds between two transactions that are not full. A record is visible well within a second.
    static let gathering = 100
    /// Milliseconds of the first pause after a failure; each further one is twice as long.
    static let firstPause = 100
    static let longestPause = 5000
    /// Milliseconds between two words of this sidecar about itself.
    static let noteInterval: Int64 = 5000
}

/// The shipper's thread. State that other threads touch is in the mutex.
final class Shipper: Sendable {
    private let plan: ShipperPlan
    private let sidecar: Sidecar
    private let status: LedgerStatus
    private let log: Log
    /// Monotonic milliseconds at which to give up, once a stop was asked for.
    private let deadline = Mutex<Int64?>(nil)
    private let thread = Mutex<pthread_t?>(nil)

    init(_ plan: ShipperPlan, sidecar: Sidecar, status: LedgerStatus, log: Log) {
        self.plan = plan
        self.sidecar = sidecar
        self.status = status
        self.log = log
    }

    func start() {
        let box = Unmanaged.passRetained(self)
        var made = pthread_t()
        let result = pthread_create(
            &made, nil,
            { context in
                let shipper = Unmanaged<Shipper>.fromOpaque(context!).takeRetainedValue()
                shipper.run()
                return nil
            }, box.toOpaque())
        precondition(result == 0, "no thread for the shipper")
        let id = made
        thread.withLock { $0 = id }
    }

    /// Posts what is in the spool and ends; gives up after so many milliseconds.
    func stop(within milliseconds: Int64) {
        deadline.withLock { $0 = Self.now() + milliseconds }
        let id = thread.withLock { thread in
            defer { thread = nil }
            return thread
        }
        if let id { pthread_join(id, nil) }
    }

    private func run() {
        let store = LedgerStore.lazily(plan.conninfo)
        var known: PriceKeeper.Known?
        var notedAt: Int64 = 0
        var pause = ShipperPlan.firstPause
        var fields = UnknownFieldCounts(dataDirectory: plan.dataDirectory)
        defer { fields.save() }
        while true {
            if Self.now() >= notedAt + ShipperPlan.noteInterval {
                notedAt = Self.now()
                noteInstance(store)
                sidecar.ratios.save()
                fields.save()
            }
            guard let batch = sidecar.spool.nextBatch(limit: ShipperPlan.batch, wait: ShipperPlan.patience)
            else {
                guard isStopping else { continue }
                noteInstance(store)
                return
            }
            while true {
                do throws(LedgerError) {
                    // Asked before every transaction, so that a call after `prices load` has the new prices.
                    let current = try plan.prices.inForce(store, known: known, log: log)
                    known = current
                    try post(batch, current.book, store)
                    // In place: a record is large, and almost none has anything new.
                    for index in batch.records.indices { fields.look(at: batch.records[index].usage) }
                    sidecar.ratios.learn()
                    pause = ShipperPlan.firstPause
                    break
                } catch {
                    note(error)
                    if isOverdue { return }
                    wait(milliseconds: pause)
                    pause = min(pause * 2, ShipperPlan.longestPause)
                }
            }
            // A transaction costs the same for one record as for hundreds: let some more arrive.
            if batch.records.count < ShipperPlan.batch && !isStopping {
                wait(milliseconds: ShipperPlan.gathering)
            }
        }
    }

    private func post(
        _ batch: SpoolBatch, _ book: PriceBook, _ store: LedgerStore
    ) throws(LedgerError) {
        let rated = batch.records.map { record in
            let rated = book.rate(
                record.usage, upstream: record.upstream, tenant: record.attribution.tenant,
                at: record.occurredAt)
            var line = RatedRecord(record: record, rated: rated)
            if record.usage.providerCostUSD != nil { line.record.usage.noteStatedCost(besides: rated) }
            return line
        }
        let receipt = try store.post(rated, bookedAt: Clock.now())
        for refused in receipt.quarantined {
            Quarantine.keep(refused, of: rated, in: plan.quarantineFile)
            log.tell(.quarantined(record: refused.key.id.text, reason: refused.reason))
        }
        if receipt.conflicts > 0 { log.tell(.conflict(count: receipt.conflicts)) }
        let counters = sidecar.counters
        counters.posted.add(receipt.inserted, ordering: .relaxed)
        counters.duplicates.add(receipt.duplicates, ordering: .relaxed)
        counters.quarantined.add(receipt.quarantined.count, ordering: .relaxed)
        if status.current.problem != nil { log.tell(.databaseBack) }
        status.update { state in
            state.connected = true
            state.problem = nil
            state.priceVersion = book.version
            state.lastPosted = Clock.now()
        }
        do {
            try sidecar.spool.release(batch)
        } catch {
            // The batch comes again, and posting it again changes nothing.
            log.tell(.warning(error.diagnosis))
        }
    }

    /// What this sidecar says of itself, for the line under every report.
    private func noteInstance(_ store: LedgerStore) {
        let spool = sidecar.spool.status()
        let now = Clock.now()
        let isLast = isStopping && spool.records == 0 && spool.open == 0
        let word = InstanceNote(
            instance: spool.instance, version: Tollbook.version, reportedAt: now, backlog: spool.records,
            openExchanges: Int64(spool.open), completeUntil: isLast ? nil : spool.oldest ?? now)
        do throws(LedgerError) {
            try store.noteInstance(word, clock: Clock.now)
            if status.current.problem != nil { log.tell(.databaseBack) }
            status.update { state in
                state.connected = true
                state.problem = nil
            }
        } catch {
            note(error)
        }
    }

    private func note(_ error: LedgerError) {
        sidecar.counters.postingFailures.add(1, ordering: .relaxed)
        let diagnosis = error.diagnosis
        if status.current.problem != diagnosis.problem {
            if case .schema = error {
                log.tell(.schemaUnusable(diagnosis))
            } else {
                log.tell(.databaseLost(reason: diagnosis.problem))
            }
        }
        status.update { state in
            state.connected = false
            state.problem = diagnosis.problem
        }
    }

    private var isStopping: Bool { deadline.withLock { $0 != nil } }
    private var isOverdue: Bool { deadline.withLock { $0.map { Self.now() >= $0 } ?? false } }

    /// Sleeps in short turns, so that a stop is not kept waiting.
    private func wait(milliseconds: Int) {
        let end = Self.now() + Int64(milliseconds)
        while Self.now() < end && !isOverdue {
            var time = timespec(tv_sec: 0, tv_nsec: 20_000_000)
            nanosleep(&time, nil)
        }
    }

    private static func now() -> Int64 { Clock.monotonicMicroseconds() / 1000 }
}
