-- Usage that found its tenant afterwards. The record stays as it was posted; what was booked for it is taken back
-- by reversals, its request is taken out of the sums, and the same record is booked once more under the tenant
-- that it belongs to, in one transaction. A row of tollbook.reassignment says so, and whoever counts records
-- leaves those out that were assigned away.

CREATE INDEX reassignment_target ON tollbook.reassignment (assigned_tenant, occurred_at, record_id);

-- The facts as in migration 0008, less the requests that were assigned away.
CREATE OR REPLACE VIEW tollbook.fact WITH (security_invoker = true) AS
SELECT r.tenant, r.occurred_at, r.user_id, r.key_id, r.provider, r.upstream,
    coalesce(r.model, r.model_requested, '') COLLATE "C" AS model, 'request'::text COLLATE "C" AS meter,
    coalesce(m.currency, '') COLLATE "C" AS currency, r.labels,
    (r.api <> 'adjustment')::integer::bigint AS requests,
    (r.usage_status = 'estimated')::integer::bigint AS estimated_requests,
    (m.unpriced > 0)::integer::bigint AS unpriced_requests,
    (r.completeness = 'open')::integer::bigint AS open_requests,
    (r.booked_at > r.occurred_at + interval '3600 seconds')::integer::bigint AS late_requests,
    0::bigint AS unpriced_readings,
    0::numeric AS quantity,
    NULL::numeric AS list_amount, NULL::numeric AS contracted_amount, NULL::numeric AS chargeback_amount
FROM tollbook.usage_record r
CROSS JOIN LATERAL (
    SELECT (array_agg(e.currency ORDER BY e.book <> 'list', e.entry_no))[1] AS currency,
        count(*) FILTER (WHERE e.kind = 'unpriced')
            - count(*) FILTER (WHERE e.kind = 'reversal' AND e.amount IS NULL) AS unpriced
    FROM tollbook.entry e
    WHERE e.tenant = r.tenant AND e.occurred_at = r.occurred_at AND e.record_id = r.record_id
) m
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
UNION ALL
SELECT r.tenant, r.occurred_at, r.user_id, r.key_id, r.provider, r.upstream,
    coalesce(r.model, r.model_requested, ''), 'request', coalesce(m.currency, ''), r.labels,
    -(r.api <> 'adjustment')::integer::bigint, -(r.usage_status = 'estimated')::integer::bigint, 0,
    -(r.completeness = 'open')::integer::bigint,
    -(r.booked_at > r.occurred_at + interval '3600 seconds')::integer::bigint,
    0, 0, NULL, NULL, NULL
FROM tollbook.reassignment a
JOIN tollbook.usage_record r
    ON r.tenant = a.tenant AND r.occurred_at = a.occurred_at AND r.record_id = a.record_id
CROSS JOIN LATERAL (
    SELECT (array_agg(e.currency ORDER BY e.book <> 'list', e.entry_no))[1] AS currency
    FROM tollbook.entry e
    WHERE e.tenant = r.tenant AND e.occurred_at = r.occurred_at AND e.record_id = r.record_id
) m;

CREATE OR REPLACE FUNCTION tollbook.fact_known(since timestamptz, until timestamptz, known timestamptz)
RETURNS TABLE (
    tenant text, occurred_at timestamptz, user_id text, key_id text, provider text, upstream text, model text,
    meter text, currency text, labels json, requests bigint, estimated_requests bigint,
    unpriced_requests bigint, open_requests bigint, late_requests bigint, unpriced_readings bigint,
    quantity numeric, list_amount numeric, contracted_amount numeric, chargeback_amount numeric)
LANGUAGE sql STABLE
BEGIN ATOMIC
    SELECT r.tenant, r.occurred_at, r.user_id, r.key_id, r.provider, r.upstream,
        coalesce(r.model, r.model_requested, ''), 'request'::text, coalesce(m.currency, ''), r.labels,
        (r.api <> 'adjustment')::integer::bigint, (r.usage_status = 'estimated')::integer::bigint, (m.unpriced > 0)::integer::bigint,
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
        AND r.booked_at <= fact_known.known AND e.booked_at <= fact_known.known
    UNION ALL
    SELECT r.tenant, r.occurred_at, r.user_id, r.key_id, r.provider, r.upstream,
        coalesce(r.model, r.model_requested, ''), 'request', coalesce(m.currency, ''), r.labels,
        -(r.api <> 'adjustment')::integer::bigint, -(r.usage_status = 'estimated')::integer::bigint, 0,
        -(r.completeness = 'open')::integer::bigint,
        -(r.booked_at > r.occurred_at + interval '3600 seconds')::integer::bigint,
        0, 0, NULL, NULL, NULL
    FROM tollbook.reassignment a
    JOIN tollbook.usage_record r
        ON r.tenant = a.tenant AND r.occurred_at = a.occurred_at AND r.record_id = a.record_id
    CROSS JOIN LATERAL (
        SELECT (array_agg(e.currency ORDER BY e.book <> 'list', e.entry_no))[1] AS currency
        FROM tollbook.entry e
        WHERE e.tenant = r.tenant AND e.occurred_at = r.occurred_at AND e.record_id = r.record_id
    ) m
    WHERE a.occurred_at >= fact_known.since AND a.occurred_at < fact_known.until
        AND a.assigned_at <= fact_known.known;
END;

DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'tollbook_ingest') THEN
        GRANT SELECT, INSERT ON tollbook.reassignment TO tollbook_ingest;
    END IF;
    -- A tenant's reader sees what was taken from that tenant, like its other rows.
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'tollbook_tenant') THEN
        GRANT SELECT ON tollbook.reassignment TO tollbook_tenant;
        ALTER TABLE tollbook.reassignment ENABLE ROW LEVEL SECURITY;
        CREATE POLICY own_rows ON tollbook.reassignment FOR SELECT TO tollbook_tenant USING (tenant IN (
            SELECT r.tenant FROM tollbook.reader r WHERE r.role = current_user));
        CREATE POLICY all_rows ON tollbook.reassignment TO tollbook_ingest, tollbook_report USING (true)
            WITH CHECK (true);
    END IF;
END $$;
