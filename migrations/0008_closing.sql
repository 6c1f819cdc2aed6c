-- Closing a month. A closed month takes nothing any more: usage that comes late and corrections of its
-- entries are booked with the time at which they came, in the month that is open then, and name the closed
-- month that they belong to (carried_from). Nothing moves in the rollups, which go by the time of usage; what
-- is carried can be told from the facts alone, and a report by booking subtracts it here and adds it there.

ALTER TABLE tollbook.usage_record ADD COLUMN carried_from text COLLATE "C";
ALTER TABLE tollbook.entry ADD COLUMN carried_from text COLLATE "C";

-- Few rows ever: only those are in it that came after a month was closed.
CREATE INDEX usage_record_carried ON tollbook.usage_record (booked_at) WHERE carried_from IS NOT NULL;
CREATE INDEX entry_carried ON tollbook.entry (booked_at) WHERE carried_from IS NOT NULL;

-- The bounds of a month in its tenant's zone are computed by the program: the database's own zone tables
-- decide nothing. The row of the tenant '' closes the month for whoever has no row of their own.
ALTER TABLE tollbook.period ADD COLUMN since timestamptz;
ALTER TABLE tollbook.period ADD COLUMN until timestamptz;
ALTER TABLE tollbook.period ADD COLUMN timezone text;
CREATE INDEX period_closed ON tollbook.period (until) WHERE state = 'closed';

-- What a month came to when it was closed. Never changed.
CREATE TABLE tollbook.period_seal (
    tenant text COLLATE "C" NOT NULL,   -- '' for all tenants together
    period text COLLATE "C" NOT NULL,
    sealed_at timestamptz NOT NULL,
    totals json NOT NULL,
    digest text NOT NULL,               -- SHA-256 of the totals' text
    PRIMARY KEY (tenant, period)
);

-- The statement of a closed month, as it was written when it was closed, in every format.
CREATE TABLE tollbook.period_statement (
    tenant text COLLATE "C" NOT NULL,
    period text COLLATE "C" NOT NULL,
    format text COLLATE "C" NOT NULL,
    content text NOT NULL,
    PRIMARY KEY (tenant, period, format)
);

-- What was carried out of a closed month, in the shape of tollbook.fact, with the time that it belongs to
-- and the time that it was booked at: the exchange of a record that came late, every entry that was added
-- later, and how such an entry changed whether the exchange has a price.
CREATE VIEW tollbook.carried WITH (security_invoker = true) AS
SELECT r.tenant, r.occurred_at, r.booked_at, r.carried_from, r.record_id, r.user_id, r.key_id, r.provider,
    r.upstream, coalesce(r.model, r.model_requested, '') COLLATE "C" AS model,
    'request'::text COLLATE "C" AS meter, coalesce(m.currency, '') COLLATE "C" AS currency, r.labels,
    'usage'::text AS kind,
    (r.api <> 'adjustment')::integer::bigint AS requests,
    (r.usage_status = 'estimated')::integer::bigint AS estimated_requests,
    0::bigint AS unpriced_requests,
    (r.completeness = 'open')::integer::bigint AS open_requests,
    (r.booked_at > r.occurred_at + interval '3600 seconds')::integer::bigint AS late_requests,
    0::bigint AS unpriced_readings, 0::numeric AS quantity,
    NULL::numeric AS list_amount, NULL::numeric AS contracted_amount, NULL::numeric AS chargeback_amount
FROM tollbook.usage_record r
CROSS JOIN LATERAL (
    SELECT (array_agg(e.currency ORDER BY e.book <> 'list', e.entry_no))[1] AS currency
    FROM tollbook.entry e
    WHERE e.tenant = r.tenant AND e.occurred_at = r.occurred_at AND e.record_id = r.record_id
) m
WHERE r.carried_from IS NOT NULL
UNION ALL
SELECT r.tenant, r.occurred_at, c.booked_at, c.carried_from, r.record_id, r.user_id, r.key_id, r.provider,
    r.upstream, coalesce(r.model, r.model_requested, ''), 'request', coalesce(m.currency, ''), r.labels,
    'correction', 0, 0, c.step, 0, 0, 0, 0, NULL, NULL, NULL
FROM (
    SELECT o.tenant, o.occurred_at, o.record_id, n.booked_at, n.carried_from, sum(n.step) AS step
    FROM (
        SELECT DISTINCT tenant, occurred_at, record_id FROM tollbook.entry WHERE carried_from IS NOT NULL
    ) o
    CROSS JOIN LATERAL (
        -- In the order of the entries' numbers: a sidecar's clock may have been behind.
        SELECT m.booked_at, m.carried_from,
            (sum(m.change) OVER numbers > 0)::integer - (sum(m.change) OVER numbers - m.change > 0)::integer
                AS step
        FROM (
            SELECT e.entry_no, e.booked_at, e.carried_from,
                CASE
                    WHEN e.kind = 'unpriced' THEN 1
                    WHEN e.kind = 'reversal' AND e.amount IS NULL THEN -1 ELSE 0
                END AS change
            FROM tollbook.entry e
            WHERE e.tenant = o.tenant AND e.occurred_at = o.occurred_at AND e.record_id = o.record_id
        ) m
        WINDOW numbers AS (ORDER BY m.entry_no)
    ) n
    WHERE n.carried_from IS NOT NULL
    GROUP BY o.tenant, o.occurred_at, o.record_id, n.booked_at, n.carried_from
    HAVING sum(n.step) <> 0
) c
JOIN tollbook.usage_record r
    ON r.tenant = c.tenant AND r.occurred_at = c.occurred_at AND r.record_id = c.record_id
CROSS JOIN LATERAL (
    SELECT (array_agg(e.currency ORDER BY e.book <> 'list', e.entry_no))[1] AS currency
    FROM tollbook.entry e
    WHERE e.tenant = c.tenant AND e.occurred_at = c.occurred_at AND e.record_id = c.record_id
) m
UNION ALL
SELECT r.tenant, r.occurred_at, e.booked_at, e.carried_from, r.record_id, r.user_id, r.key_id, r.provider,
    r.upstream, e.model, e.meter, e.currency, r.labels,
    CASE
        WHEN e.kind = 'adjustment' THEN 'adjustment'
        WHEN e.correction_of IS NULL AND e.kind NOT IN ('reversal', 'replacement') THEN 'usage'
        ELSE 'correction'
    END,
    0, 0, 0, 0, 0,
    CASE
        WHEN e.kind = 'unpriced' THEN 1 WHEN e.kind = 'reversal' AND e.amount IS NULL THEN -1 ELSE 0
    END,
    CASE WHEN e.book = 'list' THEN e.quantity ELSE 0 END,
    CASE WHEN e.kind <> 'free' AND e.book = 'list' THEN e.amount END,
    CASE WHEN e.kind <> 'free' AND (e.book = 'contracted' OR e.also_contracted) THEN e.amount END,
    CASE WHEN e.kind <> 'free' AND (e.book = 'chargeback' OR e.also_chargeback) THEN e.amount END
FROM tollbook.entry e
JOIN tollbook.usage_record r
    ON r.tenant = e.tenant AND r.occurred_at = e.occurred_at AND r.record_id = e.record_id
WHERE e.carried_from IS NOT NULL;

-- What is booked by hand is a record without a request: both views of the facts count none for it.
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
    ON e.tenant = r.tenant AND e.occurred_at = r.occurred_at AND e.record_id = r.record_id;

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
        AND r.booked_at <= fact_known.known AND e.booked_at <= fact_known.known;
END;

DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'tollbook_ingest') THEN
        GRANT SELECT ON tollbook.carried TO tollbook_ingest;
    END IF;
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'tollbook_report') THEN
        GRANT SELECT ON tollbook.carried, tollbook.period_seal, tollbook.period_statement TO tollbook_report;
    END IF;
    -- Shows a tenant's reader that tenant's rows only, like the other views.
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'tollbook_tenant') THEN
        GRANT SELECT ON tollbook.carried TO tollbook_tenant;
    END IF;
END $$;
