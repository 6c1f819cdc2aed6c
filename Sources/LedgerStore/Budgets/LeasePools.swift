// Leases in PostgreSQL: the rows of a window are read under its lock, ``LeasePool`` decides, and what it
// changed is written. Two round trips, on a thread that nobody waits for.
public import Bookkeeping
import Postgres
public import Terms

/// One run of a sidecar, as leases name it.
public struct LeaseHolder: Hashable, Sendable {
    public let instance: String
    /// Start of the process.
    public let run: Instant

    public init(instance: String, run: Instant) {
        self.instance = instance
        self.run = run
    }
}

/// A window of a budget as it stands.
public struct BudgetState: Hashable, Sendable {
    public let pool: LeasePool
    /// Of what was spent, what corrections added.
    public let repriced: BudgetAmount
    public let countedAt: Instant
    /// The database's clock when it was read.
    public let now: Instant

    public var bound: OverspendBound {
        var bound = pool.bound
        bound.repriced = repriced
        return bound
    }
}

extension LedgerStore {
    /// Brings a sidecar's request to the pool and the answer back.
    public func answer(
        _ request: LeaseRequest, of stored: StoredBudget, _ window: BudgetWindow, _ holder: LeaseHolder,
        terms: LeasePool.Terms
    ) throws(LedgerError) -> LeaseReply {
        try changingPool(of: stored, window) { pool, before in
            var reply = pool.answer(
                request, node: holder.instance, from: holder.run, now: before.now, terms: terms)
            reply.bound += before.repriced
            return reply
        }
    }

    /// Closes the leases of earlier runs of an instance, whose records are all in the ledger.
    ///
    /// - Parameter held: by calls of a run that it never ended, at most.
    public func recoverLeases(
        of stored: StoredBudget, _ window: BudgetWindow, _ holder: LeaseHolder,
        held: (LeasePool.Lease) -> BudgetAmount
    ) throws(LedgerError) {
        try changingPool(of: stored, window) { pool, _ in
            for lease in pool.leases where lease.node == holder.instance && lease.from < holder.run {
                pool.recover(node: lease.node, run: lease.from, held: held(lease))
            }
        }
    }

    /// Takes back what sidecars hold that were not heard of since their leases ended: an operator's word
    /// that they will not come back.
    ///
    /// - Returns: how much was taken back.
    public func releaseLeases(
        of stored: StoredBudget, _ window: BudgetWindow, actor: String, at instant: Instant
    ) throws(LedgerError) -> BudgetAmount {
        let released = try changingPool(of: stored, window) { pool, state in
            let before = pool.open + pool.presumed
            pool.releaseDead(now: state.now, grace: 0)
            for index in pool.leases.indices {
                pool.leases[index].released += pool.leases[index].stillPresumed
                pool.leases[index].presumed = .zero
            }
            return before - pool.open - pool.presumed
        }
        var json = JSONWriter()
        json.beginObject()
        json.field("since", window.since.rfc3339)
        json.field("released", released.plain)
        json.endObject()
        try change(
            "SELECT 1", Parameters(), action: "budget.release", stored.budget.name, actor: actor, at: instant,
            detail: json.text)
        return released
    }

    /// A window as it stands; nil when nobody has looked at it.
    public func budgetState(
        of stored: StoredBudget, _ window: BudgetWindow
    ) throws(LedgerError) -> BudgetState? {
        let settings = settings
        let none = Parameters()
        let key = windowKey(stored, window)
        return try withConnection { connection throws(PostgresError) in
            var reading = PoolReading(budget: stored.budget)
            try connection.pipeline([
                ("BEGIN", none), (Self.settingsSQL, settings), (Self.poolSQL, key), (Self.leasesSQL, key),
                ("COMMIT", none),
            ]) { index, answer throws(PostgresError) in try reading.take(index - 2, answer) }
            return reading.state
        }
    }

    /// Reads a pool under its window's lock, changes it, and writes what is new.
    private func changingPool<Value>(
        of stored: StoredBudget, _ window: BudgetWindow, _ change: (inout LeasePool, BudgetState) -> Value
    ) throws(LedgerError) -> Value {
        let settings = settings
        let none = Parameters()
        let key = windowKey(stored, window)
        return try withConnection { connection throws(PostgresError) in
            var reading = PoolReading(budget: stored.budget)
            // The lock first, in a statement of its own: the next one sees what its last holder wrote.
            try connection.pipeline([
                ("BEGIN", none), (Self.settingsSQL, settings), (Self.lockSQL, key), (Self.poolSQL, key),
                (Self.leasesSQL, key),
            ]) { index, answer throws(PostgresError) in try reading.take(index - 3, answer) }
            guard let before = reading.state else { throw .unexpected("the window was never counted") }
            var pool = before.pool
            let value = change(&pool, before)
            var statements: [(sql: StaticString, parameters: Parameters)] = []
            for lease in pool.leases where !before.pool.leases.contains(lease) {
                var parameters = windowKey(stored, window)
                parameters.add(lease)
                statements.append((Self.writeLeaseSQL, parameters))
            }
            if pool.recall != before.pool.recall {
                var parameters = windowKey(stored, window)
                parameters.add(pool.recall)
                statements.append((Self.recallSQL, parameters))
            }
            if RateLevel(stored.budget, limit: pool.limit) != nil {
                var parameters = windowKey(stored, window)
                parameters.add(pool.spent.plain)
                parameters.add(microseconds: before.now.microseconds)
                statements.append((Self.levelSQL, parameters))
            }
            statements.append(("COMMIT", none))
            try connection.pipeline(statements) { _, _ throws(PostgresError) in }
            return value
        }
    }

    /// Key in `$1`–`$3`, here and below. The limit is that of the version in force, or of an override.
    private static let poolSQL: StaticString = """
        SELECT clock_timestamp(), w.spent, w.repriced, w.recall, w.counted_at,
            CASE WHEN o.name IS NULL THEN b.limit_amount ELSE o.limit_amount END
        FROM tollbook.budget_window w
        CROSS JOIN LATERAL (
            SELECT limit_amount FROM tollbook.budget WHERE name = w.name ORDER BY version DESC LIMIT 1
        ) b
        LEFT JOIN LATERAL (
            SELECT name, limit_amount FROM tollbook.budget_override
            WHERE name = w.name AND since <= clock_timestamp() AND until > clock_timestamp()
            ORDER BY override_no DESC LIMIT 1
        ) o ON true
        WHERE w.name = $1 AND w.generation = $2::bigint AND w.since = $3::timestamptz
        """

    private static let leasesSQL: StaticString = """
        SELECT node, run, granted, settled, held, presumed, released, exceeded, exposure, allowance, request,
            recall, state, expires_at, captured, free
        FROM tollbook.budget_lease
        WHERE name = $1 AND generation = $2::bigint AND since = $3::timestamptz
        ORDER BY node COLLATE "C", run
        """

    private static let writeLeaseSQL: StaticString = """
        INSERT INTO tollbook.budget_lease (
            name, generation, since, node, run, granted, settled, held, presumed, released, exceeded,
            exposure, allowance, request, recall, state, expires_at, captured, free)
        VALUES (
            $1, $2::bigint::integer, $3, $4, $5, $6::numeric, $7::numeric, $8::numeric, $9::numeric,
            $10::numeric, $11::numeric, $12::numeric, $13::numeric, $14, $15, $16, $17, $18::numeric,
            $19::numeric)
        ON CONFLICT (name, generation, since, node, run) DO UPDATE SET
            granted = excluded.granted, settled = excluded.settled, held = excluded.held,
            presumed = excluded.presumed, released = excluded.released,
            exceeded = excluded.exceeded, exposure = excluded.exposure,
            allowance = excluded.allowance, request = excluded.request, recall = excluded.recall,
            state = excluded.state, expires_at = excluded.expires_at, captured = excluded.captured,
            free = excluded.free
        """

    /// What has drained of a rate limit's level, and when it was looked at.
    private static let levelSQL: StaticString = """
        UPDATE tollbook.budget_window SET spent = $4::numeric, counted_at = $5
        WHERE name = $1 AND generation = $2::bigint AND since = $3::timestamptz
        """

    private static let recallSQL: StaticString = """
        UPDATE tollbook.budget_window SET recall = $4
        WHERE name = $1 AND generation = $2::bigint AND since = $3::timestamptz
        """
}

extension Parameters {
    /// `$4` to `$19` of a lease's row.
    fileprivate mutating func add(_ lease: LeasePool.Lease) {
        add(lease.node)
        add(microseconds: lease.from.microseconds)
        for amount in [
            lease.granted, lease.settled, lease.held, lease.presumed, lease.released, lease.exceeded,
            lease.exposure, lease.allowanceUsed,
        ] { add(amount.plain) }
        add(lease.request)
        add(lease.recall)
        add(lease.state.rawValue)
        add(microseconds: lease.expires.microseconds)
        add(lease.captured?.plain)
        add(lease.free?.plain)
    }
}

/// Collects a window's row and its leases.
private struct PoolReading {
    private var head: (now: Instant, spent: BudgetAmount, repriced: BudgetAmount, countedAt: Instant)?
    private var pool = LeasePool(limit: nil)
    private let budget: Budget

    init(budget: Budget) { self.budget = budget }

    var state: BudgetState? {
        head.map { head in
            var pool = pool
            pool.spent = head.spent
            pool.drain(budget, since: head.countedAt, now: head.now)
            return BudgetState(
                pool: pool, repriced: head.repriced, countedAt: head.countedAt, now: head.now)
        }
    }

    /// - Parameter part: 0 is the window, 1 are the leases; others say nothing.
    mutating func take(_ part: Int, _ answer: borrowing Answer) throws(PostgresError) {
        if part == 0, answer.rowCount > 0 {
            var found = pool
            head = try answer.withRow(0) { row throws(PostgresError) in
                let now = Instant(microseconds: try row.microseconds())
                let spent = BudgetAmount(picos: try row.decimal(places: 12))
                let repriced = BudgetAmount(picos: try row.decimal(places: 12))
                found.recall = try row.integer()
                let countedAt = Instant(microseconds: try row.microseconds())
                found.limit = try row.optionalDecimal(places: 12).map { BudgetAmount(picos: $0) }
                return (now, spent, repriced, countedAt)
            }
            pool = found
        } else if part == 1 {
            var leases: [LeasePool.Lease] = []
            try answer.forEachRow { row throws(PostgresError) in
                let node = try row.text()
                var lease = LeasePool.Lease(node: node, from: Instant(microseconds: try row.microseconds()))
                lease.granted = BudgetAmount(picos: try row.decimal(places: 12))
                lease.settled = BudgetAmount(picos: try row.decimal(places: 12))
                lease.held = BudgetAmount(picos: try row.decimal(places: 12))
                lease.presumed = BudgetAmount(picos: try row.decimal(places: 12))
                lease.released = BudgetAmount(picos: try row.decimal(places: 12))
                lease.exceeded = BudgetAmount(picos: try row.decimal(places: 12))
                lease.exposure = BudgetAmount(picos: try row.decimal(places: 12))
                lease.allowanceUsed = BudgetAmount(picos: try row.decimal(places: 12))
                lease.request = try row.integer()
                lease.recall = try row.integer()
                guard let state = LeasePool.Lease.State(rawValue: try row.text()) else {
                    throw .unexpected("a lease's state is no word of this version")
                }
                lease.state = state
                lease.expires = Instant(microseconds: try row.microseconds())
                lease.captured = try row.optionalDecimal(places: 12).map { BudgetAmount(picos: $0) }
                lease.free = try row.optionalDecimal(places: 12).map { BudgetAmount(picos: $0) }
                leases.append(lease)
            }
            pool.leases = leases
        }
    }
}
