// Failed requests and anomalies of a month, from the records themselves: they are few, and a partial index
// over each kind finds them among the others.
public import Bookkeeping
import Postgres
public import Terms

extension LedgerStore {
    /// The same as ``MemoryLedger``'s.
    public func incidents(in period: Period, tenant: String?) throws(LedgerError) -> Incidents {
        var parameters = Parameters()
        parameters.add(microseconds: period.since.microseconds)
        parameters.add(microseconds: period.until.microseconds)
        parameters.add(tenant)
        var failed: [Incidents.Failed] = []
        try inOneTrip(Self.failedSQL, parameters) { answer throws(PostgresError) in
            try answer.forEachRow { row throws(PostgresError) in
                let word = try row.text()
                guard let outcome = Completeness(rawValue: word) else {
                    throw .unexpected("completeness \(word)")
                }
                failed.append(
                    Incidents.Failed(
                        outcome: outcome, currency: Currency(try row.text()), requests: try row.integer(),
                        cost: Money(picos: try row.decimal(places: 12))))
            }
        }
        var noted: [Incidents.Noted] = []
        try inOneTrip(Self.anomaliesSQL, parameters) { answer throws(PostgresError) in
            try answer.forEachRow { row throws(PostgresError) in
                let word = try row.text()
                guard let anomaly = Anomaly(rawValue: word) else { throw .unexpected("anomaly \(word)") }
                noted.append(Incidents.Noted(anomaly: anomaly, requests: try row.integer()))
            }
        }
        return Incidents(failed: failed, anomalies: noted)
    }

    /// The condition on completeness is that of the index. A record that was assigned to another tenant
    /// counts there.
    private static let failedSQL: StaticString = """
        WITH failed AS MATERIALIZED (
            SELECT r.tenant, r.occurred_at, r.record_id, r.completeness
            FROM tollbook.usage_record r
            WHERE r.completeness NOT IN ('complete', 'pending') AND r.occurred_at >= $1::timestamptz
                AND r.occurred_at < $2::timestamptz AND ($3::text IS NULL OR r.tenant = $3)
                AND r.carried_from IS NULL AND r.api <> 'adjustment'
                AND NOT EXISTS (
                    SELECT FROM tollbook.reassignment a
                    WHERE a.tenant = r.tenant AND a.occurred_at = r.occurred_at
                        AND a.record_id = r.record_id)
        ), booked AS MATERIALIZED (
            SELECT f.tenant, f.occurred_at, f.record_id, f.completeness, e.entry_no, e.kind, e.currency, e.book,
                e.also_chargeback, e.amount
            FROM failed f
            JOIN tollbook.entry e ON e.tenant = f.tenant AND e.occurred_at = f.occurred_at
                AND e.record_id = f.record_id
            WHERE e.carried_from IS NULL
        ), listed AS (
            SELECT tenant, occurred_at, record_id,
                (array_agg(currency ORDER BY book <> 'list', entry_no))[1] AS currency
            FROM booked
            GROUP BY tenant, occurred_at, record_id
        )
        SELECT f.completeness, coalesce(m.currency, ''), count(*), 0::numeric
        FROM failed f
        LEFT JOIN listed m
            ON m.tenant = f.tenant AND m.occurred_at = f.occurred_at AND m.record_id = f.record_id
        GROUP BY 1, 2
        UNION ALL
        SELECT completeness, currency, 0, sum(amount)
        FROM booked
        WHERE kind <> 'free' AND amount IS NOT NULL AND (book = 'chargeback' OR also_chargeback)
        GROUP BY 1, 2
        """

    private static let anomaliesSQL: StaticString = """
        SELECT a.word, count(*)
        FROM tollbook.usage_record r CROSS JOIN LATERAL unnest(r.anomalies) AS a(word)
        WHERE r.anomalies <> '{}' AND r.occurred_at >= $1::timestamptz AND r.occurred_at < $2::timestamptz
            AND ($3::text IS NULL OR r.tenant = $3) AND r.carried_from IS NULL AND r.api <> 'adjustment'
            AND NOT EXISTS (
                SELECT FROM tollbook.reassignment a
                WHERE a.tenant = r.tenant AND a.occurred_at = r.occurred_at AND a.record_id = r.record_id)
        GROUP BY 1
        """
}
