// What the lease keeper does with the state, under its lock: new budgets, requests, and the calls that wait.
import Bookkeeping
import LedgerStore
import Relay
import Terms

extension Admission.State {
    /// The budgets in force now; windows whose counting did not change keep their leases.
    mutating func replace(_ budgets: [StoredBudget], zones: [String: TimeZoneRules]) {
        guard budgets != lines.map(\.stored) else { return }
        let before = Dictionary(
            lines.map { ($0.stored.budget.name, $0) }, uniquingKeysWith: { first, _ in first })
        lines = budgets.map { stored in
            let old = before[stored.budget.name]
            return Admission.Line(
                stored: stored, zone: zones[stored.budget.window.timezone] ?? .utc,
                current: old?.stored.generation == stored.generation ? old?.current : nil)
        }
        byTenant = [:]
        anyTenant = []
        for (index, line) in lines.enumerated() {
            if let tenant = line.stored.budget.scope.tenant {
                byTenant[tenant, default: []].append(index)
            } else {
                anyTenant.append(index)
            }
            for pool in pools.values
            where pool.key.name == line.stored.budget.name && pool.key.generation == line.stored.generation {
                pool.stored = line.stored
            }
        }
    }

    /// Where a limit is lower than it was, by a change or because an override has ended, what was leased
    /// under the higher one is not spent any more.
    mutating func followLimits(at instant: Instant) {
        for pool in pools.values {
            let limit = pool.stored.limit(at: instant)
            if let limit, let before = pool.limit, limit < before { pool.lease.giveUpFree() }
            pool.limit = limit
        }
    }

    /// Budgets with thresholds are asked after also where no call of this sidecar is counted.
    mutating func watch(at instant: Instant) {
        for index in lines.indices where !lines[index].stored.budget.warnAt.isEmpty {
            _ = pool(index, at: instant)
        }
    }

    /// The next request for a pool.
    ///
    /// - Returns: also the number of the last call that it speaks for.
    func request(for pool: LivePool, now: Int64) -> (LeaseRequest, Int64) {
        let calls = waiting.filter { $0.hold(of: pool) != nil }
        var total = BudgetAmount.zero
        for call in calls { total += call.hold(of: pool)?.amount ?? .zero }
        if pool.recent == .zero {
            // Two idle turns: nothing is kept for nobody.
            pool.idleTurns += 1
            pool.usual = pool.idleTurns > 1 ? .zero : pool.usual.divided(by: 2)
        } else {
            pool.idleTurns = 0
            pool.usual = max(pool.recent, pool.usual.divided(by: 2))
        }
        pool.recent = .zero
        pool.lastAsk = now
        let demand = LeaseDemand(
            first: calls.first?.hold(of: pool)?.amount ?? .zero, waiting: total, usual: pool.usual,
            asker: calls.first?.number ?? 0)
        return (pool.lease.ask(demand, now: now), calls.last?.number ?? 0)
    }

    /// Lets those go that are covered now, in the order in which they came.
    ///
    /// - Returns: the tickets to be settled outside of the lock.
    mutating func beginWaiting(now: Int64) -> [Ticket] {
        var tickets: [Ticket] = []
        waiting.removeAll { call in
            guard call.begin(now: now) else { return false }
            if let ticket = call.ticket { tickets.append(ticket) }
            return true
        }
        return tickets + takeRefused()
    }

    /// PostgreSQL's last word: calls that need at least so much, and came before it was asked, are refused.
    mutating func refuseWaiting(
        _ pool: LivePool, from amount: BudgetAmount, upTo number: Int64, at instant: Instant
    ) {
        for call in waiting where call.number <= number {
            guard let hold = call.hold(of: pool), hold.amount >= amount else { continue }
            call.outcome = .refused(refusal(of: call, denied: pool, at: instant))
        }
    }

    private mutating func takeRefused() -> [Ticket] {
        var tickets: [Ticket] = []
        waiting.removeAll { call in
            if case .waiting = call.outcome { return false }
            if let ticket = call.ticket { tickets.append(ticket) }
            return true
        }
        return tickets
    }

    /// Decides calls without PostgreSQL.
    ///
    /// - Parameter before: monotonic microseconds; only those that wait since before.
    mutating func decideWaiting(
        _ policy: AdmissionPolicy, before: Int64 = .max, at instant: Instant
    ) -> [Ticket] {
        for call in waiting where call.since < before {
            if case .refused(let refusal) = decideAway(call, policy, at: instant) {
                call.outcome = .refused(refusal)
            }
        }
        return takeRefused()
    }
}

extension LivePool {
    /// Seconds until an amount may fit again, by what PostgreSQL said last; nil: nobody knows, or never.
    func reset(for amount: BudgetAmount, at instant: Instant) -> Int64? {
        if stored.budget.unit == .concurrent { return 1 }
        if let level = RateLevel(stored.budget, limit: stored.limit(at: instant)) {
            return level.delay(until: amount, fitsAbove: spent + open)
        }
        switch stored.budget.window {
        case .lifetime: return nil
        case .rolling(let seconds): return seconds
        case .calendar:
            return max(1, (window.until.microseconds - instant.microseconds + 999_999) / 1_000_000)
        }
    }

    /// Whether PostgreSQL has just said that so much is not there.
    func isDenied(_ amount: BudgetAmount, now: Int64) -> Bool {
        denied.map { $0.amount <= amount && now < $0.until } ?? false
    }

    /// What PostgreSQL said, for people.
    func note(_ reply: LeaseReply, at instant: Instant) {
        spent = reply.spent
        open = reply.open
        remaining = reply.remaining
        bound = reply.bound
        let limit = stored.limit(at: instant)
        let reset = reset(for: limit ?? .zero, at: instant)
        header = AdmissionRefusal.header(
            stored.budget, limit: limit, spent: spent, remaining: remaining, reset: reset)
        if let limit, let remaining {
            rate = RateFields(
                stored.budget, limit: limit, remaining: remaining + lease.free.positive, reset: reset)
        }
    }
}
