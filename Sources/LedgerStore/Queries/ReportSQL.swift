// The statements behind every report. Which columns they group by are parameters, which PostgreSQL turns into
// constants when it plans, so there are two texts for all reports: one over everything, and one over sums
// of days alone, which answers most of them and is planned in a tenth of the time. Each row is told by the
// kind of its meter and summed once; sums, minima and their keys are such that a ledger distributed by
// tenant sums where the rows are. Whole days come from sums of days where those answer, see
// ``ReportSpans``.
import Postgres

extension LedgerStore {
    /// `$1` since, `$2` and `$3` the part that rollups answer, `$4` until; `$5`–`$11` whether to group by
    /// tenant, user, key, model, provider, upstream, meter; `$12` names of labels; `$13` starts of
    /// calendar units; `$14`–`$20` the filter: tenant, user, key, model, provider, upstream, labels as
    /// JSON; `$21` as known when, null for now; `$22` whether what was carried out of the period is left
    /// out, `$23` whether what was carried into it is added; `$24`–`$25` starts and ends of what quarters
    /// of an hour answer, `$26`–`$27` of what days answer.
    static let reportSQL = SQLText(joining: sourceSQL, partSQL, "UNION ALL", daysSQL, ")", sumSQL)

    /// The same as of an instant, which only the facts can tell. A text of its own, because a ledger that is
    /// distributed plans no function over its tables.
    static let reportKnownSQL = SQLText(
        joining: sourceSQL, knownSQL, partSQL, "UNION ALL", daysSQL, ")", sumSQL)

    /// The same where days answer all of it; its other parameters are of no use. It groups by no more columns
    /// than days have, and makes no row for each of them in between: a third of the time.
    static let reportDaysSQL = SQLText(
        """
        SELECT CASE WHEN $5::boolean THEN d.tenant ELSE '' END, '', '',
            CASE WHEN $8::boolean THEN d.model ELSE '' END,
            CASE WHEN $9::boolean THEN d.provider ELSE '' END,
            CASE WHEN $10::boolean THEN d.upstream ELSE '' END, '', '{}'::text[],
            CASE WHEN cardinality($13::timestamptz[]) = 0 THEN 0
                ELSE width_bucket(d.day, $13::timestamptz[]) - 1 END,
            d.currency,
            sum(d.requests)::bigint, sum(d.estimated_requests)::bigint, sum(d.unpriced_requests)::bigint,
            sum(d.open_requests)::bigint, sum(d.late_requests)::bigint, sum(d.unpriced_readings)::bigint,
            sum(d.quantity), sum(d.input), sum(d.cache_read), sum(d.cache_write), sum(d.output),
            sum(d.reasoning), sum(d.list_amount), sum(d.contracted_amount), sum(d.chargeback_amount),
            min(CASE WHEN d.unpriced_requests > 0 THEN (
                SELECT min(r.bucket) FROM tollbook.rollup r
                WHERE r.tenant = d.tenant AND r.bucket >= d.day AND r.bucket < d.day + interval '24 hours'
                    AND r.unpriced_requests > 0 AND r.model = d.model AND r.provider = d.provider
                    AND r.upstream = d.upstream AND r.currency = d.currency)
            END)
        FROM unnest($26::timestamptz[], $27::timestamptz[]) AS span(since, until)
        JOIN tollbook.rollup_day d ON d.day >= span.since AND d.day < span.until
        WHERE ($14::text IS NULL OR d.tenant = $14) AND ($17::text IS NULL OR d.model = $17)
            AND ($18::text IS NULL OR d.provider = $18) AND ($19::text IS NULL OR d.upstream = $19)
        GROUP BY 1, 4, 5, 6, 9, 10
        """)

    private static let sourceSQL: StaticString = """
        WITH source AS (
            SELECT bucket AS at, tenant, user_id, key_id, provider, upstream, model, meter, currency, labels,
                requests, estimated_requests, unpriced_requests, open_requests, late_requests,
                unpriced_readings, quantity, list_amount, contracted_amount, chargeback_amount
            FROM unnest($24::timestamptz[], $25::timestamptz[]) AS span(since, until)
            JOIN tollbook.rollup ON bucket >= span.since AND bucket < span.until
            UNION ALL
            SELECT occurred_at, tenant, user_id, key_id, provider, upstream, model, meter, currency, labels,
                requests, estimated_requests, unpriced_requests, open_requests, late_requests,
                unpriced_readings, quantity, list_amount, contracted_amount, chargeback_amount
            FROM tollbook.fact
            WHERE occurred_at >= $1::timestamptz AND occurred_at < $2::timestamptz
                AND $21::timestamptz IS NULL
            UNION ALL
            SELECT occurred_at, tenant, user_id, key_id, provider, upstream, model, meter, currency, labels,
                requests, estimated_requests, unpriced_requests, open_requests, late_requests,
                unpriced_readings, quantity, list_amount, contracted_amount, chargeback_amount
            FROM tollbook.fact
            WHERE occurred_at >= $3::timestamptz AND occurred_at < $4::timestamptz
                AND $21::timestamptz IS NULL
            UNION ALL
            SELECT occurred_at, tenant, user_id, key_id, provider, upstream, model, meter, currency, labels,
                -requests, -estimated_requests, -unpriced_requests, -open_requests, -late_requests,
                -unpriced_readings, -quantity, -list_amount, -contracted_amount, -chargeback_amount
            FROM tollbook.carried
            WHERE $22::boolean AND occurred_at >= $1::timestamptz AND occurred_at < $4::timestamptz
            UNION ALL
            SELECT booked_at, tenant, user_id, key_id, provider, upstream, model, meter, currency, labels,
                requests, estimated_requests, unpriced_requests, open_requests, late_requests,
                unpriced_readings, quantity, list_amount, contracted_amount, chargeback_amount
            FROM tollbook.carried
            WHERE $23::boolean AND booked_at >= $1::timestamptz AND booked_at < $4::timestamptz
        """

    private static let knownSQL: StaticString = """
            UNION ALL
            SELECT occurred_at, tenant, user_id, key_id, provider, upstream, model, meter, currency, labels,
                requests, estimated_requests, unpriced_requests, open_requests, late_requests,
                unpriced_readings, quantity, list_amount, contracted_amount, chargeback_amount
            FROM tollbook.fact_known($1::timestamptz, $4::timestamptz, $21::timestamptz)
        """

    /// Rollups know the quarter of an hour and facts the instant: `unpriced_since` takes both to the quarter.
    private static let partSQL: StaticString = """
        ), kinds AS (
            SELECT *,
                meter LIKE 'in.%' AND meter NOT LIKE '%.seconds' AND meter NOT LIKE '%.chars' AS is_input,
                meter LIKE 'out.%' AND meter NOT LIKE '%.seconds' AND meter NOT LIKE '%.chars' AS is_output
            FROM source
            WHERE ($14::text IS NULL OR tenant = $14) AND ($15::text IS NULL OR user_id = $15)
                AND ($16::text IS NULL OR key_id = $16) AND ($17::text IS NULL OR model = $17)
                AND ($18::text IS NULL OR provider = $18) AND ($19::text IS NULL OR upstream = $19)
                AND ($20::text IS NULL OR labels::jsonb @> $20::jsonb)
        ), part AS (
            SELECT
                CASE WHEN $5::boolean THEN tenant ELSE '' END AS tenant,
                CASE WHEN $6::boolean THEN user_id ELSE '' END AS user_id,
                CASE WHEN $7::boolean THEN key_id ELSE '' END AS key_id,
                CASE WHEN $8::boolean THEN model ELSE '' END AS model,
                CASE WHEN $9::boolean THEN provider ELSE '' END AS provider,
                CASE WHEN $10::boolean THEN upstream ELSE '' END AS upstream,
                CASE WHEN $11::boolean THEN meter ELSE '' END AS meter,
                CASE WHEN cardinality($12::text[]) = 0 THEN '{}'::text[] ELSE ARRAY(
                    SELECT coalesce(labels ->> n.name, '')
                    FROM unnest($12::text[]) WITH ORDINALITY AS n(name, no) ORDER BY n.no)
                END AS label_values,
                CASE WHEN cardinality($13::timestamptz[]) = 0 THEN 0
                    ELSE width_bucket(at, $13::timestamptz[]) - 1 END AS unit,
                currency, requests, estimated_requests, unpriced_requests, open_requests, late_requests,
                unpriced_readings, quantity, CASE WHEN is_input THEN quantity ELSE 0 END AS input,
                CASE WHEN is_input AND meter LIKE '%.cache_read%' THEN quantity ELSE 0 END AS cache_read,
                CASE WHEN is_input AND meter LIKE '%.cache_write%' THEN quantity ELSE 0 END AS cache_write,
                CASE WHEN is_output THEN quantity ELSE 0 END AS output,
                CASE WHEN is_output AND meter LIKE '%.reasoning' THEN quantity ELSE 0 END AS reasoning,
                list_amount, contracted_amount, chargeback_amount,
                CASE WHEN unpriced_requests > 0 THEN date_bin('15 minutes', at, 'epoch') END
                    AS unpriced_since
            FROM kinds
        """

    private static let daysSQL: StaticString = """
        SELECT CASE WHEN $5::boolean THEN d.tenant ELSE '' END AS tenant, '' AS user_id, '' AS key_id,
            CASE WHEN $8::boolean THEN d.model ELSE '' END AS model,
            CASE WHEN $9::boolean THEN d.provider ELSE '' END AS provider,
            CASE WHEN $10::boolean THEN d.upstream ELSE '' END AS upstream,
            '' AS meter, '{}'::text[] AS label_values,
            CASE WHEN cardinality($13::timestamptz[]) = 0 THEN 0
                ELSE width_bucket(d.day, $13::timestamptz[]) - 1 END AS unit,
            d.currency, d.requests, d.estimated_requests, d.unpriced_requests, d.open_requests,
            d.late_requests, d.unpriced_readings, d.quantity, d.input, d.cache_read, d.cache_write,
            d.output, d.reasoning, d.list_amount, d.contracted_amount, d.chargeback_amount,
            CASE WHEN d.unpriced_requests > 0 THEN (
                SELECT min(r.bucket) FROM tollbook.rollup r
                WHERE r.tenant = d.tenant AND r.bucket >= d.day AND r.bucket < d.day + interval '24 hours'
                    AND r.unpriced_requests > 0 AND r.model = d.model AND r.provider = d.provider
                    AND r.upstream = d.upstream AND r.currency = d.currency)
            END AS unpriced_since
        FROM unnest($26::timestamptz[], $27::timestamptz[]) AS span(since, until)
        JOIN tollbook.rollup_day d ON d.day >= span.since AND d.day < span.until
        WHERE ($14::text IS NULL OR d.tenant = $14) AND ($17::text IS NULL OR d.model = $17)
            AND ($18::text IS NULL OR d.provider = $18) AND ($19::text IS NULL OR d.upstream = $19)
        """

    private static let sumSQL: StaticString = """
        SELECT tenant, user_id, key_id, model, provider, upstream, meter, label_values, unit, currency,
            sum(requests)::bigint, sum(estimated_requests)::bigint, sum(unpriced_requests)::bigint,
            sum(open_requests)::bigint, sum(late_requests)::bigint, sum(unpriced_readings)::bigint,
            sum(quantity), sum(input), sum(cache_read), sum(cache_write), sum(output), sum(reasoning),
            sum(list_amount), sum(contracted_amount), sum(chargeback_amount), min(unpriced_since)
        FROM part
        GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10
        """
}
