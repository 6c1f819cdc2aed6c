-- What was known at an instant: the facts and entries that were booked up to it, in the shape of
-- tollbook.fact. A function and not a view, because the sums within a record depend on the instant too.

CREATE FUNCTION tollbook.fact_known(since timestamptz, until timestamptz, known timestamptz)
RETURNS TABLE (
    tenant text, occurred_at timestamptz, user_id text, key_id text, provider text, upstream text, model text,
    meter text, currency text, labels json, requests bigint, estimated_requests bigint,
    unpriced_requests bigint, open_requests bigint, late_requests bigint, unpriced_readings bigint,
    quantity numeric, list_amount numeric, contracted_amount numeric, chargeback_amount numeric)
LANGUAGE sql STABLE
BEGIN ATOMIC
    SELECT r.tenant, r.occurred_at, r.user_id, r.key_id, r.provider, r.upstream,
        coalesce(r.model, r.model_requested, ''), 'request'::text, coalesce(m.currency, ''), r.labels,
        1::bigint, (r.usage_status = 'estimated')::integer::bigint, (m.unpriced > 0)::integer::bigint,
        (r.completeness = 'open')::integer::bigint,
        (r.booked_at > r.occurred_at + interval '3600 seconds')::integer::bigint,
        0::bigint, 0::numeric, NULL::numeric, NULL::numeric, NULL::numeric
    FROM tollbook.usage_record r
    CROSS JOIN LATERAL (
        SELECT (array_agg(e.currency ORDER BY e.book <> 'list', e.entry_no))[1] AS currency,
            count(*) FILTER (WHERE e.kind = 'unpriced')
                - count(*) FILTER (WHERE e.kind = 'reversal' AND e.amount IS NULL) AS unpriced
        FROM tollbook.entry e
        WHERE e.tenant = r.tenant AND e.occurred_at = r.occurred_at AND e.record_id = r.record_id
            AND e.booked_at <= fact_known.known
    ) m
    WHERE r.occurred_at >= fact_known.since AND r.occurred_at < fact_known.until
        AND r.booked_at <= fact_known.known
    UNION ALL
    SELECT r.tenant, r.occurred_at, r.user_id, r.key_id, r.provider, r.upstream, e.model, e.meter, e.currency,
        r.labels, 0, 0, 0, 0, 0,
        CASE
            WHEN e.kind = 'unpriced' THEN 1 WHEN e.kind = 'reversal' AND e.amount IS NULL THEN -1 ELSE 0
        END,
        CASE WHEN e.book = 'list' THEN e.quantity ELSE 0 END,
        CASE WHEN e.kind <> 'free' AND e.book = 'list' THEN e.amount END,
        CASE WHEN e.kind <> 'free' AND (e.book = 'contracted' OR e.also_contracted) THEN e.amount END,
        CASE WHEN e.kind <> 'free' AND (e.book = 'chargeback' OR e.also_chargeback) THEN e.amount END
    FROM tollbook.usage_record r
    JOIN tollbook.entry e
        ON e.tenant = r.tenant AND e.occurred_at = r.occurred_at AND e.record_id = r.record_id
    WHERE r.occurred_at >= fact_known.since AND r.occurred_at < fact_known.until
        AND r.booked_at <= fact_known.known AND e.booked_at <= fact_known.known;
END;
