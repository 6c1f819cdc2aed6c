-- What a ledger needs to be kept for years: proof that nothing was changed, sums that stay quick, months that
-- can be put aside, and readers who see one tenant only.

-- The oldest version whose programs this schema still serves, so that a sidecar that restarts in the middle of a
-- rolling upgrade goes on, however many migrations it does not know. A migration that older programs would not
-- get along with writes its own version here; others leave it.
COMMENT ON TABLE tollbook.schema_version IS 'serves 3';

-- ------------------------------------------------------------------ seals

-- One row per tenant, day on which rows were booked (in UTC) and month in which they occurred, chained per tenant;
-- and under the tenant '' one row per day over all of that day's, so that one head stands for the whole
-- ledger. The key of the MACs is not in the database: whoever can write here cannot make a seal.
CREATE TABLE tollbook.seal (
    tenant text COLLATE "C" NOT NULL,   -- empty: the day's seal over all tenants
    number bigint NOT NULL,             -- from 1, without gaps per tenant
    day date NOT NULL,                  -- in UTC, of booked_at
    month text COLLATE "C" NOT NULL,    -- in UTC, of occurred_at; empty for the day's seal
    records bigint NOT NULL,            -- for the day's seal: tenants' seals
    entries bigint NOT NULL,
    digest bytea NOT NULL,              -- SHA-256 over the rows' digests in the order of their keys
    previous bytea NOT NULL,            -- MAC of the seal before; empty for the first
    mac bytea NOT NULL,                 -- HMAC-SHA-256 over all of this
    key_id text NOT NULL,               -- which key: digits that do not reveal it
    form smallint NOT NULL,             -- of the rows' text that was digested
    sealed_at timestamptz NOT NULL,
    PRIMARY KEY (tenant, number),
    UNIQUE (tenant, day, month)
);

-- Sealing and verifying read what was booked on one day, of whichever months.
CREATE INDEX usage_record_by_booking ON tollbook.usage_record USING brin (booked_at)
    WITH (pages_per_range = 32, autosummarize = on);
CREATE INDEX entry_by_booking ON tollbook.entry USING brin (booked_at)
    WITH (pages_per_range = 32, autosummarize = on);

-- ------------------------------------------------------------------ days

-- Sums per day of UTC without users, keys, labels and meters: what most reports ask for, in a hundredth of the
-- rows. Kept in the entries' own transaction like the rollup, from which it can be made again.
CREATE TABLE tollbook.rollup_day (
    tenant text COLLATE "C" NOT NULL,
    day timestamptz NOT NULL,           -- start of a day in UTC
    provider text COLLATE "C" NOT NULL,
    upstream text COLLATE "C" NOT NULL,
    model text COLLATE "C" NOT NULL,
    currency text COLLATE "C" NOT NULL,
    requests bigint NOT NULL,
    estimated_requests bigint NOT NULL,
    unpriced_requests bigint NOT NULL,
    open_requests bigint NOT NULL,
    late_requests bigint NOT NULL,
    unpriced_readings bigint NOT NULL,
    quantity numeric(38, 9) NOT NULL,
    input numeric(38, 9) NOT NULL,
    cache_read numeric(38, 9) NOT NULL,
    cache_write numeric(38, 9) NOT NULL,
    output numeric(38, 9) NOT NULL,
    reasoning numeric(38, 9) NOT NULL,
    list_amount numeric(38, 12),        -- null: nothing was charged in that book
    contracted_amount numeric(38, 12),
    chargeback_amount numeric(38, 12),
    PRIMARY KEY (tenant, day, provider, upstream, model, currency)
) WITH (fillfactor = 80);
CREATE INDEX rollup_day_by_time ON tollbook.rollup_day (day);

-- Which facts are in the sums of days. Sidecars of the release before do not keep those sums and leave this false:
-- then reports read that day's quarters of an hour, until `rebuild_day` has made its sums again.
ALTER TABLE tollbook.usage_record ADD COLUMN in_day boolean NOT NULL DEFAULT true;
ALTER TABLE tollbook.usage_record ALTER COLUMN in_day SET DEFAULT false;
ALTER TABLE tollbook.entry ADD COLUMN in_day boolean NOT NULL DEFAULT true;
ALTER TABLE tollbook.entry ALTER COLUMN in_day SET DEFAULT false;
CREATE INDEX usage_record_outside ON tollbook.usage_record (occurred_at) WHERE NOT in_day;
CREATE INDEX entry_outside ON tollbook.entry (occurred_at) WHERE NOT in_day;

-- The sums of quarters of an hour as sums of days: what `rollup_day` must hold.
CREATE FUNCTION tollbook.day_sums(since timestamptz, until timestamptz) RETURNS SETOF tollbook.rollup_day
LANGUAGE sql STABLE
BEGIN ATOMIC
SELECT tenant, date_trunc('day', bucket, 'UTC') AS day, provider, upstream, model, currency,
    sum(requests)::bigint AS requests, sum(estimated_requests)::bigint AS estimated_requests,
    sum(unpriced_requests)::bigint AS unpriced_requests, sum(open_requests)::bigint AS open_requests,
    sum(late_requests)::bigint AS late_requests, sum(unpriced_readings)::bigint AS unpriced_readings,
    sum(quantity) AS quantity,
    coalesce(sum(quantity) FILTER (WHERE is_input), 0) AS input,
    coalesce(sum(quantity) FILTER (WHERE is_input AND meter LIKE '%.cache_read%'), 0) AS cache_read,
    coalesce(sum(quantity) FILTER (WHERE is_input AND meter LIKE '%.cache_write%'), 0) AS cache_write,
    coalesce(sum(quantity) FILTER (WHERE is_output), 0) AS output,
    coalesce(sum(quantity) FILTER (WHERE is_output AND meter LIKE '%.reasoning'), 0) AS reasoning,
    sum(list_amount) AS list_amount, sum(contracted_amount) AS contracted_amount,
    sum(chargeback_amount) AS chargeback_amount
FROM (
    SELECT *,
        meter LIKE 'in.%' AND meter NOT LIKE '%.seconds' AND meter NOT LIKE '%.chars' AS is_input,
        meter LIKE 'out.%' AND meter NOT LIKE '%.seconds' AND meter NOT LIKE '%.chars' AS is_output
    FROM tollbook.rollup
    WHERE bucket >= day_sums.since AND bucket < day_sums.until
) AS kinds
GROUP BY tenant, date_trunc('day', bucket, 'UTC'), provider, upstream, model, currency;
END;
REVOKE ALL ON FUNCTION tollbook.day_sums(timestamptz, timestamptz) FROM PUBLIC;

INSERT INTO tollbook.rollup_day SELECT * FROM tollbook.day_sums('-infinity', 'infinity');

-- Makes the sums of a day again, with everything in them that older sidecars posted. Posting waits meanwhile.
CREATE FUNCTION tollbook.rebuild_day(wanted date) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    first timestamptz := wanted::timestamp AT TIME ZONE 'UTC';
    next timestamptz := (wanted + 1)::timestamp AT TIME ZONE 'UTC';
BEGIN
    LOCK TABLE tollbook.rollup_day IN SHARE ROW EXCLUSIVE MODE;
    DELETE FROM tollbook.rollup_day WHERE day = first;
    UPDATE tollbook.usage_record SET in_day = true
    WHERE occurred_at >= first AND occurred_at < next AND NOT in_day;
    UPDATE tollbook.entry SET in_day = true WHERE occurred_at >= first AND occurred_at < next AND NOT in_day;
    INSERT INTO tollbook.rollup_day SELECT * FROM tollbook.day_sums(first, next);
END
$$;
REVOKE ALL ON FUNCTION tollbook.rebuild_day(date) FROM PUBLIC;

-- ------------------------------------------------------------------ sidecars

-- By how much a sidecar's clock was ahead of the database's when it last said something.
ALTER TABLE tollbook.instance ADD COLUMN clock_skew_ms bigint;

-- ------------------------------------------------------------------ months put aside

-- Months whose facts were written to files and removed; their rollups and seals stay. A month that was brought
-- back has restored_at.
CREATE TABLE tollbook.archive (
    month text COLLATE "C" PRIMARY KEY, -- 2026-10, of the occurrence, in UTC
    records bigint NOT NULL,
    entries bigint NOT NULL,
    record_digest bytea NOT NULL,       -- SHA-256 of each file's content
    entry_digest bytea NOT NULL,
    form smallint NOT NULL,             -- of the files' lines
    archived_at timestamptz NOT NULL,
    restored_at timestamptz
);

-- A line of such a file, as PostgreSQL writes and reads a row: the columns of form 1, whatever comes later.
CREATE TYPE tollbook.record_row AS (
    tenant text, occurred_at timestamptz, record_id uuid, booked_at timestamptz, period text, operation_id
    text, attempt integer, instance text, seq bigint, user_id text, key_id text, labels json, upstream text,
    provider text, dialect text, dialect_version integer, api text, model_requested text, model text,
    response_id text, provider_request_id text, stream boolean, http_status integer, finish_reason text,
    service_tier text, usage_status text, completeness text, not_billable_reason text, input_tokens bigint,
    cache_read_tokens bigint, cache_write_tokens bigint, cache_write_1h_tokens bigint, audio_input_tokens
    bigint, image_input_tokens bigint, tool_prompt_tokens bigint, output_tokens bigint, reasoning_tokens
    bigint, audio_output_tokens bigint, web_searches bigint, provider_cost_usd text, components json,
    estimate json, anomalies text[], raw_usage json, first_byte_ms bigint, total_ms bigint, request_bytes
    bigint, response_bytes bigint, carried_from text);
CREATE TYPE tollbook.entry_row AS (
    tenant text, occurred_at timestamptz, record_id uuid, entry_no smallint, booked_at timestamptz, period
    text, kind text, correction_of smallint, component smallint, model text, meter text, quantity
    numeric(38, 9), amount numeric(38, 12), currency text, book text, also_contracted boolean,
    also_chargeback boolean, rate_id text, price_version text, rounded boolean, carried_from text);

-- Removes a month's facts: by the owner only, and only as many rows as the caller has written elsewhere.
CREATE FUNCTION tollbook.drop_month(day date, records bigint, entries bigint) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    suffix text := to_char(date_trunc('month', day::timestamp), 'YYYY_MM');
    part text;
    expected bigint;
    found bigint;
BEGIN
    FOREACH part IN ARRAY ARRAY['usage_record', 'entry'] LOOP
        IF to_regclass(format('tollbook.%I', part || '_' || suffix)) IS NULL THEN CONTINUE; END IF;
        -- Nothing can be posted to this month from here on; other months go on.
        EXECUTE format('LOCK TABLE tollbook.%I IN EXCLUSIVE MODE', part || '_' || suffix);
        EXECUTE format('SELECT count(*) FROM tollbook.%I', part || '_' || suffix) INTO found;
        expected := CASE part WHEN 'entry' THEN entries ELSE records END;
        IF found <> expected THEN
            RAISE EXCEPTION '% of % has % rows now, not %', part, suffix, found, expected
                USING ERRCODE = '40001';
        END IF;
        EXECUTE format('ALTER TABLE tollbook.%I DETACH PARTITION tollbook.%I', part, part || '_' || suffix);
        EXECUTE format('DROP TABLE tollbook.%I', part || '_' || suffix);
    END LOOP;
END
$$;
REVOKE ALL ON FUNCTION tollbook.drop_month(date, bigint, bigint) FROM PUBLIC;

-- ------------------------------------------------------------------ roles

-- Which tenants a role may read. A role of a customer's own is made a member of tollbook_tenant and gets a row here:
--   CREATE ROLE acme_reader LOGIN PASSWORD '…' IN ROLE tollbook_tenant;
--   INSERT INTO tollbook.reader VALUES ('acme_reader', 'acme');
CREATE TABLE tollbook.reader (
    role text COLLATE "C" NOT NULL,     -- as current_user says it
    tenant text COLLATE "C" NOT NULL,
    PRIMARY KEY (role, tenant)
);

-- A view reads with the rights of whoever asks, so that it shows a tenant's reader that tenant's rows only.
ALTER VIEW tollbook.fact SET (security_invoker = true);
ALTER VIEW tollbook.spend SET (security_invoker = true);
ALTER VIEW tollbook.daily_spend_usd SET (security_invoker = true);

DO $$
DECLARE
    part text;
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = current_user AND (rolsuper OR rolcreaterole)) THEN
        BEGIN
            CREATE ROLE tollbook_tenant NOLOGIN;
        EXCEPTION WHEN duplicate_object OR unique_violation THEN
            NULL;  -- roles belong to the whole cluster: another ledger made it
        END;
    END IF;
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'tollbook_ingest') THEN
        GRANT SELECT, INSERT ON tollbook.seal TO tollbook_ingest;
        GRANT SELECT, INSERT, UPDATE ON tollbook.rollup_day TO tollbook_ingest;
        GRANT EXECUTE ON FUNCTION tollbook.rebuild_day(date) TO tollbook_ingest;
        GRANT SELECT ON tollbook.archive, tollbook.reader TO tollbook_ingest;
    END IF;
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'tollbook_report') THEN
        GRANT SELECT ON tollbook.seal, tollbook.rollup_day, tollbook.archive TO tollbook_report;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'tollbook_tenant') THEN RETURN; END IF;
    GRANT USAGE ON SCHEMA tollbook TO tollbook_tenant;
    -- What belongs to no tenant and tells nothing about one; what a report needs to say how complete it is.
    GRANT SELECT ON tollbook.schema_version, tollbook.rollup_label, tollbook.instance, tollbook.reader,
        tollbook.archive TO tollbook_tenant;
    GRANT SELECT ON tollbook.fact, tollbook.spend, tollbook.daily_spend_usd TO tollbook_tenant;
    FOREACH part IN ARRAY ARRAY['usage_record', 'entry', 'rollup', 'rollup_day', 'period', 'seal'] LOOP
        EXECUTE format('GRANT SELECT ON tollbook.%I TO tollbook_tenant', part);
        EXECUTE format('ALTER TABLE tollbook.%I ENABLE ROW LEVEL SECURITY', part);
        EXECUTE format(
            'CREATE POLICY own_rows ON tollbook.%I FOR SELECT TO tollbook_tenant USING (tenant IN ('
                'SELECT r.tenant FROM tollbook.reader r WHERE r.role = current_user))', part);
        EXECUTE format(
            'CREATE POLICY all_rows ON tollbook.%I TO tollbook_ingest, tollbook_report USING (true) '
                'WITH CHECK (true)', part);
    END LOOP;
    ALTER TABLE tollbook.reader ENABLE ROW LEVEL SECURITY;
    CREATE POLICY own_rows ON tollbook.reader FOR SELECT TO tollbook_tenant USING (role = current_user);
    CREATE POLICY all_rows ON tollbook.reader FOR SELECT TO tollbook_ingest USING (true);
END
$$;
