// Rate limits by the generic cell rate algorithm: a level that calls fill and time drains. So much as the
// limit may come at once, and afterwards as much as has drained, which is the limit's part per second:
// nothing happens all at once when a window ends, because there is no window that ends. The level stands in
// the pool that all sidecars share, and leases are parts of what fits above it.
public import Terms

/// The pace of a rate limit: a limit per so many seconds.
public struct RateLevel: Hashable, Sendable {
    public let limit: BudgetAmount
    /// 1 to 60.
    public let seconds: Int64

    /// Nil for a budget that is no rate limit with a pace, and for one without a limit.
    public init?(_ budget: Budget, limit: BudgetAmount?) {
        guard budget.unit != .concurrent, budget.isRateLimit, let limit,
            case .rolling(let seconds) = budget.window
        else { return nil }
        self.limit = limit
        self.seconds = seconds
    }

    /// A level after a time (microseconds); never below zero.
    public func drained(_ level: BudgetAmount, after elapsed: Int64) -> BudgetAmount {
        // An hour empties a level of sixty limits: longer times are not told apart, and nothing overflows.
        if elapsed >= Self.hour { return .zero }
        let parts = limit.picos * Int128(max(0, elapsed)) / Int128(seconds * 1_000_000)
        return BudgetAmount(picos: level.picos - parts).positive
    }

    private static let hour: Int64 = 3_600_000_000

    /// Whole seconds, at least one, after which so much fits above a level.
    ///
    /// - Returns: at most ``seconds``: what is larger than the limit never fits.
    public func delay(until amount: BudgetAmount, fitsAbove level: BudgetAmount) -> Int64 {
        let over = (level + amount - limit).positive.picos
        guard limit > .zero, over < limit.picos else { return seconds }
        return Int64(clamping: (over * Int128(seconds) + limit.picos - 1) / limit.picos).clamped(1, seconds)
    }

    /// Whole seconds until a level is empty, at least one.
    public func emptying(_ level: BudgetAmount) -> Int64 { delay(until: limit, fitsAbove: level) }
}

extension Int64 {
    fileprivate func clamped(_ least: Int64, _ most: Int64) -> Int64 {
        Swift.min(Swift.max(self, least), most)
    }
}

extension LeasePool {
    /// Lets time pass at a rate limit: what has drained since it was looked at last may be spent again.
    public mutating func drain(_ budget: Budget, since: Instant, now: Instant) {
        guard let level = RateLevel(budget, limit: limit) else { return }
        spent = level.drained(spent, after: now.microseconds - since.microseconds)
    }
}
