// What budgets would have done to calls that were made: each booked record is asked again in the order of
// time, with what it really used. A call that would have been refused is not counted as spent.
public import Terms

/// One budget's way through a stretch of time.
public struct BudgetReplay: Sendable {
    public let budget: Budget
    private let zone: TimeZoneRules
    private var window: BudgetWindow?
    /// In the present window.
    private var spent = BudgetAmount.zero
    /// Of rolling windows, what counts still, oldest first from ``oldest`` on.
    private var counted: [(at: Instant, amount: BudgetAmount)] = []
    private var oldest = 0
    /// The most that was spent in any window.
    public private(set) var most = BudgetAmount.zero

    /// - Parameter zone: of the budget's window.
    public init(_ budget: Budget, zone: TimeZoneRules) {
        self.budget = budget
        self.zone = zone
    }

    /// What a record uses of the budget; nil when it is not counted.
    public func amount(of stored: StoredRecord) -> BudgetAmount? {
        let usage = stored.record.usage
        guard usage.completeness != .refused,
            budget.scope.holds(stored.record.attribution, model: usage.modelRequested ?? usage.model ?? "")
        else { return nil }
        // What is booked by hand or by terms is no request.
        if budget.unit == .requests, usage.api == Adjustment.api { return nil }
        return stored.entries.amount(for: budget)
    }

    /// Whether an amount at an instant fits what is left then. Instants must not go back.
    public mutating func fits(_ amount: BudgetAmount, at instant: Instant) -> Bool {
        move(to: instant)
        guard let limit = budget.limit, amount > .zero else { return true }
        return spent + amount <= limit
    }

    /// The call was made.
    public mutating func spend(_ amount: BudgetAmount, at instant: Instant) {
        move(to: instant)
        spent += amount
        if case .rolling = budget.window { counted.append((instant, amount)) }
        most = max(most, spent)
    }

    private mutating func move(to instant: Instant) {
        if case .rolling(let seconds) = budget.window {
            let since = instant.advanced(bySeconds: -seconds)
            while oldest < counted.count, counted[oldest].at < since {
                spent -= counted[oldest].amount
                oldest += 1
            }
            if oldest > 4096, oldest * 2 > counted.count {
                counted.removeFirst(oldest)
                oldest = 0
            }
        } else if !(window?.contains(instant) ?? false) {
            window = budget.window.window(at: instant, zone: zone)
            spent = .zero
        }
    }
}

extension [Entry] {
    /// What a record's entries, corrections included, count in a budget.
    public func amount(for budget: Budget) -> BudgetAmount {
        switch budget.unit {
        case .requests: return BudgetAmount(whole: 1)
        // A ledger knows when calls began, not how many were under way.
        case .concurrent: return .zero
        case .tokens:
            var nanos: Int128 = 0
            for entry in self
            where entry.book == .list && (entry.meter.isInputTokens || entry.meter.isOutputTokens) {
                nanos += entry.quantity.nanos
            }
            return BudgetAmount(picos: nanos * 1000).positive
        case .money(let currency):
            var picos: Int128 = 0
            for entry in self
            where entry.kind != .free && entry.currency == currency && entry.counts(in: budget.book) {
                picos += entry.amount?.picos ?? 0
            }
            return BudgetAmount(picos: picos).positive
        }
    }
}
