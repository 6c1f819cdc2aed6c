-- Who may spend: tenants, gateway keys, the trail of what was changed by whom, and spend that found its
-- tenant later. A key's secret is nowhere: only its HMAC under a pepper that is not in this database.

CREATE TABLE tollbook.tenant (
    tenant text COLLATE "C" PRIMARY KEY,
    currency text NOT NULL,
    timezone text NOT NULL,             -- IANA name: where its days and months begin
    cost_center text NOT NULL,          -- empty for none
    created_at timestamptz NOT NULL,
    archived_at timestamptz             -- from then on nothing is spent for it
);

CREATE TABLE tollbook.gateway_key (
    tenant text COLLATE "C" NOT NULL,
    key_id text COLLATE "C" NOT NULL,
    name text COLLATE "C" NOT NULL,     -- empty for none
    user_id text COLLATE "C" NOT NULL,  -- empty: the caller says who it is
    upstreams text[] NOT NULL,          -- allowed; empty for all
    models text[] NOT NULL,             -- allowed names and patterns; empty for all
    labels json NOT NULL,               -- put on every call
    created_at timestamptz NOT NULL,
    expires_at timestamptz,
    revoked_at timestamptz,
    PRIMARY KEY (tenant, key_id)
);

-- A key has one secret, and while it is rotated the one before it too. The prefix is the public start of
-- a secret, by which it is looked up.
CREATE TABLE tollbook.key_secret (
    tenant text COLLATE "C" NOT NULL,
    prefix text COLLATE "C" NOT NULL,
    key_id text COLLATE "C" NOT NULL,
    pepper_id text NOT NULL,            -- which pepper it needs, without saying anything about it
    digest bytea NOT NULL,              -- HMAC-SHA-256 of the secret
    created_at timestamptz NOT NULL,
    expires_at timestamptz,             -- the old one, after a rotation
    PRIMARY KEY (tenant, prefix),
    FOREIGN KEY (tenant, key_id) REFERENCES tollbook.gateway_key
);

-- One row, counted up by every change of the tables above in the same transaction: sidecars look at it.
CREATE TABLE tollbook.access_version (
    one boolean PRIMARY KEY CHECK (one),
    version bigint NOT NULL
);
INSERT INTO tollbook.access_version VALUES (true, 0);

-- Every change of what the ledger is told by hand.
CREATE TABLE tollbook.audit (
    audit_no bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL,
    actor text COLLATE "C" NOT NULL,    -- the user of the operating system that ran the command
    action text COLLATE "C" NOT NULL,   -- such as key.create
    object_kind text COLLATE "C" NOT NULL,
    object text COLLATE "C" NOT NULL,
    detail json NOT NULL
);
CREATE INDEX audit_by_time ON tollbook.audit (at);

-- Whom a pseudonym stands for (privacy.user: hmac). Forgetting takes the name and leaves the row, so
-- that no later call brings the name back.
CREATE TABLE tollbook.pseudonym (
    tenant text COLLATE "C" NOT NULL,
    pseudonym text COLLATE "C" NOT NULL,
    user_id text COLLATE "C",           -- null: forgotten
    seen_at timestamptz NOT NULL,
    PRIMARY KEY (tenant, pseudonym)
);

-- Records that were posted under one tenant and assigned to another afterwards. The record stays; its
-- entries are reversed where they stand, and it is booked again, under the same id, for the other tenant.
CREATE TABLE tollbook.reassignment (
    tenant text COLLATE "C" NOT NULL,
    occurred_at timestamptz NOT NULL,
    record_id uuid NOT NULL,
    assigned_tenant text COLLATE "C" NOT NULL,
    assigned_at timestamptz NOT NULL,
    rule text NOT NULL,
    PRIMARY KEY (tenant, occurred_at, record_id)
);

-- ------------------------------------------------------------------ facts, less what was assigned away

ALTER VIEW tollbook.fact RENAME TO posted_fact;

CREATE VIEW tollbook.fact AS
SELECT * FROM tollbook.posted_fact
UNION ALL
SELECT r.tenant, r.occurred_at, r.user_id, r.key_id, r.provider, r.upstream,
    coalesce(r.model, r.model_requested, '') COLLATE "C", 'request'::text COLLATE "C",
    coalesce(m.currency, '') COLLATE "C", r.labels,
    -1::bigint, -(r.usage_status = 'estimated')::integer::bigint, 0::bigint,
    -(r.completeness = 'open')::integer::bigint,
    -(r.booked_at > r.occurred_at + interval '3600 seconds')::integer::bigint,
    0::bigint, 0::numeric, NULL::numeric, NULL::numeric, NULL::numeric
FROM tollbook.reassignment a
JOIN tollbook.usage_record r
    ON r.tenant = a.tenant AND r.occurred_at = a.occurred_at AND r.record_id = a.record_id
CROSS JOIN LATERAL (
    SELECT (array_agg(e.currency ORDER BY e.book <> 'list', e.entry_no))[1] AS currency
    FROM tollbook.entry e
    WHERE e.tenant = r.tenant AND e.occurred_at = r.occurred_at AND e.record_id = r.record_id
) m;

ALTER FUNCTION tollbook.fact_known(timestamptz, timestamptz, timestamptz) RENAME TO posted_fact_known;

CREATE FUNCTION tollbook.fact_known(since timestamptz, until timestamptz, known timestamptz)
RETURNS TABLE (
    tenant text, occurred_at timestamptz, user_id text, key_id text, provider text, upstream text, model text,
    meter text, currency text, labels json, requests bigint, estimated_requests bigint,
    unpriced_requests bigint, open_requests bigint, late_requests bigint, unpriced_readings bigint,
    quantity numeric, list_amount numeric, contracted_amount numeric, chargeback_amount numeric)
LANGUAGE sql STABLE
BEGIN ATOMIC
    SELECT * FROM tollbook.posted_fact_known(fact_known.since, fact_known.until, fact_known.known)
    UNION ALL
    SELECT r.tenant, r.occurred_at, r.user_id, r.key_id, r.provider, r.upstream,
        coalesce(r.model, r.model_requested, ''), 'request'::text, coalesce(m.currency, ''), r.labels,
        -1::bigint, -(r.usage_status = 'estimated')::integer::bigint, 0::bigint,
        -(r.completeness = 'open')::integer::bigint,
        -(r.booked_at > r.occurred_at + interval '3600 seconds')::integer::bigint,
        0::bigint, 0::numeric, NULL::numeric, NULL::numeric, NULL::numeric
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

-- ------------------------------------------------------------------ roles

-- A sidecar reads tenants and keys and cannot make any. What it adds are the pseudonyms that it meets.
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'tollbook_ingest') THEN
        GRANT SELECT ON tollbook.tenant, tollbook.gateway_key, tollbook.key_secret, tollbook.access_version,
            tollbook.pseudonym, tollbook.reassignment, tollbook.fact, tollbook.posted_fact TO tollbook_ingest;
        GRANT INSERT ON tollbook.pseudonym TO tollbook_ingest;
    END IF;
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'tollbook_report') THEN
        GRANT SELECT ON tollbook.tenant, tollbook.gateway_key, tollbook.audit, tollbook.reassignment,
            tollbook.fact, tollbook.posted_fact TO tollbook_report;
    END IF;
END $$;
