-- A month of exchanges with all facts, made by PostgreSQL itself: as posting would leave them, but set by set.
-- psql variables: first (day of the month's begin), count (exchanges).
--
-- The skew is that of real traffic: of 300 tenants a handful make most calls; the largest has 400 users and twenty
-- of the thirty models, the smallest a few users and two models. Everything follows from the number of the
-- exchange, so two runs make the same ledger.

CREATE OR REPLACE FUNCTION pg_temp.u(n bigint, salt bigint) RETURNS double precision LANGUAGE sql IMMUTABLE
RETURN (hashint8extended(n, salt) & 1073741823) / 1073741824.0;

SELECT tollbook.ensure_partitions(:'first'::date);
SELECT to_char(:'first'::date, 'YYYY_MM') AS suffix, (:'first'::date + interval '1 month')::date AS next \gset

-- Loading into tables without indexes, which are made afterwards, takes a third of the time.
ALTER TABLE tollbook.usage_record DETACH PARTITION tollbook.usage_record_:suffix;
ALTER TABLE tollbook.entry DETACH PARTITION tollbook.entry_:suffix;
DROP TABLE tollbook.usage_record_:suffix, tollbook.entry_:suffix;
CREATE TABLE tollbook.usage_record_:suffix (LIKE tollbook.usage_record INCLUDING DEFAULTS INCLUDING CONSTRAINTS);
CREATE TABLE tollbook.entry_:suffix (LIKE tollbook.entry INCLUDING DEFAULTS INCLUDING CONSTRAINTS);

CREATE UNLOGGED TABLE bench_call AS
SELECT n, 'tenant-' || lpad(t.no::text, 3, '0') AS tenant,
    'user-' || (1 + floor(greatest(2, 400 / t.no ^ 0.5) * pg_temp.u(n, 2) ^ 2.0))::text AS user_id,
    (1 + (t.no * 7 + floor(greatest(2, 20 / t.no ^ 0.4) * pg_temp.u(n, 3) ^ 2.5)::integer) % 30) AS model_no,
    pg_temp.u(n, 4) AS size,
    -- In order of time, so that they lie on disk as they would have been posted.
    :'first'::timestamptz + interval '1 second' * (
        extract(epoch FROM (:'next'::timestamptz - :'first'::timestamptz))
            * ((n - 1) / (:count)::double precision))
        + interval '1 microsecond' * floor(1000 * pg_temp.u(n, 5)) AS occurred_at
FROM generate_series(1, (:count)::bigint) AS n,
    LATERAL (SELECT (1 + floor(300 * pg_temp.u(n, 1) ^ 3.0))::integer AS no) AS t;

INSERT INTO tollbook.usage_record_:suffix (
    tenant, occurred_at, record_id, booked_at, period, operation_id, attempt, instance, seq, user_id, key_id,
    labels, upstream, provider, dialect, dialect_version, api, model_requested, model, response_id,
    provider_request_id, stream, http_status, finish_reason, service_tier, usage_status, completeness,
    input_tokens, cache_read_tokens, output_tokens, reasoning_tokens, components, anomalies, raw_usage,
    first_byte_ms, total_ms, request_bytes, response_bytes, in_day)
SELECT c.tenant, c.occurred_at, i.record_id, c.occurred_at + interval '2 seconds',
    to_char(c.occurred_at, 'YYYY-MM'), i.record_id::text, 1, 'sidecar-' || c.n % 8, c.n / 8 + 1, c.user_id,
    'key-' || c.n % 3, '{}', m.provider, m.provider, m.provider || '/chat', 1, 'chat_completions', m.model,
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
    e.quantity * e.rate, 'USD', 'list', true, true, r.provider || '/' || r.model || '/2026-01', '0123456789ab',
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

-- Sums, as posting would have added them up.
INSERT INTO tollbook.rollup
SELECT tenant, date_bin('15 minutes', occurred_at, 'epoch'), user_id, key_id, provider, upstream, model, 'request',
    'USD', ''::bytea, '{}'::json, count(*), 0, 0, 0, 0, 0, 0, NULL, NULL, NULL
FROM tollbook.usage_record
WHERE occurred_at >= :'first' AND occurred_at < :'next'
GROUP BY tenant, date_bin('15 minutes', occurred_at, 'epoch'), user_id, key_id, provider, upstream, model
UNION ALL
SELECT r.tenant, date_bin('15 minutes', r.occurred_at, 'epoch'), r.user_id, r.key_id, r.provider, r.upstream,
    r.model, e.meter, 'USD', ''::bytea, '{}'::json, 0, 0, 0, 0, 0, 0, sum(e.quantity), sum(e.amount), sum(e.amount),
    sum(e.amount)
FROM tollbook.usage_record r
JOIN tollbook.entry e ON e.tenant = r.tenant AND e.occurred_at = r.occurred_at AND e.record_id = r.record_id
WHERE r.occurred_at >= :'first' AND r.occurred_at < :'next' AND e.occurred_at >= :'first'
    AND e.occurred_at < :'next'
GROUP BY r.tenant, date_bin('15 minutes', r.occurred_at, 'epoch'), r.user_id, r.key_id, r.provider, r.upstream,
    r.model, e.meter;
INSERT INTO tollbook.rollup_day SELECT * FROM tollbook.day_sums(:'first', :'next');
INSERT INTO tollbook.instance (instance, received, version)
SELECT instance, range_agg(int8range(1, last + 1)), '0.1.0'
FROM (SELECT instance, max(seq) AS last FROM tollbook.usage_record GROUP BY instance) AS i GROUP BY instance
ON CONFLICT (instance) DO UPDATE SET received = excluded.received;
VACUUM (ANALYZE) tollbook.usage_record, tollbook.entry, tollbook.rollup, tollbook.rollup_day;
