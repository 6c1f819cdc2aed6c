// Thresholds of budgets: each crossing is told once, whoever of the sidecars sees it first. A row of the
// ledger remembers it, so that neither a restart nor another sidecar tells it again.
public import Bookkeeping
import Postgres
public import Terms

/// A threshold that was crossed, or a limit that will be before its window ends.
public struct BudgetCrossing: Hashable, Sendable {
    public let budget: Budget
    /// Hundredths of the limit; zero for a forecast.
    public let threshold: Int
    public let limit: BudgetAmount
    public let spent: BudgetAmount
    public let window: BudgetWindow
    public let at: Instant
    /// When the limit is used up if spending goes on as it did since the window began; nil when that is
    /// after the window's end.
    public let exhausted: Instant?

    public var isForecast: Bool { threshold == 0 }

    private init(
        _ budget: Budget, _ threshold: Int, limit: BudgetAmount, spent: BudgetAmount, window: BudgetWindow,
        at now: Instant
    ) {
        self.budget = budget
        self.threshold = threshold
        self.limit = limit
        self.spent = spent
        self.window = window
        at = now
        exhausted = Self.forecast(budget, limit: limit, spent: spent, window: window, at: now)
    }

    /// The highest threshold that an amount has reached, and the forecast where there is reason for one: a
    /// twentieth of the window is over and a tenth of the limit is spent, so that one call does not raise it.
    ///
    /// - Parameter window: as it is counted.
    public static func all(
        _ budget: Budget, limit: BudgetAmount, spent: BudgetAmount, window: BudgetWindow, at now: Instant
    ) -> [BudgetCrossing] {
        guard limit > .zero, !budget.warnAt.isEmpty else { return [] }
        var found: [BudgetCrossing] = []
        if let threshold = budget.warnAt.last(where: { limit.percent($0) <= spent }) {
            found.append(
                BudgetCrossing(budget, threshold, limit: limit, spent: spent, window: window, at: now))
        }
        let forecast = BudgetCrossing(budget, 0, limit: limit, spent: spent, window: window, at: now)
        let length = Int128(window.until.microseconds) - Int128(window.since.microseconds)
        let elapsed = Int128(now.microseconds) - Int128(window.since.microseconds)
        if forecast.exhausted != nil, spent < limit, limit.divided(by: 10) <= spent, elapsed * 20 >= length {
            found.append(forecast)
        }
        return found
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

/// An alert for one endpoint.
public struct PendingAlert: Hashable, Sendable {
    public let number: Int64
    public let endpoint: String
    /// What is sent, byte for byte.
    public let body: String
    /// This one included.
    public let attempts: Int
}

extension LedgerStore {
    /// Remembers a crossing, and puts it into the outbox of every endpoint if nobody had before.
    ///
    /// - Parameter body: what endpoints get.
    /// - Returns: whether nobody had.
    public func note(
        _ crossing: BudgetCrossing, of stored: StoredBudget, endpoints: [String], body: String
    ) throws(LedgerError) -> Bool {
        var parameters = windowKey(stored, crossing.window)
        parameters.add(Int64(crossing.threshold))
        parameters.add(crossing.limit.plain)
        parameters.add(crossing.spent.plain)
        parameters.add(microseconds: crossing.at.microseconds)
        parameters.add(ArrayParameter(texts: endpoints))
        parameters.add(body)
        return try inOneTrip(Self.crossingSQL, parameters) { answer throws(PostgresError) in
            try answer.withRow(0) { row throws(PostgresError) in try row.integer() > 0 }
        }
    }

    private static let crossingSQL: StaticString = """
        WITH told AS (
            INSERT INTO tollbook.budget_alert (
                name, generation, since, threshold, limit_amount, spent, crossed_at, attempts, next_try)
            VALUES (
                $1, $2::bigint::integer, $3, $4::bigint::integer, $5::numeric, $6::numeric, $7::timestamptz,
                0, NULL)
            ON CONFLICT (name, generation, since, threshold, limit_amount) DO NOTHING
            RETURNING 1
        ), queued AS (
            INSERT INTO tollbook.alert_outbox (endpoint, body, made_at, attempts, next_try)
            SELECT e.endpoint, $9::text, $7::timestamptz, 0, $7::timestamptz
            FROM unnest($8::text[]) AS e(endpoint)
            WHERE EXISTS (SELECT FROM told)
        )
        SELECT count(*) FROM told
        """

    /// Takes alerts that are due. Each is put off before it is sent, for longer every time: two seconds,
    /// four, up to an hour; whoever dies with one only delays it.
    ///
    /// - Returns: at most ten.
    public func takeAlerts(for endpoints: [String], at instant: Instant) throws(LedgerError) -> [PendingAlert]
    {
        var parameters = Parameters()
        parameters.add(microseconds: instant.microseconds)
        parameters.add(ArrayParameter(texts: endpoints))
        return try inOneTrip(Self.takeSQL, parameters) { answer throws(PostgresError) in
            var found: [PendingAlert] = []
            try answer.forEachRow { row throws(PostgresError) in
                found.append(
                    PendingAlert(
                        number: try row.integer(), endpoint: try row.text(), body: try row.text(),
                        attempts: Int(try row.integer())))
            }
            return found
        }
    }

    private static let takeSQL: StaticString = """
        UPDATE tollbook.alert_outbox o SET attempts = o.attempts + 1, next_try =
            $1::timestamptz + interval '1 second' * least(3600, power(2, least(o.attempts + 1, 12)))
        FROM (
            SELECT alert_no FROM tollbook.alert_outbox
            WHERE next_try <= $1::timestamptz AND endpoint = ANY ($2::text[])
            ORDER BY alert_no
            LIMIT 10
            FOR UPDATE SKIP LOCKED
        ) due
        WHERE o.alert_no = due.alert_no
        RETURNING o.alert_no, o.endpoint, o.body, o.attempts::bigint
        """

    /// Notes what became of an attempt.
    ///
    /// - Parameter problem: nil: delivered.
    /// - Returns: whether it is given up: after a week.
    public func noteAlert(
        _ alert: PendingAlert, problem: String?, at instant: Instant
    ) throws(LedgerError) -> Bool {
        var parameters = Parameters()
        parameters.add(alert.number)
        parameters.add(problem)
        parameters.add(microseconds: instant.microseconds)
        return try inOneTrip(Self.outcomeSQL, parameters) { answer throws(PostgresError) in
            try answer.withRow(0) { row throws(PostgresError) in try row.bool() }
        }
    }

    private static let outcomeSQL: StaticString = """
        UPDATE tollbook.alert_outbox SET
            delivered_at = CASE WHEN $2::text IS NULL THEN $3::timestamptz END, problem = $2,
            next_try = CASE
                WHEN $2::text IS NOT NULL AND made_at > $3::timestamptz - interval '7 days' THEN next_try
            END
        WHERE alert_no = $1
        RETURNING next_try IS NULL AND delivered_at IS NULL
        """
}
