// What `verify` asks PostgreSQL. Each statement looks at one stretch of time in one snapshot, sums the facts
// anew and answers only what does not agree, so that the program's memory does not grow with the ledger. It
// does not use the views of the schema: whoever can change a view could make it agree.

extension LedgerStore {
    /// `$1` since, `$2` until, whole quarters of an hour; `$3` tenant, null for all. Answers the number of
    /// records, of entries and of rollup rows in the first row, then up to a hundred cells that differ.
    static let rollupCheckSQL: StaticString = """
        WITH known AS MATERIALIZED (
            SELECT coalesce(array_agg(name), '{}') AS names, coalesce(array_agg(since), '{}') AS sinces
            FROM tollbook.rollup_label
        ), record AS MATERIALIZED (
            SELECT r.tenant, r.occurred_at, r.record_id, date_bin('15 minutes', r.occurred_at, 'epoch') AS bucket,
                r.user_id, r.key_id, r.provider, r.upstream, coalesce(r.model, r.model_requested, '') AS model,
                CASE WHEN r.labels::text = '{}' THEN '{}'::jsonb ELSE (
                    SELECT coalesce(jsonb_object_agg(l.key, l.value), '{}')
                    FROM json_each(r.labels) AS l(key, value)
                    WHERE r.occurred_at >= n.sinces[array_position(n.names, l.key)])
                END AS labels,
                r.api, r.usage_status, r.completeness, r.booked_at
            FROM tollbook.usage_record r CROSS JOIN known n
            WHERE r.occurred_at >= $1::timestamptz AND r.occurred_at < $2::timestamptz
                AND ($3::text IS NULL OR r.tenant = $3)
        ), charged AS MATERIALIZED (
            SELECT e.tenant, e.occurred_at, e.record_id, e.entry_no, e.kind, e.model, e.meter, e.quantity, e.amount,
                e.currency, e.book, e.also_contracted, e.also_chargeback
            FROM tollbook.entry e
            WHERE e.occurred_at >= $1::timestamptz AND e.occurred_at < $2::timestamptz
                AND ($3::text IS NULL OR e.tenant = $3)
        ), exchange AS (
            SELECT tenant, occurred_at, record_id,
                (array_agg(currency ORDER BY book <> 'list', entry_no))[1] AS currency,
                count(*) FILTER (WHERE kind = 'unpriced')
                    - count(*) FILTER (WHERE kind = 'reversal' AND amount IS NULL) AS unpriced
            FROM charged
            GROUP BY tenant, occurred_at, record_id
        ), cell AS (
            SELECT r.tenant, r.bucket, r.user_id, r.key_id, r.provider, r.upstream, r.model, 'request' AS meter,
                coalesce(x.currency, '') AS currency, r.labels,
                (r.api <> 'adjustment')::integer AS requests,
                (r.usage_status = 'estimated')::integer AS estimated_requests,
                (coalesce(x.unpriced, 0) > 0)::integer AS unpriced_requests,
                (r.completeness = 'open')::integer AS open_requests,
                (r.booked_at > r.occurred_at + interval '3600 seconds')::integer AS late_requests,
                0 AS unpriced_readings, 0::numeric AS quantity, NULL::numeric AS list_amount,
                NULL::numeric AS contracted_amount, NULL::numeric AS chargeback_amount
            FROM record r
            LEFT JOIN exchange x
                ON x.tenant = r.tenant AND x.occurred_at = r.occurred_at AND x.record_id = r.record_id
            UNION ALL
            SELECT r.tenant, r.bucket, r.user_id, r.key_id, r.provider, r.upstream, r.model, 'request',
                coalesce(x.currency, ''), r.labels, -(r.api <> 'adjustment')::integer,
                -(r.usage_status = 'estimated')::integer, 0, -(r.completeness = 'open')::integer,
                -(r.booked_at > r.occurred_at + interval '3600 seconds')::integer, 0, 0, NULL, NULL, NULL
            FROM record r
            JOIN tollbook.reassignment a
                ON a.tenant = r.tenant AND a.occurred_at = r.occurred_at AND a.record_id = r.record_id
            LEFT JOIN exchange x
                ON x.tenant = r.tenant AND x.occurred_at = r.occurred_at AND x.record_id = r.record_id
            UNION ALL
            SELECT r.tenant, r.bucket, r.user_id, r.key_id, r.provider, r.upstream, e.model, e.meter, e.currency,
                r.labels, 0, 0, 0, 0, 0,
                CASE
                    WHEN e.kind = 'unpriced' THEN 1 WHEN e.kind = 'reversal' AND e.amount IS NULL THEN -1
                    ELSE 0
                END,
                CASE WHEN e.book = 'list' THEN e.quantity ELSE 0 END,
                CASE WHEN e.kind <> 'free' AND e.book = 'list' THEN e.amount END,
                CASE WHEN e.kind <> 'free' AND (e.book = 'contracted' OR e.also_contracted) THEN e.amount END,
                CASE WHEN e.kind <> 'free' AND (e.book = 'chargeback' OR e.also_chargeback) THEN e.amount END
            FROM charged e
            JOIN record r
                ON r.tenant = e.tenant AND r.occurred_at = e.occurred_at AND r.record_id = e.record_id
        ), fact AS (
            SELECT tenant, bucket, user_id, key_id, provider, upstream, model, meter, currency, labels,
                ROW(sum(requests), sum(estimated_requests), sum(unpriced_requests), sum(open_requests),
                    sum(late_requests), sum(unpriced_readings))::text AS counts,
                sum(quantity) AS quantity, sum(list_amount) AS list_amount,
                sum(contracted_amount) AS contracted_amount, sum(chargeback_amount) AS chargeback_amount
            FROM cell
            GROUP BY tenant, bucket, user_id, key_id, provider, upstream, model, meter, currency, labels
        ), kept AS (
            SELECT tenant, bucket, user_id, key_id, provider, upstream, model, meter, currency,
                labels::jsonb AS labels, count(*) AS parts,
                ROW(sum(requests), sum(estimated_requests), sum(unpriced_requests), sum(open_requests),
                    sum(late_requests), sum(unpriced_readings))::text AS counts,
                sum(quantity) AS quantity, sum(list_amount) AS list_amount,
                sum(contracted_amount) AS contracted_amount, sum(chargeback_amount) AS chargeback_amount
            FROM tollbook.rollup
            WHERE bucket >= $1::timestamptz AND bucket < $2::timestamptz AND ($3::text IS NULL OR tenant = $3)
            GROUP BY tenant, bucket, user_id, key_id, provider, upstream, model, meter, currency, labels::jsonb
        ), pair AS (
            SELECT tenant, bucket, user_id, model, meter, currency, f.counts AS fact_counts,
                k.counts AS kept_counts, f.quantity AS fact_quantity, k.quantity AS kept_quantity,
                concat_ws('/', coalesce(f.list_amount::text, '-'), coalesce(f.contracted_amount::text, '-'),
                    coalesce(f.chargeback_amount::text, '-')) AS fact_amounts,
                concat_ws('/', coalesce(k.list_amount::text, '-'), coalesce(k.contracted_amount::text, '-'),
                    coalesce(k.chargeback_amount::text, '-')) AS kept_amounts,
                coalesce(f.counts = k.counts AND f.quantity = k.quantity
                    AND f.list_amount IS NOT DISTINCT FROM k.list_amount
                    AND f.contracted_amount IS NOT DISTINCT FROM k.contracted_amount
                    AND f.chargeback_amount IS NOT DISTINCT FROM k.chargeback_amount, false) AS agrees
            FROM fact f
            FULL JOIN kept k USING (
                tenant, bucket, user_id, key_id, provider, upstream, model, meter, currency, labels)
        )
        SELECT '' AS tenant, NULL::timestamptz AS bucket, '' AS user_id, '' AS model, '' AS meter,
            (SELECT count(*) FROM record)::text, (SELECT count(*) FROM charged)::text,
            (SELECT count(*) FROM tollbook.rollup
                WHERE bucket >= $1::timestamptz AND bucket < $2::timestamptz
                    AND ($3::text IS NULL OR tenant = $3))::text,
            (SELECT count(*) FROM pair WHERE NOT agrees)::text, '', ''
        UNION ALL
        (SELECT tenant, bucket, user_id, model, meter, fact_counts, kept_counts, fact_quantity::text,
            kept_quantity::text, fact_amounts, kept_amounts
        FROM pair WHERE NOT agrees
        ORDER BY bucket, tenant, model, meter, user_id
        LIMIT 100)
        """

    /// The sums of one day (`$1`–`$3` as above) against those of its quarters of an hour, which were compared
    /// before. A day with facts of older sidecars (see ``ReportSpans``) has no sums that anybody reads.
    static let dayCheckSQL: StaticString = """
        WITH fact AS (
            SELECT tenant, provider, upstream, model, currency,
                ARRAY[sum(requests), sum(estimated_requests), sum(unpriced_requests), sum(open_requests),
                    sum(late_requests), sum(unpriced_readings), trim_scale(sum(quantity)),
                    trim_scale(coalesce(sum(quantity) FILTER (WHERE is_input), 0)),
                    trim_scale(coalesce(sum(quantity) FILTER (WHERE is_input AND meter LIKE '%.cache_read%'), 0)),
                    trim_scale(coalesce(sum(quantity) FILTER (WHERE is_input AND meter LIKE '%.cache_write%'), 0)),
                    trim_scale(coalesce(sum(quantity) FILTER (WHERE is_output), 0)),
                    trim_scale(coalesce(sum(quantity) FILTER (WHERE is_output AND meter LIKE '%.reasoning'), 0)),
                    trim_scale(sum(list_amount)), trim_scale(sum(contracted_amount)),
                    trim_scale(sum(chargeback_amount))]::text AS sums
            FROM (
                SELECT *,
                    meter LIKE 'in.%' AND meter NOT LIKE '%.seconds' AND meter NOT LIKE '%.chars'
                        AS is_input,
                    meter LIKE 'out.%' AND meter NOT LIKE '%.seconds' AND meter NOT LIKE '%.chars'
                        AS is_output
                FROM tollbook.rollup
                WHERE bucket >= $1::timestamptz AND bucket < $2::timestamptz
                    AND ($3::text IS NULL OR tenant = $3)) AS kinds
            GROUP BY tenant, provider, upstream, model, currency
        ), kept AS (
            SELECT tenant, provider, upstream, model, currency,
                ARRAY[requests::numeric, estimated_requests::numeric, unpriced_requests::numeric,
                    open_requests::numeric, late_requests::numeric, unpriced_readings::numeric,
                    trim_scale(quantity), trim_scale(input), trim_scale(cache_read), trim_scale(cache_write),
                    trim_scale(output), trim_scale(reasoning), trim_scale(list_amount),
                    trim_scale(contracted_amount), trim_scale(chargeback_amount)]::text AS sums
            FROM tollbook.rollup_day
            WHERE day >= $1::timestamptz AND day < $2::timestamptz AND ($3::text IS NULL OR tenant = $3)
        )
        SELECT tenant, model, facts, kept
        FROM (
            SELECT tenant, model, f.sums AS facts, k.sums AS kept
            FROM fact f
            FULL JOIN kept k USING (tenant, provider, upstream, model, currency)
            WHERE f.sums IS DISTINCT FROM k.sums
            OFFSET 0) AS differing
        WHERE NOT EXISTS (
            SELECT 1 FROM tollbook.usage_record
            WHERE occurred_at >= $1::timestamptz AND occurred_at < $2::timestamptz AND NOT in_day)
            AND NOT EXISTS (
            SELECT 1 FROM tollbook.entry
            WHERE occurred_at >= $1::timestamptz AND occurred_at < $2::timestamptz AND NOT in_day)
        ORDER BY tenant, model
        """

    /// Entries of a stretch of time (`$1`–`$3` as above) whose record is not there.
    static let orphanCheckSQL: StaticString = """
        SELECT e.tenant, date_bin('15 minutes', e.occurred_at, 'epoch'), e.record_id::text, e.entry_no::bigint
        FROM tollbook.entry e
        LEFT JOIN tollbook.usage_record r
            ON r.tenant = e.tenant AND r.occurred_at = e.occurred_at AND r.record_id = e.record_id
                AND r.occurred_at >= $1::timestamptz AND r.occurred_at < $2::timestamptz
        WHERE e.occurred_at >= $1::timestamptz AND e.occurred_at < $2::timestamptz
            AND ($3::text IS NULL OR e.tenant = $3) AND r.record_id IS NULL
        ORDER BY e.occurred_at, e.tenant, e.record_id, e.entry_no
        """

    /// Records of a stretch of time whose number the row of their sidecar does not know, or which two have.
    /// What is booked by hand or by terms comes from no sidecar.
    static let sequenceCheckSQL: StaticString = """
        WITH numbered AS (
            SELECT r.instance, r.seq, count(*) AS records, min(r.occurred_at) AS first, min(r.tenant) AS tenant,
                min(r.record_id::text) AS record_id
            FROM tollbook.usage_record r
            WHERE r.occurred_at >= $1::timestamptz AND r.occurred_at < $2::timestamptz
                AND ($3::text IS NULL OR r.tenant = $3) AND r.api <> 'adjustment'
                AND NOT EXISTS (
                    SELECT FROM tollbook.reassignment a
                    WHERE a.tenant = r.tenant AND a.occurred_at = r.occurred_at AND a.record_id = r.record_id)
            GROUP BY r.instance, r.seq
        )
        SELECT n.tenant, date_bin('15 minutes', n.first, 'epoch'), n.record_id, n.instance, n.seq, n.records
        FROM numbered n
        LEFT JOIN tollbook.instance i ON i.instance = n.instance AND i.received @> n.seq
        WHERE n.records > 1 OR i.instance IS NULL
        ORDER BY n.first, n.tenant, n.instance, n.seq
        """

    /// From when to when there is anything to sum up. Entries without a record are looked for outside as
    /// well.
    static let extentSQL: StaticString = """
        SELECT min(first), max(last) FROM (
            SELECT min(occurred_at) AS first, max(occurred_at) AS last FROM tollbook.usage_record
            UNION ALL SELECT min(bucket), max(bucket) FROM tollbook.rollup
        ) AS ends
        """

    /// Conflicts whose digest is not that of their content, and settlements without their owner. A settlement
    /// of a month that was put aside has no owner here.
    static let keptCheckSQL: StaticString = """
        WITH claimed AS MATERIALIZED (
            SELECT s.tenant, s.occurred_at, s.record_id
            FROM tollbook.settlement s
            WHERE ($1::text IS NULL OR s.tenant = $1)
                AND NOT EXISTS (
                    SELECT FROM tollbook.archive a
                    WHERE a.month = to_char(s.occurred_at, 'YYYY-MM') AND a.restored_at IS NULL)
        ), owning AS MATERIALIZED (
            SELECT r.tenant, r.occurred_at, r.record_id
            FROM claimed s
            JOIN tollbook.usage_record r
                ON r.tenant = s.tenant AND r.occurred_at = s.occurred_at AND r.record_id = s.record_id
        )
        SELECT 'conflict', c.tenant, c.occurred_at, c.record_id::text
        FROM tollbook.conflict c
        WHERE c.digest <> sha256(convert_to(c.content, 'UTF8')) AND ($1::text IS NULL OR c.tenant = $1)
        UNION ALL
        SELECT 'settlement', s.tenant, s.occurred_at, s.record_id::text
        FROM claimed s
        WHERE (s.tenant, s.occurred_at, s.record_id) NOT IN (SELECT tenant, occurred_at, record_id FROM owning)
        """
}
