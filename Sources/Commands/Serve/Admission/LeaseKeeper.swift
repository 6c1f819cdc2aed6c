// The thread that asks PostgreSQL, so that no call has to: it reads which budgets are in force, renews
// leases, brings what calls wait for, and gives back what nobody needs.
import Bookkeeping
import Glibc
import LedgerStore
import Postgres
import Relay
import Spool
import Synchronization
import Terms

final class LeaseKeeper: Sendable {
    private let admission: Admission
    private let conninfo: String
    private let prices: PriceKeeper
    private let sidecar: Sidecar
    private let holder: LeaseHolder
    /// A file that says that budgets were in force.
    private let mark: String
    private let log: Log
    /// Webhooks that are told of crossings.
    private let endpoints: [String]
    private let isStopping = Atomic<Bool>(false)
    private let thread = Mutex<ServiceThread?>(nil)

    /// Microseconds between two looks at the budgets in force; a change is in force within five seconds.
    private static let lookInterval: Int64 = 1_000_000
    /// Microseconds between two requests for a lease, and near a budget's end.
    private static let askInterval: Int64 = 1_000_000
    private static let nearInterval: Int64 = 50_000
    /// Microseconds between two requests of a call that was denied for now.
    private static let againInterval: Int64 = 10_000
    /// Microseconds for which the denial of a rate limit holds without asking again: whoever calls faster
    /// than allowed must not make PostgreSQL work for it.
    private static let denialTime: Int64 = 50_000
    /// Milliseconds for which a posting that settles leases is waited for: they take two.
    private static let speechPatience: Int64 = 1000
    /// Microseconds that a call waits at most.
    static let patience: Int64 = 5_000_000

    init(
        _ sidecar: Sidecar, conninfo: String, prices: PriceKeeper, dataDirectory: String, run: Instant,
        endpoints: [String], log: Log
    ) {
        self.endpoints = endpoints
        self.sidecar = sidecar
        admission = sidecar.admission
        self.conninfo = conninfo
        self.prices = prices
        holder = LeaseHolder(instance: sidecar.spool.instance, run: run)
        mark = Self.markPath(dataDirectory)
        self.log = log
    }

    static func markPath(_ dataDirectory: String) -> String { dataDirectory + "/budgets-in-force" }

    func start() {
        thread.withLock { $0 = ServiceThread(name: "lease-keeper") { self.run() } }
    }

    /// Returns the leases and ends. To be called when everything is posted.
    func stop() {
        isStopping.store(true, ordering: .releasing)
        admission.wake()
        thread.withLock { $0 }?.join()
    }

    private func run() {
        var limits = SessionLimits()
        limits.connectSeconds = 2
        limits.statementMilliseconds = 4000
        limits.lockMilliseconds = 3000
        limits.graceMilliseconds = 1000
        let store = LedgerStore.lazily(conninfo, limits: limits)
        var known: PriceKeeper.Known?
        var nextLook: Int64 = .min
        while !isStopping.load(ordering: .acquiring) {
            var now = Clock.monotonicMicroseconds()
            if now >= nextLook {
                guarded { () throws(LedgerError) in try look(store, &known) }
                nextLook = now + Self.lookInterval
            }
            now = Clock.monotonicMicroseconds()
            for pool in duePools(now) {
                guarded { () throws(LedgerError) in try ask(store, pool) }
            }
            giveUp(now)
            admission.wait(milliseconds: pause(until: nextLook))
        }
        for pool in admission.change({ Array($0.pools.values) }) {
            guarded { () throws(LedgerError) in try close(store, pool) }
        }
    }

    /// Does something with PostgreSQL and notes whether it is there.
    private func guarded(_ work: () throws(LedgerError) -> Void) {
        do throws(LedgerError) {
            try work()
            admission.change { $0.isAway = false }
        } catch {
            let (isNew, tickets) = admission.change { state in
                let isNew = !state.isAway
                state.isAway = true
                return (isNew, state.decideWaiting(admission.policy, at: Clock.now()))
            }
            for ticket in tickets { ticket.settle(.durable) }
            if isNew { log.tell(.warning(error.diagnosis)) }
            // Not at once again: a database that refuses must not be asked in a busy loop.
            admission.wait(milliseconds: 100)
        }
    }

    // MARK: Budgets in force

    private func look(_ store: LedgerStore, _ known: inout PriceKeeper.Known?) throws(LedgerError) {
        let now = Clock.now()
        let budgets = try store.budgets(at: now)
        guard !budgets.isEmpty else {
            admission.change { state in
                state.isUnknown = false
                state.replace([], zones: [:])
            }
            admission.setActive(false)
            unlink(mark)
            return
        }
        known = try prices.inForce(store, known: known, log: log)
        var zones: [String: TimeZoneRules] = [:]
        for budget in budgets {
            let name = budget.budget.window.timezone
            if zones[name] == nil { zones[name] = ZoneFiles.rules(name) ?? .utc }
        }
        try? Files.replace(mark, with: [])
        let found = zones
        let inForce = known
        admission.change { state in
            if let inForce, state.prices?.version != inForce.version {
                state.prices = HoldPrices(version: inForce.version, book: inForce.book)
            }
            state.replace(budgets, zones: found)
            state.watch(at: now)
            state.followLimits(at: now)
            state.isUnknown = false
        }
        admission.setActive(true)
    }

    // MARK: Leases

    private func duePools(_ now: Int64) -> [LivePool] {
        admission.change { state in
            let asked = Set(state.waiting.flatMap { $0.holds.map { ObjectIdentifier($0.pool) } })
            var due: [LivePool] = []
            for (key, pool) in state.pools {
                let isNear = pool.lease.isNearEnd(now: now)
                let interval =
                    asked.contains(ObjectIdentifier(pool))
                    ? (isNear || pool.isDoubtful ? Self.againInterval : 0)
                    : isNear ? Self.nearInterval : Self.askInterval
                if pool.lastAsk != .min, now < pool.lastAsk + interval { continue }
                due.append(pool)
                // A window that is over and settled has been returned.
                let isPast = pool.window.until < Clock.now() || !state.lines.contains { $0.current === pool }
                if isPast, pool.isSettled, pool.lease.free == .zero, !asked.contains(ObjectIdentifier(pool)) {
                    state.pools[key] = nil
                }
            }
            return due
        }
    }

    private func ask(_ store: LedgerStore, _ pool: LivePool) throws(LedgerError) {
        let stored = admission.change { _ in pool.stored }
        if !admission.change({ _ in pool.isOpen }) {
            try store.openWindow(of: stored, pool.window, at: Clock.now())
            admission.change { _ in pool.isOpen = true }
        }
        try recover(store, stored, pool)
        try recount(store, stored, pool)
        let (request, lastNumber, reply) = try speaking {
            isAlone throws(LedgerError) -> (LeaseRequest, Int64, LeaseReply) in
            var (request, lastNumber) = admission.change { state in
                state.request(for: pool, now: Clock.monotonicMicroseconds())
            }
            if !isAlone { request.captured = nil }
            let reply = try store.answer(
                request, of: stored, pool.window, holder, terms: admission.policy.terms(of: stored.budget))
            return (request, lastNumber, reply)
        }
        let at = Clock.now()
        let lasting = admission.policy.terms.lasting
        let tickets = admission.change { state in
            pool.lease.take(reply, lasting: lasting)
            pool.note(reply, at: at)
            pool.isDoubtful = reply.isDoubtful(request)
            if reply.isDenied, reply.isFinal, !pool.isDoubtful {
                let least = request.least + request.keep
                state.refuseWaiting(pool, from: least, upTo: lastNumber, at: at)
                if stored.budget.isRateLimit {
                    pool.denied = (least, Clock.monotonicMicroseconds() + Self.denialTime)
                }
            }
            return state.beginWaiting(now: Clock.monotonicMicroseconds())
        }
        for ticket in tickets { ticket.settle(.durable) }
        try tell(store, stored, pool)
    }

    /// Tells of thresholds that were crossed and of forecasts, unless somebody has.
    private func tell(_ store: LedgerStore, _ stored: StoredBudget, _ pool: LivePool) throws(LedgerError) {
        let now = Clock.now()
        guard let limit = stored.limit(at: now), !stored.budget.warnAt.isEmpty else { return }
        let (spent, told) = admission.change { _ in (pool.spent, pool.told) }
        let crossings = BudgetCrossing.all(
            stored.budget, limit: limit, spent: spent, window: pool.window, at: now)
        for crossing in crossings {
            let mark = LivePool.Told(threshold: crossing.threshold, limit: limit)
            guard !told.contains(mark) else { continue }
            let isNew = try store.note(
                crossing, of: stored, endpoints: endpoints,
                body: AlertBody.text(crossing, generation: stored.generation))
            _ = admission.change { _ in pool.told.insert(mark) }
            if isNew { log.tell(.budgetCrossed(crossing)) }
        }
    }

    /// What earlier runs of this sidecar left: when all their records are in the ledger, what they had leased
    /// is free again, except for what calls may have used whose end nobody saw.
    private func recover(
        _ store: LedgerStore, _ stored: StoredBudget, _ pool: LivePool
    ) throws(LedgerError) {
        guard !admission.change({ _ in pool.isRecovered }) else { return }
        let oldest = sidecar.spool.status().oldest
        guard oldest.map({ $0 >= holder.run }) ?? true else { return }
        let isClean = sidecar.spool.recoveredOpen.isEmpty
        try store.recoverLeases(of: stored, pool.window, holder) { lease in
            // Calls of a dead process are under way no more, and a rate limit forgets within a minute.
            (isClean && lease.held == .zero) || stored.budget.isRateLimit ? .zero : lease.open
        }
        admission.change { _ in pool.isRecovered = true }
    }

    private func recount(
        _ store: LedgerStore, _ stored: StoredBudget, _ pool: LivePool
    ) throws(LedgerError) {
        guard case .rolling(let seconds) = stored.budget.window, !stored.budget.isRateLimit else { return }
        let now = Clock.monotonicMicroseconds()
        let interval = max(1, min(60, seconds / 1440)) * 1_000_000
        guard admission.change({ _ in pool.lastCount == .min || now >= pool.lastCount + interval }) else {
            return
        }
        try store.recount(stored, at: Clock.now())
        admission.change { _ in pool.lastCount = now }
    }

    private func close(_ store: LedgerStore, _ pool: LivePool) throws(LedgerError) {
        let (stored, isOpen) = admission.change { _ in (pool.stored, pool.isOpen) }
        guard isOpen else { return }
        try recover(store, stored, pool)
        try speaking { isAlone throws(LedgerError) in
            var request = admission.change { _ in pool.lease.close(now: Clock.monotonicMicroseconds()) }
            if !isAlone { request.captured = nil }
            _ = try store.answer(
                request, of: stored, pool.window, holder, terms: admission.policy.terms(of: stored.budget))
        }
    }

    /// Says something of leases while no posting settles them, if that can be waited for.
    private func speaking<Value>(
        _ words: (_ isAlone: Bool) throws(LedgerError) -> Value
    ) throws(LedgerError) -> Value {
        let isAlone = admission.speech.enter(within: Self.speechPatience)
        defer { if isAlone { admission.speech.leave() } }
        return try words(isAlone)
    }

    /// Calls that PostgreSQL leaves waiting for too long are decided as if it were away.
    private func giveUp(_ now: Int64) {
        let tickets = admission.change { state in
            state.decideWaiting(admission.policy, before: now - Self.patience, at: Clock.now())
        }
        for ticket in tickets { ticket.settle(.durable) }
    }

    /// Milliseconds until something is due.
    private func pause(until nextLook: Int64) -> Int32 {
        let now = Clock.monotonicMicroseconds()
        let next = admission.change { state in
            var next = nextLook
            let isWaiting = !state.waiting.isEmpty
            for pool in state.pools.values {
                let interval =
                    isWaiting
                    ? Self.againInterval
                    : pool.lease.isNearEnd(now: now) ? Self.nearInterval : Self.askInterval
                next = min(next, max(pool.lastAsk, now - interval) + interval)
            }
            return next
        }
        return Int32(clamping: max(1, (next - now) / 1000))
    }
}
