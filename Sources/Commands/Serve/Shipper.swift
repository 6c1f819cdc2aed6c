// Moves records from the spool into the ledger, on a thread of its own. A batch leaves the spool only
// after its commit; whatever fails is tried again, with growing pauses, for as long as the process
// lives.
import Bookkeeping
import CLinux
import Glibc
import LedgerStore
import Rating
import Relay
import Spool
import Synchronization
import Terms

/// What a shipper needs to know; set before its thread starts.
struct ShipperPlan: Sendable {
    let conninfo: String
    /// By tenant, those whose ledger is elsewhere.
    let tenantDatabases: [String: String]
    let prices: PriceKeeper
    let poster: Poster
    /// Where counts of unknown fields are kept.
    let dataDirectory: String

    /// Milliseconds to wait for the first record of a batch: also how soon a stop is noticed.
    static let patience = 200
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
    private let thread = Mutex<ServiceThread?>(nil)

    init(_ plan: ShipperPlan, sidecar: Sidecar, status: LedgerStatus, log: Log) {
        self.plan = plan
        self.sidecar = sidecar
        self.status = status
        self.log = log
    }

    func start() {
        thread.withLock { $0 = ServiceThread(name: "shipper") { self.run() } }
    }

    /// Posts what is in the spool and ends; gives up after so many milliseconds.
    func stop(within milliseconds: Int64) {
        deadline.withLock { $0 = Self.now() + milliseconds }
        thread.withLock { $0 }?.join()
    }

    private func run() {
        let store = LedgerStore.lazily(plan.conninfo)
        let routes = LedgerRoutes(plan.tenantDatabases, prices: plan.prices, poster: plan.poster, log: log)
        var known: PriceKeeper.Known?
        var notedAt: Int64 = 0
        var fields = UnknownFieldCounts(dataDirectory: plan.dataDirectory)
        defer { fields.save() }
        var batch: SpoolBatch?
        var steps = ShippingSteps()
        var action = steps.after(.began)
        while true {
            steps.stop = stopState
            sidecar.open.bookDue(into: sidecar.spool, now: Clock.now(), log: log)
            switch action {
            case .read:
                if Self.now() >= notedAt + ShipperPlan.noteInterval {
                    notedAt = Self.now()
                    noteInstance(store, routes)
                    sidecar.ratios.save()
                    fields.save()
                }
                batch = sidecar.spool.nextBatch(limit: ShippingSteps.batch, wait: ShipperPlan.patience)
                Failpoint.batchRead.reach()
                steps.stop = stopState
                action = steps.after(.read(records: batch?.records.count ?? 0))
            case .post(let limit):
                do throws(PostingProblem) {
                    known = try post(batch?.records ?? [], store, routes, known, atMost: limit)
                    // In place: a record is large, and almost none has anything new.
                    for record in batch?.records ?? [] { record.withUsage { fields.look(at: $0) } }
                    sidecar.ratios.learn()
                    action = steps.after(.posted)
                } catch {
                    note(error)
                    steps.stop = stopState
                    action = steps.after(.failed(slow: error.isSlow), chance: UInt32.random(in: 0 ... .max))
                }
            case .release:
                Failpoint.batchCommitted.reach()
                release(batch)
                batch = nil
                action = steps.after(.released)
            case .pause(let milliseconds):
                wait(milliseconds: milliseconds)
                steps.stop = stopState
                action = steps.after(.paused)
            case .end:
                if !steps.holdsBatch { noteInstance(store, routes) }
                return
            }
        }
    }

    /// - Returns: the prices in force, asked for before every transaction, so that a call after
    ///   `prices load` has the new ones.
    private func post(
        _ records: [UsageRecord], _ store: LedgerStore, _ routes: LedgerRoutes?,
        _ known: PriceKeeper.Known?, atMost limit: Int
    ) throws(PostingProblem) -> PriceKeeper.Known {
        let current: PriceKeeper.Known
        do throws(LedgerError) {
            current = try plan.prices.inForce(store, known: known, log: log)
            // Reading prices leaves 3 MiB of garbage.
            if known == nil { clinux_return_free_memory() }
        } catch {
            throw .ledger(error)
        }
        var rest = records
        var receipt = PostReceipt()
        if let routes { (rest, receipt) = try routes.post(records, main: store, atMost: limit) }
        let admission = sidecar.admission
        store.bookingGate = admission.isActive ? LeaseSettling(admission: admission) : nil
        receipt += try plan.poster.post(rest, current.book, store, atMost: limit)
        for refused in receipt.quarantined {
            log.tell(.quarantined(record: refused.key.id.text, reason: refused.reason))
        }
        if receipt.conflicts > 0 { log.tell(.conflict(count: receipt.conflicts)) }
        let counters = sidecar.counters
        log.tell(.posted(records: receipt.inserted))
        counters.posted.add(receipt.inserted, ordering: .relaxed)
        counters.duplicates.add(receipt.duplicates, ordering: .relaxed)
        counters.conflicts.add(receipt.conflicts, ordering: .relaxed)
        counters.quarantined.add(receipt.quarantined.count, ordering: .relaxed)
        if admission.isActive { admission.posted(records.lazy.map(\.id)) }
        if status.current.problem != nil { log.tell(.databaseBack) }
        status.update { state in
            state.connected = true
            state.problem = nil
            state.priceVersion = current.book.version
            state.lastPosted = Clock.now()
        }
        return current
    }

    private func release(_ batch: SpoolBatch?) {
        guard let batch else { return }
        do {
            try sidecar.spool.release(batch)
        } catch {
            // The batch comes again, and posting it again changes nothing.
            log.tell(.warning(error.diagnosis))
        }
    }

    /// What this sidecar says of itself, for the line under every report.
    private func noteInstance(_ store: LedgerStore, _ routes: LedgerRoutes?) {
        for refused in sidecar.refusedCodes.news() {
            log.tell(.callsRefused(code: refused.code, count: Int(refused.times)))
        }
        let spool = sidecar.spool.status()
        let now = Clock.now()
        let isLast = isStopping && spool.records == 0 && spool.open == 0
        let word = InstanceNote(
            instance: spool.instance, version: Tollbook.version, reportedAt: now, backlog: spool.records,
            openExchanges: Int64(spool.open), completeUntil: isLast ? nil : spool.oldest ?? now)
        do throws(LedgerError) {
            try store.noteInstance(word, clock: Clock.now)
            try routes?.note(word)
            if status.current.problem != nil { log.tell(.databaseBack) }
            status.update { state in
                state.connected = true
                state.problem = nil
            }
        } catch {
            note(.ledger(error))
        }
    }

    private func note(_ error: PostingProblem) {
        sidecar.counters.postingFailures.add(1, ordering: .relaxed)
        let diagnosis = error.diagnosis
        if status.current.problem != diagnosis.problem {
            if case .refusals = error {
                log.tell(.warning(diagnosis))
            } else if case .ledger(.schema) = error {
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

    private var stopState: ShippingSteps.Stop { isOverdue ? .overdue : isStopping ? .draining : .no }
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
