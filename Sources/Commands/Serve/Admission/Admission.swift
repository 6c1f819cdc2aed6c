// Whether a call may pass the budgets that count it. Decided on the loop's thread from what this sidecar
// has leased: one short lock, no system call, no round trip. Where a lease does not cover a call, the call
// waits until the lease keeper has asked PostgreSQL; only its last word refuses. Any thread.
import Bookkeeping
import CLinux
import Glibc
import LedgerStore
import Rating
import Relay
import Synchronization
import Terms

final class Admission: Sendable {
    /// A budget in force, and its window that was used last.
    struct Line: Sendable {
        var stored: StoredBudget
        let zone: TimeZoneRules
        var current: LivePool?
    }

    struct State: Sendable {
        var lines: [Line] = []
        /// Places in ``lines``: of budgets that name a tenant, and of the others.
        var byTenant: [String: [Int]] = [:]
        var anyTenant: [Int] = []
        var pools: [LivePool.Key: LivePool] = [:]
        /// In the order of arrival.
        var waiting: [AdmissionCall] = []
        /// Captured by calls whose records are not known to be in the ledger.
        var unposted: [RecordID: [(pool: LivePool, amount: BudgetAmount)]] = [:]
        var prices: HoldPrices?
        /// Mode `learned`: at most ``learntLimit`` tenants' models.
        var learnt: [LearntKey: LearntOutput] = [:]
        var calls: Int64 = 0
        /// PostgreSQL did not answer.
        var isAway = false
        /// Budgets were in force when this sidecar ran last, and nobody has said yet whether they are.
        var isUnknown = false
        /// Tenants whose ledger is another database: what they use is booked there, so no budget counts it.
        var elsewhere: Set<String> = []
    }

    /// Whose calls to which model are alike.
    struct LearntKey: Hashable, Sendable {
        let tenant: String
        let provider: String
        let model: String
    }

    /// Tenants' models about which something is learnt; further ones are held like `capped`.
    static let learntLimit = 4096

    let policy: AdmissionPolicy
    /// Whether any call has to be looked at: the one check of a sidecar without budgets.
    private let active = Atomic<Bool>(false)
    private let state = Mutex(State())
    /// Wakes the lease keeper.
    private let wakeUp: Int32
    /// Kept by whoever speaks to PostgreSQL of what this sidecar holds or has posted.
    let speech = LeaseSpeech()
    let refused = Atomic<Int>(0)
    let waited = Atomic<Int>(0)

    /// - Parameters:
    ///   - isUnknown: budgets were in force when the sidecar ran last.
    ///   - elsewhere: tenants whose ledger is another database.
    init(_ policy: AdmissionPolicy, isUnknown: Bool, elsewhere: Set<String> = []) {
        self.policy = policy
        wakeUp = eventfd(0, Int32(EFD_NONBLOCK | EFD_CLOEXEC))
        state.withLock { state in
            state.isUnknown = isUnknown
            state.elsewhere = elsewhere
        }
        active.store(isUnknown, ordering: .releasing)
    }

    deinit { close(wakeUp) }

    var isActive: Bool { active.load(ordering: .acquiring) }

    /// Works on the state, for the keeper and for the parts of this type in other files.
    func change<Value: Sendable>(_ body: (inout State) -> Value) -> Value {
        state.withLock { state in body(&state) }
    }

    func setActive(_ isActive: Bool) { active.store(isActive, ordering: .releasing) }

    func wake() { _ = eventfd_write(wakeUp, 1) }

    /// Sleeps until somebody needs the keeper.
    func wait(milliseconds: Int32) {
        var descriptor = pollfd(fd: wakeUp, events: Int16(POLLIN), revents: 0)
        _ = poll(&descriptor, 1, milliseconds)
        var count: UInt64 = 0
        _ = eventfd_read(wakeUp, &count)
    }

    // MARK: Calls

    /// Asks for a call. What passed must be ended with ``end(_:usage:upstream:attribution:)``.
    func admit(_ ask: AdmissionAsk) -> AdmissionVerdict {
        let now = Clock.monotonicMicroseconds()
        let (verdict, wakes) = change { state in
            let verdict = state.admit(ask, policy, now: now)
            if case .waits = verdict { return (verdict, true) }
            return (verdict, false)
        }
        if wakes {
            waited.add(1, ordering: .relaxed)
            wake()
        }
        if case .refused = verdict { refused.add(1, ordering: .relaxed) }
        return verdict
    }

    /// The ticket that brings a waiting call back; settled at once if its decision is there.
    func park(_ call: AdmissionCall, _ ticket: Ticket) {
        let isDecided = change { _ in
            if case .waiting = call.outcome {
                call.ticket = ticket
                return false
            }
            return true
        }
        if isDecided { ticket.settle(.durable) }
    }

    /// What became of a call that waited.
    func outcome(of call: AdmissionCall) -> AdmissionCall.Outcome { change { _ in call.outcome } }

    /// A call is over: what it used is captured, the rest of its holds is free.
    ///
    /// - Parameter usage: nil for a call that was never sent.
    func end(
        _ call: AdmissionCall, usage: Usage?, upstream: String, attribution: Attribution, at instant: Instant
    ) {
        let wakes = change { state in
            guard !call.isOver else { return false }
            call.isOver = true
            if case .waiting = call.outcome {
                state.waiting.removeAll { $0 === call }
                return false
            }
            guard case .passed = call.outcome else { return false }
            if let usage, let key = call.learns { state.learn(usage, key) }
            let rated = usage.map { usage in
                state.prices?.book.rate(usage, upstream: upstream, tenant: attribution.tenant, at: instant)
            }
            var captured: [(pool: LivePool, amount: BudgetAmount)] = []
            for hold in call.holds {
                let budget = hold.pool.stored.budget
                let used = usage.map { $0.amount(for: budget, rated: rated ?? nil) } ?? .zero
                hold.pool.lease.capture(used, of: hold.amount, worst: hold.worst)
                if used > .zero { captured.append((hold.pool, used)) }
            }
            if !captured.isEmpty {
                if state.unposted.count < Self.unpostedLimit {
                    state.unposted[call.id] = captured
                }
            }
            return !state.waiting.isEmpty
        }
        if wakes { wake() }
    }

    /// Records remembered until they are posted. Beyond it what they captured stays reserved until the
    /// window ends: too much, never too little.
    private static let unpostedLimit = 1_000_000

    /// Records stand in the ledger now.
    func posted(_ ids: some Sequence<RecordID>) {
        guard isActive else { return }
        change { state in
            guard !state.unposted.isEmpty else { return }
            for id in ids {
                guard let captured = state.unposted.removeValue(forKey: id) else { continue }
                for (pool, amount) in captured { pool.lease.posted(amount) }
            }
        }
    }

    /// What a response tells of the tightest budget, and of all that count requests.
    func fields(of call: AdmissionCall) -> [(name: String, value: String)] {
        change { _ in
            var rates: [RateFields] = []
            var tightest: LivePool?
            for hold in call.holds {
                if let rate = hold.pool.rate { rates.append(rate) }
                if let before = tightest, (before.remaining ?? .zero) <= (hold.pool.remaining ?? .zero) {
                    continue
                }
                tightest = hold.pool
            }
            var fields = RateFields.fields(rates)
            if let tightest, !tightest.header.isEmpty {
                fields.append(("x-tollbook-budget", tightest.header))
            }
            return fields
        }
    }
}

extension Usage {
    /// How much of a budget a call used, as the ledger will count it.
    func amount(for budget: Budget, rated: Rated?) -> BudgetAmount {
        switch budget.unit {
        case .concurrent: return .zero
        case .requests: return completeness == .refused ? .zero : BudgetAmount(whole: 1)
        case .tokens:
            guard notBillable == nil else { return .zero }
            var nanos: Int128 = 0
            for component in components {
                for reading in component.readings
                where reading.meter.isInputTokens || reading.meter.isOutputTokens {
                    nanos += reading.quantity.nanos
                }
            }
            return BudgetAmount(picos: nanos * 1000)
        case .money(let currency):
            guard let rated else { return .zero }
            let books: [Book] = budget.book == .chargeback ? [.chargeback, .contracted] : [budget.book]
            let own = books.first { book in rated.charges.contains { $0.book == book } } ?? .list
            var picos: Int128 = 0
            for charge in rated.charges where charge.book == own && charge.currency == currency {
                picos += charge.amount.picos
            }
            return BudgetAmount(picos: max(0, picos))
        }
    }
}
