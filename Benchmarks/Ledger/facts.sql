-- A month of exchanges with all facts, made by PostgreSQL itself: as posting would leave them, but set by set.
-- psql variables: first (day of the month's begin), count (exchanges), book (version of the price book).
--
-- The skew is that of real traffic: of 300 tenants a handful make most calls; the largest has 400 users and twenty
-- of the thirty models, the smallest a few users and two models. Calls come in sessions: somebody works with one
-- model for a quarter of an hour and makes 16 calls, beside others. Everything follows from the number of the
-- exchange, so two runs make the same ledger.

CREATE OR REPLACE FUNCTION pg_temp.u(n bigint, salt bigint) RETURNS double precision LANGUAGE sql IMMUTABLE
RETURN (hashint8extended(n, salt) & 1073741823) / 1073741824.0;

SELECT tollbook.ensure_partitions(:'first'::date);
SELECT to_char(:'first'::date, 'YYYY_MM') AS suffix, (:'first'::date + interval '1 month')::date AS next \gset

-- Loading into tables without indexes, which are made afterwards, takes a third of the time; what is made and filled
-- in one transaction is not written to the WAL (wal_level = minimal).
BEGIN;
ALTER TABLE tollbook.usage_record DETACH PARTITION tollbook.usage_record_:suffix;
ALTER TABLE tollbook.entry DETACH PARTITION tollbook.entry_:suffix;
DROP TABLE tollbook.usage_record_:suffix, tollbook.entry_:suffix;
CREATE TABLE tollbook.usage_record_:suffix (LIKE tollbook.usage_record INCLUDING DEFAULTS INCLUDING CONSTRAINTS);
CREATE TABLE tollbook.entry_:suffix (LIKE tollbook.entry INCLUDING DEFAULTS INCLUDING CONSTRAINTS);

CREATE UNLOGGED TABLE bench_call AS
SELECT n, s, 'tenant-' || lpad(t.no::text, 3, '0') AS tenant,
    'user-' || w.no::text AS user_id, 'key-' || w.no % 3 AS key_id,
    (1 + (t.no * 7 + floor(greatest(2, 20 / t.no ^ 0.4::double precision) * pg_temp.u(s, 3) ^ 2.5)::integer) % 30) AS model_no,
    pg_temp.u(n, 4) AS size,
    -- In order of time, so that they lie on disk as they would have been posted.
    :'first'::timestamptz + interval '1 second' * (
        extract(epoch FROM (:'next'::timestamptz - :'first'::timestamptz))
            * ((n - 1) / (:count)::double precision))
        + interval '1 microsecond' * floor(1000 * pg_temp.u(n, 5)) AS occurred_at
FROM (
    -- The sessions of a quarter of an hour, of which a month has 2,976, take turns.
    SELECT n, (n - 1) * 2976 / (:count)::bigint * 1000000
        + (n - 1) % greatest(1, (:count)::bigint / 2976 / 16) AS s
    FROM generate_series(1, (:count)::bigint) AS n) AS call,
    LATERAL (SELECT (1 + floor(300 * pg_temp.u(s, 1) ^ 3.0))::integer AS no) AS t,
    LATERAL (SELECT (1 + floor(greatest(2, 400 / t.no ^ 0.5::double precision) * pg_temp.u(s, 2) ^ 2.0))::integer AS no) AS w;

INSERT INTO tollbook.usage_record_:suffix (
    tenant, occurred_at, record_id, booked_at, period, operation_id, attempt, instance, seq, user_id, key_id,
    labels, upstream, provider, dialect, dialect_version, api, model_requested, model, response_id,
    provider_request_id, stream, http_status, finish_reason, service_tier, usage_status, completeness,
    input_tokens, cache_read_tokens, output_tokens, reasoning_tokens, components, anomalies, raw_usage,
    first_byte_ms, total_ms, request_bytes, response_bytes, in_day)
SELECT c.tenant, c.occurred_at, i.record_id, c.occurred_at + interval '2 seconds',
    to_char(c.occurred_at, 'YYYY-MM'), i.record_id::text, 1, 'sidecar-' || c.n % 8, c.n / 8 + 1, c.user_id,
    c.key_id, '{}', m.provider, m.provider, m.provider || '/chat', 1, 'chat_completions', m.model,
    m.model, 'chatcmpl-' || substr(md5(c.n::text), 1, 24), 'req_' || md5((-c.n)::text), c.n % 3 > 0, 200, 'stop',
    'default', 'reported', 'complete', q.fresh + q.cached, q.cached, q.output + q.reasoning, q.reasoning,
    format('[{"role":"primary","model":"%s","meters":{"in.text.cache_read":%s,"in.text.fresh":%s,"out.text":%s,'
        '"out.text.reasoning":%s},"selectors":{"service_tier":"default","context_tokens":%s}}]',
        m.model, q.cached, q.fresh, q.output, q.reasoning, q.fresh + q.cached)::json, '{}',
    format('{"prompt_tokens":%s,"completion_tokens":%s,"total_tokens":%s,"prompt_tokens_details":'
        '{"cached_tokens":%s},"completion_tokens_details":{"reasoning_tokens":%s}}',
        q.fresh + q.cached, q.output + q.reasoning, q.fresh + q.cached + q.output + q.reasoning, q.cached,
        q.reasoning)::json,
    200 + c.n % 700, 900 + c.n % 9000, 2000 + c.n % 60000, 700 + c.n % 9000, true
FROM bench_call c
CROSS JOIN LATERAL (
    SELECT (lpad(to_hex((extract(epoch FROM c.occurred_at) * 1000)::bigint), 12, '0') || '7'
        || substr(md5(c.n::text), 1, 3) || '8' || substr(md5(c.n::text), 4, 15))::uuid AS record_id) i
CROSS JOIN LATERAL (
    SELECT (ARRAY['openai', 'anthropic', 'google', 'mistral', 'azure'])[1 + c.model_no % 5] AS provider,
        'model-' || c.model_no || '-2026' AS model) m
CROSS JOIN LATERAL (
    SELECT floor(8000 * c.size ^ 3 + 20)::bigint AS fresh, floor(20000 * c.size ^ 4)::bigint AS cached,
        floor(900 * c.size ^ 2 + 5)::bigint AS output, floor(600 * c.size ^ 3)::bigint AS reasoning) q;

INSERT INTO tollbook.entry_:suffix (
    tenant, occurred_at, record_id, entry_no, booked_at, period, kind, component, model, meter, quantity, amount,
    currency, book, also_contracted, also_chargeback, rate_id, price_version, rounded, in_day)
SELECT r.tenant, r.occurred_at, r.record_id, e.no, r.booked_at, r.period, 'charge', 0, r.model, e.meter, e.quantity,
    e.quantity * e.rate, 'USD', 'list', true, true, r.provider || '/' || r.model || '/2026-01', :'book',
    false, true
FROM tollbook.usage_record_:suffix r
CROSS JOIN LATERAL (
    VALUES (0::smallint, 'in.text.cache_read', r.cache_read_tokens, 0.000000125),
        (1::smallint, 'in.text.fresh', r.input_tokens - r.cache_read_tokens, 0.00000125),
        (2::smallint, 'out.text', r.output_tokens - r.reasoning_tokens, 0.00001),
        (3::smallint, 'out.text.reasoning', r.reasoning_tokens, 0.00001)) AS e(no, meter, quantity, rate);

DROP TABLE bench_call;
ALTER TABLE tollbook.usage_record ATTACH PARTITION tollbook.usage_record_:suffix
    FOR VALUES FROM (:'first') TO (:'next');
ALTER TABLE tollbook.entry ATTACH PARTITION tollbook.entry_:suffix FOR VALUES FROM (:'first') TO (:'next');
COMMIT;

-- Sums, as posting would have added them up, day by day: a whole month would not fit into memory.
SELECT format($sums$
    INSERT INTO tollbook.rollup
    SELECT tenant, date_bin('15 minutes', occurred_at, 'epoch') AS bucket, user_id, key_id, provider, upstream, model,
        e.meter, 'USD', ''::bytea, '{}'::json, sum(e.one), 0, 0, 0, 0, 0, sum(e.quantity), sum(e.quantity * e.rate),
        sum(e.quantity * e.rate), sum(e.quantity * e.rate)
    FROM tollbook.usage_record r
    CROSS JOIN LATERAL (
        VALUES ('in.text.cache_read', 0, r.cache_read_tokens::numeric, 0.000000125),
            ('in.text.fresh', 0, r.input_tokens - r.cache_read_tokens, 0.00000125),
            ('out.text', 0, r.output_tokens - r.reasoning_tokens, 0.00001),
            ('out.text.reasoning', 0, r.reasoning_tokens, 0.00001), ('request', 1, 0, NULL)
        ) AS e(meter, one, quantity, rate)
    WHERE occurred_at >= %L AND occurred_at < %L
    GROUP BY tenant, bucket, user_id, key_id, provider, upstream, model, e.meter
    ORDER BY tenant, bucket, user_id, key_id, provider, upstream, model, e.meter
    $sums$, day, day + interval '1 day')
FROM generate_series(:'first'::timestamptz, :'next'::timestamptz - interval '1 day', interval '1 day') AS day
\gexec
INSERT INTO tollbook.rollup_day SELECT * FROM tollbook.day_sums(:'first', :'next');
INSERT INTO tollbook.instance (instance, received, version)
SELECT instance, range_agg(int8range(1, last + 1)), '0.1.0'
FROM (SELECT instance, max(seq) AS last FROM tollbook.usage_record GROUP BY instance) AS i GROUP BY instance
ON CONFLICT (instance) DO UPDATE SET received = excluded.received;
VACUUM (ANALYZE) tollbook.usage_record, tollbook.entry, tollbook.rollup, tollbook.rollup_day;
