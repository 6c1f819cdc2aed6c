// The decision about one call, under the lock: which budgets count it, what it may use of each at most, and
// whether what this sidecar has leased covers all of them. All must, or none is touched.
import Bookkeeping
import LedgerStore
import Rating
import Terms

extension Admission.State {
    mutating func admit(_ ask: AdmissionAsk, _ policy: AdmissionPolicy, now: Int64) -> AdmissionVerdict {
        if !elsewhere.isEmpty, elsewhere.contains(ask.attribution.tenant) { return .uncounted }
        if isUnknown {
            return policy.away == .open
                ? .uncounted : .refused(AdmissionRefusal(reason: .away, at: ask.occurredAt))
        }
        var holds: [AdmissionCall.Hold] = []
        var priced = PricedBooks()
        let own = byTenant[ask.attribution.tenant] ?? []
        holds.reserveCapacity(min(own.count + anyTenant.count, Self.usualHolds))
        for index in own {
            if let refusal = take(index, ask, policy, &priced, &holds) { return .refused(refusal) }
        }
        for index in anyTenant {
            if let refusal = take(index, ask, policy, &priced, &holds) { return .refused(refusal) }
        }
        guard !holds.isEmpty else { return .uncounted }
        if ask.isAmbiguous { return .refused(AdmissionRefusal(reason: .ambiguous, at: ask.occurredAt)) }
        calls += 1
        let call = AdmissionCall(id: ask.id, number: calls, since: now, holds: holds)
        if policy.mode == .learned { call.learns = Admission.LearntKey(ask) }
        for hold in holds { hold.pool.recent += hold.amount }
        if call.begin(now: now) { return .passed(call) }
        // What exceeds a whole limit needs no question, once it is known what to tell about it.
        if holds.contains(where: { hold in
            (hold.pool.lastAsk != .min || !ask.canWait)
                && hold.pool.stored.limit(at: ask.occurredAt).map { $0 < hold.amount } ?? false
        }) {
            return .refused(refusal(of: call, at: ask.occurredAt))
        }
        if let denied = holds.first(where: { $0.pool.isDenied($0.amount, now: now) }) {
            return .refused(refusal(of: call, denied: denied.pool, at: ask.occurredAt))
        }
        if isAway { return decideAway(call, policy, at: ask.occurredAt) }
        guard ask.canWait, waiting.count < Self.waitingLimit else {
            return .refused(AdmissionRefusal(reason: .away, at: ask.occurredAt))
        }
        waiting.append(call)
        return .waits(call)
    }

    /// Budgets that count one call, where there is room for at once.
    private static let usualHolds = 8

    /// Calls that may wait for PostgreSQL at a time; further ones are sent away for a moment.
    private static let waitingLimit = 100_000

    /// Adds what a budget asks of a call.
    ///
    /// - Returns: why the call is refused whatever is left.
    private mutating func take(
        _ index: Int, _ ask: AdmissionAsk, _ policy: AdmissionPolicy, _ priced: inout PricedBooks,
        _ holds: inout [AdmissionCall.Hold]
    ) -> AdmissionRefusal? {
        let budget = lines[index].stored.budget
        guard budget.action == .block, budget.scope.holds(ask.attribution, model: ask.model),
            let limit = lines[index].stored.limit(at: ask.occurredAt)
        else { return nil }
        let amounts: (held: BudgetAmount, worst: BudgetAmount)
        switch budget.unit {
        case .requests, .concurrent: amounts = (BudgetAmount(whole: 1), BudgetAmount(whole: 1))
        case .tokens:
            guard !ask.isFree else { return nil }
            amounts = capped(ask, policy, limit) { input, output, _, _ in
                BudgetAmount(whole: input + output)
            }
        case .money(let currency):
            guard !ask.isFree else { return nil }
            guard let ceiling = priced.ceiling(of: ask, book: budget.book, policy, prices) else {
                if (ask.unpriced ?? policy.unpriced) == .allow { return nil }
                return AdmissionRefusal(
                    reason: .unpriced(model: ask.model, budget: budget.name), at: ask.occurredAt)
            }
            guard ceiling.currency == currency else { return nil }
            amounts = capped(ask, policy, limit) {
                BudgetAmount(ceiling.cost(input: $0, output: $1, calls: $2, tools: $3))
            }
        }
        // What costs nothing passes whatever is left.
        guard amounts.worst > .zero else { return nil }
        let held = max(amounts.held, BudgetAmount(picos: 1))
        holds.append(.init(pool: pool(index, at: ask.occurredAt), amount: held, worst: amounts.worst))
        return nil
    }

    /// What a call holds, and what it may use at worst.
    ///
    /// - Parameter cost: of tokens in, tokens out, calls, and uses of tools.
    private func capped(
        _ ask: AdmissionAsk, _ policy: AdmissionPolicy, _ limit: BudgetAmount,
        _ cost: (Int64, Int64, Int64, Int64) -> BudgetAmount
    ) -> (held: BudgetAmount, worst: BudgetAmount) {
        let worst = cost(ask.worstInput, ask.worstOutput, ask.calls, ask.worstTools)
        if policy.mode == .worst { return (worst, worst) }
        if policy.mode == .learned, let usual = learnt[Admission.LearntKey(ask)]?.usual {
            return (min(worst, cost(ask.input, min(ask.output, usual), ask.calls, 0)), worst)
        }
        let held = cost(ask.input, ask.output, ask.calls, 0)
        if ask.isDeclared { return (held, worst) }
        let known = cost(ask.input, 0, ask.calls, 0)
        return (min(held, max(known, limit.divided(by: AdmissionPolicy.cappedShare))), worst)
    }

    /// What a finished call wrote, where that is known.
    mutating func learn(_ usage: borrowing Usage, _ key: Admission.LearntKey) {
        guard usage.completeness == .complete, usage.status == .reported,
            learnt[key] != nil || learnt.count < Admission.learntLimit
        else { return }
        var nanos: Int128 = 0
        for component in usage.components {
            for reading in component.readings where reading.meter.isOutputTokens {
                nanos += reading.quantity.nanos
            }
        }
        learnt[key, default: LearntOutput()].learn(Int64(clamping: nanos / 1_000_000_000))
    }

    /// The window that holds an instant, which is made where it was not used before.
    mutating func pool(_ index: Int, at instant: Instant) -> LivePool {
        if let current = lines[index].current, current.window.contains(instant) { return current }
        let stored = lines[index].stored
        let window = stored.budget.window.counted(at: instant, zone: lines[index].zone)
        let key = LivePool.Key(name: stored.budget.name, generation: stored.generation, since: window.since)
        let pool = pools[key] ?? LivePool(key: key, stored: stored, window: window)
        if pools[key] == nil { pool.limit = stored.limit(at: instant) }
        pools[key] = pool
        lines[index].current = pool
        return pool
    }

    /// PostgreSQL cannot be asked: the policy decides.
    func decideAway(
        _ call: AdmissionCall, _ policy: AdmissionPolicy, at instant: Instant
    ) -> AdmissionVerdict {
        switch policy.away {
        case .closed: return .refused(AdmissionRefusal(reason: .away, at: instant))
        case .open: break
        case .allowance:
            for hold in call.holds where hold.pool.lease.allowanceUsed + hold.amount > policy.allowance {
                return .refused(AdmissionRefusal(reason: .away, at: instant))
            }
        }
        call.beginOffline()
        return .passed(call)
    }

    /// Every budget that does not cover a call, by what PostgreSQL said last.
    func refusal(of call: AdmissionCall, denied: LivePool? = nil, at instant: Instant) -> AdmissionRefusal {
        let violations = call.holds.compactMap { hold -> AdmissionRefusal.Violation? in
            let pool = hold.pool
            guard let limit = pool.stored.limit(at: instant) else { return nil }
            let remaining = (limit - pool.spent - pool.open).positive
            guard pool === denied || remaining < hold.amount else { return nil }
            var window = pool.window
            if case .rolling = pool.stored.budget.window {
                window = pool.stored.budget.window.window(at: instant, zone: .utc)
            }
            return AdmissionRefusal.Violation(
                budget: pool.stored.budget, limit: limit, spent: pool.spent, leased: pool.open,
                needs: hold.amount, window: window, reset: pool.reset(for: hold.amount, at: instant))
        }
        guard !violations.isEmpty else { return AdmissionRefusal(reason: .away, at: instant) }
        return AdmissionRefusal(reason: .exhausted(violations), at: instant)
    }
}

/// What one call can cost at most, by book: most budgets that count a call are in the same one.
private struct PricedBooks {
    private var last: (book: Book, ceiling: PriceCeiling?)?

    mutating func ceiling(
        of ask: AdmissionAsk, book: Book, _ policy: AdmissionPolicy, _ prices: HoldPrices?
    ) -> PriceCeiling? {
        if let last, last.book == book { return last.ceiling }
        let found = prices?.ceiling(of: ask, book: book, policy: policy)
        last = (book, found)
        return found
    }
}

extension Admission.LearntKey {
    init(_ ask: AdmissionAsk) {
        self.init(tenant: ask.attribution.tenant, provider: ask.provider, model: ask.model)
    }
}
