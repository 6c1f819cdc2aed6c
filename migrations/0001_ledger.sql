-- The ledger: facts (usage_record) apart from money (entry), sums of both (rollup), and what they need.
--
-- Rules that every table keeps, so that the same schema runs on plain PostgreSQL (15 and later), through
-- PgBouncer in transaction mode, and distributed by tenant: the tenant is first in every unique key of
-- tenant data; no triggers; no now() in upserts (times are parameters); names are always qualified.
-- Facts and entries are only ever added: no role of the program may change or delete them.
-- Text that identifies something sorts by bytes (COLLATE "C"), whatever the database's locale is.

-- ------------------------------------------------------------------ facts

CREATE TABLE tollbook.usage_record (
    tenant text COLLATE "C" NOT NULL,
    occurred_at timestamptz NOT NULL,   -- start of the exchange; set once by the sidecar
    record_id uuid NOT NULL,            -- minted by the sidecar before the call
    booked_at timestamptz NOT NULL,     -- when the ledger learnt it
    period text COLLATE "C" NOT NULL,   -- month that carries it, 2026-10
    operation_id text NOT NULL,
    attempt integer NOT NULL,
    instance text COLLATE "C" NOT NULL,
    seq bigint NOT NULL,                -- gapless per instance, from 1
    user_id text COLLATE "C" NOT NULL,  -- empty when unknown
    key_id text COLLATE "C" NOT NULL,
    labels json NOT NULL,
    upstream text COLLATE "C" NOT NULL,
    provider text COLLATE "C" NOT NULL,
    dialect text NOT NULL,
    dialect_version integer NOT NULL,
    api text NOT NULL,
    model_requested text,
    model text,
    response_id text,
    provider_request_id text,
    stream boolean NOT NULL,
    http_status integer NOT NULL,       -- 0: no response came
    finish_reason text,
    service_tier text,
    usage_status text NOT NULL,
    completeness text NOT NULL,
    not_billable_reason text,           -- null: billable
    -- The headline, in tokens: null is not reported, 0 is reported as zero; never an estimate.
    input_tokens bigint,
    cache_read_tokens bigint,
    cache_write_tokens bigint,
    cache_write_1h_tokens bigint,
    audio_input_tokens bigint,
    image_input_tokens bigint,
    tool_prompt_tokens bigint,
    output_tokens bigint,
    reasoning_tokens bigint,
    audio_output_tokens bigint,
    web_searches bigint,
    provider_cost_usd text,             -- a claim, in the provider's own digits
    components json NOT NULL,           -- what is billed: role, model, meters, selectors
    estimate json,
    anomalies text[] NOT NULL,
    raw_usage json,                     -- the provider's words, verbatim
    first_byte_ms bigint,
    total_ms bigint NOT NULL,
    request_bytes bigint NOT NULL,
    response_bytes bigint NOT NULL,
    PRIMARY KEY (tenant, occurred_at, record_id)
) PARTITION BY RANGE (occurred_at);

-- Listing in the order of time, and finding a record by its id, whose first bits are a time.
CREATE INDEX usage_record_by_time ON tollbook.usage_record (occurred_at, record_id);

-- The same key arrived with other content: the first stays, this one is kept to be looked at.
CREATE TABLE tollbook.conflict (
    tenant text COLLATE "C" NOT NULL,
    occurred_at timestamptz NOT NULL,
    record_id uuid NOT NULL,
    digest bytea NOT NULL,              -- SHA-256 of content
    content text NOT NULL,
    seen_at timestamptz NOT NULL,
    PRIMARY KEY (tenant, occurred_at, record_id, digest)
);

-- ------------------------------------------------------------------ money

CREATE TABLE tollbook.entry (
    tenant text COLLATE "C" NOT NULL,
    occurred_at timestamptz NOT NULL,
    record_id uuid NOT NULL,
    entry_no smallint NOT NULL,         -- from 0 within the record
    booked_at timestamptz NOT NULL,
    period text COLLATE "C" NOT NULL,
    kind text NOT NULL
        CHECK (kind IN ('charge', 'unpriced', 'free', 'reversal', 'replacement', 'adjustment')),
    correction_of smallint,             -- the entry_no that this one corrects
    component smallint NOT NULL,        -- index into usage_record.components
    model text COLLATE "C" NOT NULL,
    meter text COLLATE "C" NOT NULL,
    quantity numeric(38, 9) NOT NULL,
    amount numeric(38, 12),             -- null: unpriced, which is not zero
    currency text COLLATE "C" NOT NULL, -- empty where nothing is charged
    book text NOT NULL CHECK (book IN ('list', 'contracted', 'chargeback')),
    also_contracted boolean NOT NULL,   -- no rate of its own there: the amount stands in it as well
    also_chargeback boolean NOT NULL,
    rate_id text NOT NULL,
    price_version text NOT NULL,
    rounded boolean NOT NULL,
    PRIMARY KEY (tenant, occurred_at, record_id, entry_no)
) PARTITION BY RANGE (occurred_at);

-- Quantities are counted once (in the list book), requests once (under the meter `request`).
CREATE TABLE tollbook.rollup (
    tenant text COLLATE "C" NOT NULL,
    bucket timestamptz NOT NULL,        -- start of a quarter of an hour
    user_id text COLLATE "C" NOT NULL,
    key_id text COLLATE "C" NOT NULL,
    provider text COLLATE "C" NOT NULL,
    upstream text COLLATE "C" NOT NULL,
    model text COLLATE "C" NOT NULL,
    meter text COLLATE "C" NOT NULL,
    currency text COLLATE "C" NOT NULL,
    labels_digest bytea NOT NULL,       -- of labels; empty for none
    labels json NOT NULL,               -- those that rollup_label names
    requests bigint NOT NULL,
    estimated_requests bigint NOT NULL,
    unpriced_requests bigint NOT NULL,
    open_requests bigint NOT NULL,
    late_requests bigint NOT NULL,
    unpriced_readings bigint NOT NULL,
    quantity numeric(38, 9) NOT NULL,
    list_amount numeric(38, 12),        -- null: nothing was charged in that book
    contracted_amount numeric(38, 12),
    chargeback_amount numeric(38, 12),
    PRIMARY KEY (
        tenant, bucket, user_id, key_id, provider, upstream, model, meter, currency, labels_digest)
) WITH (fillfactor = 80);
CREATE INDEX rollup_by_time ON tollbook.rollup USING brin (bucket)
    WITH (pages_per_range = 32, autosummarize = on);

-- Labels by which rollups are kept apart, each from a time on: reports before it read the facts.
CREATE TABLE tollbook.rollup_label (
    name text COLLATE "C" PRIMARY KEY,
    since timestamptz NOT NULL
);

CREATE TABLE tollbook.price_book (
    ordinal bigint PRIMARY KEY,         -- from 1; the highest is in force
    version text NOT NULL,              -- of the content: the same again when prices are taken back
    recorded_at timestamptz NOT NULL
);

CREATE TABLE tollbook.price_file (
    ordinal bigint NOT NULL REFERENCES tollbook.price_book,
    name text COLLATE "C" NOT NULL,
    content text NOT NULL,
    PRIMARY KEY (ordinal, name)
);

CREATE TABLE tollbook.period (
    tenant text COLLATE "C" NOT NULL,
    period text COLLATE "C" NOT NULL,
    state text NOT NULL CHECK (state IN ('open', 'closing', 'closed')),
    changed_at timestamptz NOT NULL,
    PRIMARY KEY (tenant, period)
);

-- ------------------------------------------------------------------ sidecars

CREATE TABLE tollbook.instance (
    instance text COLLATE "C" PRIMARY KEY,
    received int8multirange NOT NULL,   -- sequence numbers in the ledger; a hole is a gap
    version text NOT NULL,
    reported_at timestamptz,            -- the rest is what it said of itself then
    backlog bigint,                     -- records that it still held
    open_exchanges bigint,              -- exchanges under way
    complete_until timestamptz          -- all that it saw before this is posted; null once it retired
);

-- ------------------------------------------------------------------ partitions

-- Makes the partitions of the month that holds a day, if they are missing. Attaching takes a weaker
-- lock than creating in place: posting goes on meanwhile.
CREATE FUNCTION tollbook.ensure_partitions(day date) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    first date := date_trunc('month', day::timestamp)::date;
    next date := (date_trunc('month', day::timestamp) + interval '1 month')::date;
    parent text;
    part text;
BEGIN
    IF first < date '2000-01-01' OR first >= date '2100-01-01' THEN
        RAISE EXCEPTION 'no partition is made for %', first USING ERRCODE = '22008';
    END IF;
    PERFORM pg_advisory_xact_lock(7827364119011);
    FOREACH parent IN ARRAY ARRAY['usage_record', 'entry'] LOOP
        part := format('%s_%s', parent, to_char(first, 'YYYY_MM'));
        IF to_regclass(format('tollbook.%I', part)) IS NULL THEN
            EXECUTE format('CREATE TABLE tollbook.%I (LIKE tollbook.%I INCLUDING ALL)', part, parent);
            EXECUTE format(
                'ALTER TABLE tollbook.%I ATTACH PARTITION tollbook.%I FOR VALUES FROM (%L) TO (%L)',
                parent, part, first::text || ' 00:00:00+00', next::text || ' 00:00:00+00');
        END IF;
    END LOOP;
END
$$;
REVOKE ALL ON FUNCTION tollbook.ensure_partitions(date) FROM PUBLIC;

-- ------------------------------------------------------------------ views

-- What every record adds to the rollups, one row for the exchange and one per entry, at its own time.
-- Summed by bucket it equals rollup; reports read it where a quarter of an hour is too coarse.
CREATE VIEW tollbook.fact AS
SELECT r.tenant, r.occurred_at, r.user_id, r.key_id, r.provider, r.upstream,
    coalesce(r.model, r.model_requested, '') COLLATE "C" AS model, 'request'::text COLLATE "C" AS meter,
    coalesce(m.currency, '') COLLATE "C" AS currency, r.labels,
    1::bigint AS requests,
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

-- For people who write SQL: every booked amount with whose it is. Amounts are in the row's currency.
CREATE VIEW tollbook.spend AS
SELECT r.tenant, r.occurred_at, (r.occurred_at AT TIME ZONE 'UTC')::date AS day_utc, r.period, r.record_id,
    r.user_id, r.key_id, r.labels, r.provider, r.upstream, e.model, e.meter, e.kind,
    CASE WHEN e.book = 'list' THEN e.quantity ELSE 0 END AS quantity, e.currency,
    CASE WHEN e.book = 'list' THEN e.amount END AS list_amount,
    CASE WHEN e.book = 'contracted' OR e.also_contracted THEN e.amount END AS contracted_amount,
    CASE WHEN e.book = 'chargeback' OR e.also_chargeback THEN e.amount END AS chargeback_amount,
    e.rate_id, e.price_version
FROM tollbook.usage_record r
JOIN tollbook.entry e
    ON e.tenant = r.tenant AND e.occurred_at = r.occurred_at AND e.record_id = r.record_id;

-- The same per day of UTC in US dollars, from the rollups: small and quick.
CREATE VIEW tollbook.daily_spend_usd AS
SELECT tenant, (bucket AT TIME ZONE 'UTC')::date AS day_utc, user_id, key_id, provider, upstream, model,
    sum(requests)::bigint AS requests,
    coalesce(sum(quantity) FILTER (
        WHERE meter LIKE 'in.%' AND meter NOT LIKE '%.seconds' AND meter NOT LIKE '%.chars'), 0)
        AS input_tokens,
    coalesce(sum(quantity) FILTER (
        WHERE meter LIKE 'out.%' AND meter NOT LIKE '%.seconds' AND meter NOT LIKE '%.chars'), 0)
        AS output_tokens,
    sum(list_amount) AS list_usd, sum(contracted_amount) AS contracted_usd,
    sum(chargeback_amount) AS chargeback_usd, sum(unpriced_requests)::bigint AS unpriced_requests
FROM tollbook.rollup
WHERE currency IN ('USD', '')
GROUP BY tenant, day_utc, user_id, key_id, provider, upstream, model;

-- ------------------------------------------------------------------ roles

-- The owner is whoever migrates. Two more roles are made where the owner may make roles; elsewhere the
-- administrator makes them and runs `tollbook migrate` as an owner who may.
DO $$
DECLARE
    wanted text;
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = current_user AND (rolsuper OR rolcreaterole)) THEN
        FOREACH wanted IN ARRAY ARRAY['tollbook_ingest', 'tollbook_report'] LOOP
            BEGIN
                EXECUTE format('CREATE ROLE %I NOLOGIN', wanted);
            EXCEPTION WHEN duplicate_object OR unique_violation THEN
                NULL;  -- roles belong to the whole cluster: another ledger made it
            END;
        END LOOP;
    END IF;
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'tollbook_ingest') THEN
        GRANT USAGE ON SCHEMA tollbook TO tollbook_ingest;
        GRANT SELECT ON ALL TABLES IN SCHEMA tollbook TO tollbook_ingest;
        GRANT INSERT ON tollbook.usage_record, tollbook.entry, tollbook.conflict, tollbook.price_book,
            tollbook.price_file, tollbook.rollup_label TO tollbook_ingest;
        GRANT INSERT, UPDATE ON tollbook.rollup, tollbook.instance TO tollbook_ingest;
        GRANT EXECUTE ON FUNCTION tollbook.ensure_partitions(date) TO tollbook_ingest;
    END IF;
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'tollbook_report') THEN
        GRANT USAGE ON SCHEMA tollbook TO tollbook_report;
        GRANT SELECT ON ALL TABLES IN SCHEMA tollbook TO tollbook_report;
    END IF;
END
$$;
