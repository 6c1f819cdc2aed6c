// Thresholds of budgets: each crossing is told once, whoever of the sidecars sees it first. A row of the
// ledger remembers it, so that neither a restart nor another sidecar tells it again.
public import Bookkeeping
import Postgres
public import Terms

/// A threshold that was crossed.
public struct BudgetCrossing: Hashable, Sendable {
    public let budget: Budget
    /// Hundredths of the limit.
    public let threshold: Int
    public let limit: BudgetAmount
    public let spent: BudgetAmount
    /// When the limit is used up if spending goes on as it did since the window began; nil when that is
    /// after the window's end.
    public let exhausted: Instant?

    /// The highest threshold that an amount has reached.
    ///
    /// - Parameter window: as it is counted.
    public init?(
        _ budget: Budget, limit: BudgetAmount, spent: BudgetAmount, window: BudgetWindow, at now: Instant
    ) {
        guard limit > .zero,
            let threshold = budget.warnAt.last(where: { limit.percent($0) <= spent })
        else { return nil }
        self.budget = budget
        self.threshold = threshold
        self.limit = limit
        self.spent = spent
        exhausted = Self.forecast(budget, limit: limit, spent: spent, window: window, at: now)
    }

    private static func forecast(
        _ budget: Budget, limit: BudgetAmount, spent: BudgetAmount, window: BudgetWindow, at now: Instant
    ) -> Instant? {
        guard case .calendar = budget.window, spent > .zero, now > window.since else { return nil }
        let elapsed = Int128(now.microseconds - window.since.microseconds) / 1_000_000
        let (product, overflow) = limit.picos.multipliedReportingOverflow(by: elapsed)
        guard !overflow, let seconds = Int64(exactly: product / spent.picos),
            seconds < 100 * 366 * 86_400
        else { return nil }
        let at = window.since.advanced(bySeconds: seconds)
        return at < window.until ? at : nil
    }
}

extension LedgerStore {
    /// Remembers a crossing.
    ///
    /// - Returns: whether nobody had before.
    public func note(
        _ crossing: BudgetCrossing, of stored: StoredBudget, _ window: BudgetWindow, at instant: Instant
    ) throws(LedgerError) -> Bool {
        var parameters = windowKey(stored, window)
        parameters.add(Int64(crossing.threshold))
        parameters.add(crossing.limit.plain)
        parameters.add(crossing.spent.plain)
        parameters.add(microseconds: instant.microseconds)
        return try inOneTrip(Self.crossingSQL, parameters) { answer in answer.rowCount > 0 }
    }

    private static let crossingSQL: StaticString = """
        INSERT INTO tollbook.budget_alert (
            name, generation, since, threshold, limit_amount, spent, crossed_at, attempts, next_try)
        VALUES (
            $1, $2::bigint::integer, $3, $4::bigint::integer, $5::numeric, $6::numeric, $7, 0, NULL)
        ON CONFLICT (name, generation, since, threshold, limit_amount) DO NOTHING
        RETURNING 1
        """
}
