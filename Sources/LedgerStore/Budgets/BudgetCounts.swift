// What a budget has counted: the row of its window, made when somebody first looks. It is counted from the
// entries then; afterwards every booking adds to it. Making it excludes bookings for that moment, because a
// booking under way would neither be seen nor see the row.
public import Bookkeeping
import Postgres
public import Terms

extension LedgerStore {
    /// Makes sure that a window is counted.
    ///
    /// - Parameter window: since 1970 and without end for rolling rules: ``WindowRule/counted(at:zone:)``.
    public func openWindow(
        of stored: StoredBudget, _ window: BudgetWindow, at instant: Instant
    ) throws(LedgerError) {
        let key = windowKey(stored, window)
        let isThere = try inOneTrip(Self.windowThereSQL, key) { answer throws(PostgresError) in
            try answer.withRow(0) { row throws(PostgresError) in try row.bool() }
        }
        if isThere { return }
        let parameters = countParameters(stored, window, at: instant)
        let settings = settings
        let none = Parameters()
        try withConnection { connection throws(PostgresError) in
            try connection.pipeline([
                ("BEGIN", none), (Self.settingsSQL, settings), (Self.countLockSQL, none),
                (Self.countSQL, parameters), ("COMMIT", none),
            ]) { _, _ throws(PostgresError) in }
        }
    }

    /// Counts a rolling window anew: what is older than the window falls out of it.
    public func recount(
        _ stored: StoredBudget, at instant: Instant
    ) throws(LedgerError) {
        // A rate limit is a level that drains, and is not counted.
        guard case .rolling(let seconds) = stored.budget.window, !stored.budget.isRateLimit else { return }
        var parameters = countParameters(stored, .always, at: instant)
        parameters.add(microseconds: instant.advanced(bySeconds: -seconds).microseconds)
        let lock = windowKey(stored, .always)
        let settings = settings
        let none = Parameters()
        try withConnection { connection throws(PostgresError) in
            // Whoever books meanwhile waits for the row and adds to what is counted here.
            try connection.pipeline([
                ("BEGIN", none), (Self.settingsSQL, settings), (Self.lockSQL, lock),
                (Self.recountSQL, parameters), ("COMMIT", none),
            ]) { _, _ throws(PostgresError) in }
        }
    }

    func windowKey(_ stored: StoredBudget, _ window: BudgetWindow) -> Parameters {
        var key = Parameters()
        key.add(stored.budget.name)
        key.add(Int64(stored.generation))
        key.add(microseconds: window.since.microseconds)
        return key
    }

    /// `$1` to `$13`.
    private func countParameters(
        _ stored: StoredBudget, _ window: BudgetWindow, at instant: Instant
    ) -> Parameters {
        var parameters = windowKey(stored, window)
        parameters.add(microseconds: window.until.microseconds)
        parameters.add(stored.budget.scope)
        parameters.add(stored.budget.unit.text)
        parameters.add(stored.budget.book.rawValue)
        parameters.add(microseconds: instant.microseconds)
        if case .rolling(let seconds) = stored.budget.window {
            parameters.add(microseconds: instant.advanced(bySeconds: -seconds).microseconds)
        } else if stored.budget.unit == .concurrent {
            // Nothing in the ledger is under way.
            parameters.add(microseconds: instant.microseconds)
        } else {
            parameters.add(microseconds: window.since.microseconds)
        }
        return parameters
    }

    /// Shared by everybody who books, exclusive for who counts.
    static let bookingLockSQL: StaticString = """
        SELECT pg_advisory_xact_lock_shared(7827364119020), pg_advisory_xact_lock_shared(7827364119021)
        """
    private static let countLockSQL: StaticString = "SELECT pg_advisory_xact_lock(7827364119021)"

    private static let windowThereSQL: StaticString = """
        SELECT EXISTS (
            SELECT FROM tollbook.budget_window
            WHERE name = $1 AND generation = $2::bigint AND since = $3::timestamptz)
        """

    static let lockSQL: StaticString = """
        SELECT 1 FROM tollbook.budget_window
        WHERE name = $1 AND generation = $2::bigint AND since = $3::timestamptz
        FOR UPDATE
        """

    /// `$1` name, `$2` generation, `$3` since, `$4` until, `$5`–`$9` scope, `$10` unit, `$11` book,
    /// `$12` now, `$13` from when to count.
    private static let countSQL: StaticString = """
        WITH hit AS NOT MATERIALIZED (
            SELECT r.tenant, r.occurred_at, r.record_id, r.completeness, r.api
            FROM tollbook.usage_record r
            WHERE r.occurred_at >= $13::timestamptz AND r.occurred_at < $4::timestamptz
                AND ($5::text IS NULL OR r.tenant = $5) AND ($6::text IS NULL OR r.user_id = $6)
                AND ($7::text IS NULL OR r.key_id = $7)
                AND ($8::text IS NULL OR coalesce(r.model_requested, r.model, '') = $8
                    OR (right($8, 1) = '*'
                        AND starts_with(coalesce(r.model_requested, r.model, ''), rtrim($8, '*'))))
                AND NOT EXISTS (
                    SELECT FROM json_each_text($9::json) l
                    WHERE r.labels ->> l.key IS DISTINCT FROM l.value)
                AND NOT EXISTS (
                    SELECT FROM tollbook.reassignment a
                    WHERE a.tenant = r.tenant AND a.occurred_at = r.occurred_at AND a.record_id = r.record_id)
        )
        INSERT INTO tollbook.budget_window (
            name, generation, since, until, tenant, user_id, key_id, model, labels, unit, book, spent,
            repriced, recall, counted_at)
        SELECT $1, $2::bigint::integer, $3::timestamptz, $4::timestamptz, $5, $6, $7, $8, $9::json, $10, $11,
            coalesce(CASE $10
                WHEN 'requests' THEN (
                    SELECT count(*) FROM hit WHERE completeness <> 'refused' AND api <> 'adjustment')
                WHEN 'tokens' THEN (
                    SELECT sum(e.quantity)
                    FROM hit h
                    JOIN tollbook.entry e ON e.tenant = h.tenant AND e.occurred_at = h.occurred_at
                        AND e.record_id = h.record_id
                    WHERE e.book = 'list' AND (e.meter LIKE 'in.%' OR e.meter LIKE 'out.%')
                        AND e.meter NOT LIKE '%.seconds' AND e.meter NOT LIKE '%.chars')
                ELSE (
                    SELECT sum(e.amount)
                    FROM hit h
                    JOIN tollbook.entry e ON e.tenant = h.tenant AND e.occurred_at = h.occurred_at
                        AND e.record_id = h.record_id
                    WHERE e.kind <> 'free' AND e.currency = $10
                        AND (e.book = $11 OR ($11 = 'contracted' AND e.also_contracted)
                            OR ($11 = 'chargeback' AND e.also_chargeback)))
            END, 0), 0, 0, $12::timestamptz
        ON CONFLICT (name, generation, since) DO NOTHING
        """

    /// The same, over the row that is there. `$14` from when to count.
    private static let recountSQL: StaticString = """
        WITH hit AS NOT MATERIALIZED (
            SELECT r.tenant, r.occurred_at, r.record_id, r.completeness, r.api
            FROM tollbook.usage_record r
            WHERE r.occurred_at >= $14::timestamptz AND r.occurred_at < $4::timestamptz
                AND r.occurred_at >= $13::timestamptz
                AND ($5::text IS NULL OR r.tenant = $5) AND ($6::text IS NULL OR r.user_id = $6)
                AND ($7::text IS NULL OR r.key_id = $7)
                AND ($8::text IS NULL OR coalesce(r.model_requested, r.model, '') = $8
                    OR (right($8, 1) = '*'
                        AND starts_with(coalesce(r.model_requested, r.model, ''), rtrim($8, '*'))))
                AND NOT EXISTS (
                    SELECT FROM json_each_text($9::json) l
                    WHERE r.labels ->> l.key IS DISTINCT FROM l.value)
                AND NOT EXISTS (
                    SELECT FROM tollbook.reassignment a
                    WHERE a.tenant = r.tenant AND a.occurred_at = r.occurred_at AND a.record_id = r.record_id)
        )
        UPDATE tollbook.budget_window SET counted_at = $12::timestamptz, spent =
            coalesce(CASE $10
                WHEN 'requests' THEN (
                    SELECT count(*) FROM hit WHERE completeness <> 'refused' AND api <> 'adjustment')
                WHEN 'tokens' THEN (
                    SELECT sum(e.quantity)
                    FROM hit h
                    JOIN tollbook.entry e ON e.tenant = h.tenant AND e.occurred_at = h.occurred_at
                        AND e.record_id = h.record_id
                    WHERE e.book = 'list' AND (e.meter LIKE 'in.%' OR e.meter LIKE 'out.%')
                        AND e.meter NOT LIKE '%.seconds' AND e.meter NOT LIKE '%.chars')
                ELSE (
                    SELECT sum(e.amount)
                    FROM hit h
                    JOIN tollbook.entry e ON e.tenant = h.tenant AND e.occurred_at = h.occurred_at
                        AND e.record_id = h.record_id
                    WHERE e.kind <> 'free' AND e.currency = $10
                        AND (e.book = $11 OR ($11 = 'contracted' AND e.also_contracted)
                            OR ($11 = 'chargeback' AND e.also_chargeback)))
            END, 0)
        WHERE name = $1 AND generation = $2::bigint::integer AND since = $3::timestamptz
        """
}
