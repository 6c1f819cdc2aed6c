// Budgets within the booking transaction: after records or corrections were inserted, what they add is
// counted in every window that holds them, and settles the leases of the runs that admitted them. Only rows
// of this transaction count (`xmin`), so a batch that comes again adds nothing. Where no budget's window is
// open the transaction ends without a further look.
import Bookkeeping
import Postgres
import Terms

extension LedgerStore {
    /// Books with one statement and settles budgets, in one transaction.
    ///
    /// Closing a month waits for it, or it for the closing: it sees the month either open until its commit
    /// or closed. The locks come with the statement before, so that what follows has a snapshot taken after
    /// them.
    ///
    /// - Parameters:
    ///   - keys: of the records that are booked or corrected, in three columns.
    ///   - body: reads the statement's answer.
    ///   - more: another statement of the same transaction, before the one whose answer is read.
    func booking<Value>(
        _ sql: SQLText, _ parameters: Parameters, of keys: SettlementKeys,
        after more: (sql: SQLText, parameters: Parameters)? = nil,
        _ body: (borrowing Answer) throws(PostgresError) -> Value
    ) throws(LedgerError) -> Value {
        let settings = settings
        let none = Parameters()
        let gate = bookingGate
        return try withConnection { connection throws(PostgresError) in
            var value: Value?
            var windows = 0
            var statements: [(SQLText, Parameters)] = [
                (SQLText("BEGIN ISOLATION LEVEL READ COMMITTED"), none),
                (SQLText(Self.settingsSQL), settings), (SQLText(Self.bookingLockSQL), none),
            ]
            if let more { statements.append((more.sql, more.parameters)) }
            let own = statements.count
            statements.append((sql, parameters))
            if let gate {
                try connection.pipeline(statements) { index, answer throws(PostgresError) in
                    if index == own { value = try body(answer) }
                }
                guard let value else { throw .unexpected("no answer") }
                try Self.settle(keys, connection, gate)
                return value
            }
            statements.append((SQLText(Self.lockWindowsSQL), keys.range))
            try connection.pipeline(statements) { index, answer throws(PostgresError) in
                if index == own { value = try body(answer) }
                if index == own + 1 { windows = answer.rowCount }
            }
            guard let value else { throw .unexpected("no answer") }
            if windows == 0 {
                try connection.run("COMMIT")
            } else {
                try connection.pipeline([(Self.settleBudgetsSQL, keys.columns), ("COMMIT", none)]) {
                    _, _ throws(PostgresError) in
                }
            }
            return value
        }
    }

    /// The end of a booking, while nobody else of this process speaks of its leases.
    private static func settle(
        _ keys: SettlementKeys, _ connection: borrowing Connection, _ gate: any BookingGate
    ) throws(PostgresError) {
        gate.begin()
        do throws(PostgresError) {
            try connection.pipeline([
                (lockWindowsSQL, keys.range), (settleBudgetsSQL, keys.columns), ("COMMIT", Parameters()),
            ]) { _, _ throws(PostgresError) in }
        } catch {
            gate.end(booked: [])
            throw error
        }
        gate.end(booked: keys.recordIDs)
    }

    /// `$1`, `$2`: first and last instant of the batch; `$3`: its tenants. All who book lock in this order.
    private static let lockWindowsSQL: StaticString = """
        SELECT 1 FROM tollbook.budget_window
        WHERE since <= $2::timestamptz AND until > $1::timestamptz
            AND (tenant IS NULL OR tenant = ANY ($3::text[])) AND unit <> 'concurrent-requests'
        ORDER BY name COLLATE "C", generation, since
        FOR UPDATE
        """

    /// `$1`–`$3`: tenant, time and id of each record.
    private static let settleBudgetsSQL: StaticString = """
        WITH hit AS MATERIALIZED (
            SELECT w.name, w.generation, w.since, w.unit, w.book, r.tenant, r.occurred_at, r.record_id,
                r.instance, r.completeness, r.api, r.xmin = pg_current_xact_id()::xid AS fresh,
                -- No sidecar has held anything for what was assigned afterwards.
                EXISTS (
                    SELECT FROM tollbook.reassignment a
                    WHERE a.assigned_tenant = r.tenant AND a.occurred_at = r.occurred_at
                        AND a.record_id = r.record_id) AS moved
            FROM unnest($1::text[], $2::timestamptz[], $3::uuid[]) AS k(tenant, occurred_at, record_id)
            JOIN tollbook.usage_record r ON r.tenant = k.tenant AND r.occurred_at = k.occurred_at
                AND r.record_id = k.record_id
            JOIN tollbook.budget_window w ON w.since <= r.occurred_at AND w.until > r.occurred_at
                AND (w.tenant IS NULL OR w.tenant = r.tenant) AND (w.user_id IS NULL OR w.user_id = r.user_id)
                AND (w.key_id IS NULL OR w.key_id = r.key_id)
                AND (w.model IS NULL OR coalesce(r.model_requested, r.model, '') = w.model
                    OR (right(w.model, 1) = '*'
                        AND starts_with(coalesce(r.model_requested, r.model, ''), rtrim(w.model, '*'))))
            WHERE NOT EXISTS (
                SELECT FROM json_each_text(w.labels) l WHERE r.labels ->> l.key IS DISTINCT FROM l.value)
        ), booked AS MATERIALIZED (
            SELECT h.name, h.generation, h.since, h.instance, h.occurred_at, h.fresh AND NOT h.moved AS fresh,
                CASE h.unit
                    WHEN 'requests' THEN (
                        h.fresh AND h.completeness <> 'refused' AND h.api <> 'adjustment')::integer::numeric
                    WHEN 'tokens' THEN sum(e.quantity) FILTER (
                        WHERE e.book = 'list' AND (e.meter LIKE 'in.%' OR e.meter LIKE 'out.%')
                            AND e.meter NOT LIKE '%.seconds' AND e.meter NOT LIKE '%.chars')
                    ELSE sum(e.amount) FILTER (
                        WHERE e.kind <> 'free' AND e.currency = h.unit
                            AND (e.book = h.book OR (h.book = 'contracted' AND e.also_contracted)
                                OR (h.book = 'chargeback' AND e.also_chargeback)))
                END AS amount
            FROM hit h
            LEFT JOIN tollbook.entry e ON e.tenant = h.tenant AND e.occurred_at = h.occurred_at
                AND e.record_id = h.record_id AND e.xmin = pg_current_xact_id()::xid
            GROUP BY h.name, h.generation, h.since, h.unit, h.book, h.tenant, h.occurred_at, h.record_id,
                h.instance, h.completeness, h.api, h.fresh, h.moved
        ), leased AS (
            UPDATE tollbook.budget_lease l SET settled = l.settled + s.amount
            FROM (
                SELECT b.name, b.generation, b.since, b.instance, run.run, sum(b.amount) AS amount
                FROM booked b
                CROSS JOIN LATERAL (
                    SELECT o.run FROM tollbook.budget_lease o
                    WHERE o.name = b.name AND o.generation = b.generation AND o.since = b.since
                        AND o.node = b.instance AND o.run <= b.occurred_at
                    ORDER BY o.run DESC LIMIT 1
                ) run
                WHERE b.fresh AND b.amount <> 0
                GROUP BY b.name, b.generation, b.since, b.instance, run.run
            ) s
            WHERE l.name = s.name AND l.generation = s.generation AND l.since = s.since
                AND l.node = s.instance AND l.run = s.run
        )
        UPDATE tollbook.budget_window w SET
            spent = w.spent + t.amount, repriced = w.repriced + greatest(t.corrected, 0)
        FROM (
            SELECT name, generation, since, sum(amount) AS amount,
                coalesce(sum(amount) FILTER (WHERE NOT fresh), 0) AS corrected
            FROM booked
            WHERE amount <> 0
            GROUP BY name, generation, since
        ) t
        WHERE w.name = t.name AND w.generation = t.generation AND w.since = t.since
        """
}

/// Which records a transaction books, as parameters.
struct SettlementKeys {
    private let tenants = ArrayParameter(.text)
    private let times = ArrayParameter(.timestamp)
    private let ids = ArrayParameter(.uuid)
    private(set) var recordIDs: [RecordID] = []
    private var first = Instant(microseconds: .max)
    private var last = Instant(microseconds: .min)

    mutating func append(_ key: RecordKey) {
        tenants.append(key.tenant)
        times.append(microseconds: key.occurredAt.microseconds)
        ids.append(uuid: key.id.high, key.id.low)
        recordIDs.append(key.id)
        first = min(first, key.occurredAt)
        last = max(last, key.occurredAt)
    }

    var columns: Parameters {
        var parameters = Parameters()
        for column in [tenants, times, ids] { parameters.add(column) }
        return parameters
    }

    var range: Parameters {
        var parameters = Parameters()
        parameters.add(microseconds: first.microseconds)
        parameters.add(microseconds: last.microseconds)
        parameters.add(tenants)
        return parameters
    }
}
