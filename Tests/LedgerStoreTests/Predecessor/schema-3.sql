-- Statements of the release before, as scripts/record-statements wrote them down.
PREPARE recorded AS INSERT INTO tollbook.price_book VALUES ($1, $2, $3);
EXECUTE recorded ('1', 'fixture-1', '2026-11-02 08:00:00+00');
DEALLOCATE recorded;
PREPARE recorded AS INSERT INTO tollbook.price_file (ordinal, name, content)
SELECT $1::bigint, name, content FROM unnest($2::text[], $3::text[]) AS f(name, content);
EXECUTE recorded ('1', '{acme.yaml}', '{"provider: acme
currency: USD
prices:
- id: acme/small/2026-01
  models: [small, \"small-2026-*\"]
  from: 2026-01-01
  source: https://example.com/prices
  checked: 2026-11-01
  rates:
    in.text.fresh: {amount: \"1.25\", per: 1000000}
    in.text.cache_read: {amount: \"0.125\", per: 1000000}
    out.text: {amount: \"10\", per: 1000000}
    web_search.request: {amount: \"10\", per: 1000}
  same_as: {out.text.reasoning: out.text}
- id: acme/large/2026-01/batch
  models: [large]
  from: 2026-01-01
  source: https://example.com/prices
  checked: 2026-11-01
  when: {batch: true}
  multiply: \"1/2\"
  rates:
    in.text.fresh: {amount: \"5\", per: 1000000}
    out.text: {amount: \"30\", per: 1000000}
- id: acme/large/2026-01
  models: [large]
  from: 2026-01-01
  source: https://example.com/prices
  checked: 2026-11-01
  rates:
    in.text.fresh: {amount: \"5\", per: 1000000}
    out.text: {amount: \"30\", per: 1000000}
"}');
DEALLOCATE recorded;
PREPARE recorded AS SELECT tollbook.ensure_partitions($1::text::date);
EXECUTE recorded ('2026-10-01');
DEALLOCATE recorded;
PREPARE recorded AS SELECT tollbook.ensure_partitions($1::text::date);
EXECUTE recorded ('2026-11-01');
DEALLOCATE recorded;
PREPARE recorded AS WITH incoming AS MATERIALIZED (
    SELECT * FROM unnest(
        $3::text[], $4::timestamptz[], $5::uuid[], $6::text[], $7::integer[], $8::text[],
        $9::bigint[], $10::text[], $11::text[], $12::json[], $13::text[], $14::text[], $15::text[],
        $16::integer[], $17::text[], $18::text[], $19::text[], $20::text[], $21::text[],
        $22::boolean[], $23::integer[], $24::text[], $25::text[], $26::text[], $27::text[],
        $28::text[], $29::bigint[], $30::bigint[], $31::bigint[], $32::bigint[], $33::bigint[],
        $34::bigint[], $35::bigint[], $36::bigint[], $37::bigint[], $38::bigint[], $39::bigint[],
        $40::text[], $41::json[], $42::json[], $43::text[], $44::json[], $45::bigint[],
        $46::bigint[], $47::bigint[], $48::bigint[], $49::timestamptz[], $50::text[],
        $51::boolean[], $52::json[])
    WITH ORDINALITY AS i(
        tenant, occurred_at, record_id, operation_id, attempt, instance, seq, user_id, key_id, labels,
        upstream, provider, dialect, dialect_version, api, model_requested, model, response_id,
        provider_request_id, stream, http_status, finish_reason, service_tier, usage_status,
        completeness, not_billable_reason, input_tokens, cache_read_tokens, cache_write_tokens,
        cache_write_1h_tokens, audio_input_tokens, image_input_tokens, tool_prompt_tokens,
        output_tokens, reasoning_tokens, audio_output_tokens, web_searches, provider_cost_usd,
        components, estimate, anomalies, raw_usage, first_byte_ms, total_ms, request_bytes,
        response_bytes, bucket, currency, unpriced, rollup_labels, no)
), inserted AS (
    INSERT INTO tollbook.usage_record (
        tenant, occurred_at, record_id, booked_at, period,
        operation_id, attempt, instance, seq, user_id, key_id, labels, upstream, provider, dialect,
        dialect_version, api, model_requested, model, response_id, provider_request_id, stream,
        http_status, finish_reason, service_tier, usage_status, completeness, not_billable_reason,
        input_tokens, cache_read_tokens, cache_write_tokens, cache_write_1h_tokens,
        audio_input_tokens, image_input_tokens, tool_prompt_tokens, output_tokens, reasoning_tokens,
        audio_output_tokens, web_searches, provider_cost_usd, components, estimate, anomalies,
        raw_usage, first_byte_ms, total_ms, request_bytes, response_bytes)
    SELECT tenant, occurred_at, record_id, $1::timestamptz, to_char(occurred_at, 'YYYY-MM'),
        operation_id, attempt, instance, seq, user_id, key_id, labels, upstream, provider, dialect,
        dialect_version, api, model_requested, model, response_id, provider_request_id, stream,
        http_status, finish_reason, service_tier, usage_status, completeness, not_billable_reason,
        input_tokens, cache_read_tokens, cache_write_tokens, cache_write_1h_tokens,
        audio_input_tokens, image_input_tokens, tool_prompt_tokens, output_tokens, reasoning_tokens,
        audio_output_tokens, web_searches, provider_cost_usd, components, estimate,
        anomalies::text[], raw_usage, first_byte_ms, total_ms, request_bytes, response_bytes
    FROM incoming
    ORDER BY no
    ON CONFLICT DO NOTHING
    RETURNING tenant, occurred_at, record_id
), fresh AS MATERIALIZED (
    SELECT i.no, i.tenant, i.occurred_at, i.record_id, i.bucket, i.user_id, i.key_id, i.provider,
        i.upstream, coalesce(i.model, i.model_requested, '') AS model,
        i.currency, i.rollup_labels::text AS labels, i.usage_status, i.completeness, i.unpriced
    FROM incoming i
    JOIN inserted n
        ON n.tenant = i.tenant AND n.occurred_at = i.occurred_at AND n.record_id = i.record_id
), charged AS MATERIALIZED (
    SELECT f.tenant, f.occurred_at, f.record_id, f.bucket, f.user_id, f.key_id, f.provider,
        f.upstream, f.labels, e.record, e.entry_no, e.quantity, e.amount, l.*
    FROM unnest($53::integer[], $54::smallint[], $55::integer[], $56::numeric[], $57::numeric[])
        AS e(record, entry_no, line, quantity, amount)
    JOIN fresh f ON f.no = e.record
    JOIN unnest(
        $58::text[], $59::smallint[], $60::text[], $61::text[], $62::text[], $63::text[],
        $64::boolean[], $65::boolean[], $66::text[], $67::text[], $68::boolean[])
        WITH ORDINALITY AS l(
            kind, component, model, meter, currency, book, also_contracted, also_chargeback,
            rate_id, price_version, rounded, line_no)
        ON l.line_no = e.line + 1
), booked AS (
    INSERT INTO tollbook.entry (
        tenant, occurred_at, record_id, booked_at, period,
        entry_no, kind, component, model, meter, quantity, amount, currency, book, also_contracted,
        also_chargeback, rate_id, price_version, rounded)
    SELECT tenant, occurred_at, record_id, $1::timestamptz, to_char(occurred_at, 'YYYY-MM'),
        entry_no, kind, component, model, meter, quantity, amount, currency, book, also_contracted,
        also_chargeback, rate_id, price_version, rounded
    FROM charged
    ORDER BY record, entry_no
), cell AS (
    SELECT tenant, bucket, user_id, key_id, provider, upstream, model, 'request' AS meter, currency,
        labels, 1 AS requests, (usage_status = 'estimated')::integer AS estimated_requests,
        unpriced::integer AS unpriced_requests, (completeness = 'open')::integer AS open_requests,
        ($1::timestamptz > occurred_at + $2::bigint * interval '1 second')::integer AS late_requests,
        0 AS unpriced_readings, 0::numeric AS quantity,
        NULL::numeric AS list_amount, NULL::numeric AS contracted_amount,
        NULL::numeric AS chargeback_amount
    FROM fresh
    UNION ALL
    SELECT tenant, bucket, user_id, key_id, provider, upstream, model, meter, currency, labels,
        0, 0, 0, 0, 0, (kind = 'unpriced')::integer,
        CASE WHEN book = 'list' THEN quantity ELSE 0 END,
        CASE WHEN kind = 'charge' AND book = 'list' THEN amount END,
        CASE WHEN kind = 'charge' AND (book = 'contracted' OR also_contracted) THEN amount END,
        CASE WHEN kind = 'charge' AND (book = 'chargeback' OR also_chargeback) THEN amount END
    FROM charged
), rolled AS (
    INSERT INTO tollbook.rollup AS r (
        tenant, bucket, user_id, key_id, provider, upstream, model, meter, currency, labels_digest,
        labels, requests, estimated_requests, unpriced_requests, open_requests, late_requests,
        unpriced_readings, quantity, list_amount, contracted_amount, chargeback_amount)
    SELECT tenant, bucket, user_id, key_id, provider, upstream, model, meter, currency,
        CASE labels WHEN '{}' THEN ''::bytea ELSE
            substr(sha256(convert_to(labels, 'UTF8')), 1, 16) END,
        labels::json,
        sum(requests), sum(estimated_requests), sum(unpriced_requests), sum(open_requests),
        sum(late_requests), sum(unpriced_readings), sum(quantity), sum(list_amount),
        sum(contracted_amount), sum(chargeback_amount)
    FROM cell
    GROUP BY tenant, bucket, user_id, key_id, provider, upstream, model, meter, currency, labels
    ORDER BY tenant COLLATE "C", bucket, user_id COLLATE "C", key_id COLLATE "C",
        provider COLLATE "C", upstream COLLATE "C", model COLLATE "C", meter COLLATE "C",
        currency COLLATE "C", 10
    ON CONFLICT (
        tenant, bucket, user_id, key_id, provider, upstream, model, meter, currency, labels_digest)
    DO UPDATE SET
        requests = r.requests + excluded.requests,
        estimated_requests = r.estimated_requests + excluded.estimated_requests,
        unpriced_requests = r.unpriced_requests + excluded.unpriced_requests,
        open_requests = r.open_requests + excluded.open_requests,
        late_requests = r.late_requests + excluded.late_requests,
        unpriced_readings = r.unpriced_readings + excluded.unpriced_readings,
        quantity = r.quantity + excluded.quantity,
        list_amount =
            coalesce(r.list_amount + excluded.list_amount, r.list_amount, excluded.list_amount),
        contracted_amount = coalesce(
            r.contracted_amount + excluded.contracted_amount, r.contracted_amount,
            excluded.contracted_amount),
        chargeback_amount = coalesce(
            r.chargeback_amount + excluded.chargeback_amount, r.chargeback_amount,
            excluded.chargeback_amount)
), seen AS (
    INSERT INTO tollbook.instance AS s (instance, received, version)
    SELECT instance, range_agg(int8range(seq, seq + 1)), ''
    FROM incoming
    GROUP BY instance
    ORDER BY instance COLLATE "C"
    ON CONFLICT (instance) DO UPDATE SET received = s.received + excluded.received
)
SELECT count(*) FROM inserted;
EXECUTE recorded ('2026-11-02 08:00:00+00', '3600', '{acme,acme,acme,globex,globex,globex}', '{"2026-10-30 10:00:00+00","2026-10-31 12:00:00+00","2026-10-31 13:00:00+00","2026-10-30 11:00:00.5+00","2026-10-31 23:59:59.999999+00","2026-11-01 00:01:00+00"}', '{01a18c40-8100-7001-8000-000000000001,01a191d4-ba00-7003-8000-000000000003,01a1920b-a880-7004-8000-000000000004,01a18c77-7174-7002-8000-000000000002,01a19467-e7ff-7005-8000-000000000005,01a19468-d260-7006-8000-000000000006}', '{operation-1,operation-3,operation-4,operation-2,operation-5,operation-6}', '{1,1,1,1,1,1}', '{sidecar-1,sidecar-1,sidecar-1,sidecar-1,sidecar-1,sidecar-1}', '{1,3,4,2,5,6}', '{alice,"",alice,bob,"",bob}', '{"","","","","",""}', '{"{\"team\":\"search\"}","{\"env\":\"dev\",\"team\":\"search\"}","{}","{}","{}","{}"}', '{acme,acme,acme,acme,acme,acme}', '{acme,acme,acme,acme,acme,acme}', '{openai/chat,openai/chat,openai/chat,openai/chat,openai/chat,openai/chat}', '{1,1,1,1,1,1}', '{chat_completions,chat_completions,chat_completions,chat_completions,chat_completions,chat_completions}', '{NULL,NULL,NULL,NULL,small,NULL}', '{small-2026-03-01,unheard-of,small,large,NULL,small}', '{NULL,NULL,NULL,NULL,NULL,NULL}', '{NULL,NULL,NULL,NULL,NULL,NULL}', '{f,f,f,f,f,f}', '{200,200,200,200,429,200}', '{NULL,NULL,NULL,NULL,NULL,NULL}', '{NULL,NULL,NULL,NULL,NULL,NULL}', '{reported,reported,estimated,reported,absent,reported}', '{complete,complete,client_aborted,complete,upstream_error,complete}', '{NULL,NULL,NULL,NULL,provider_error,NULL}', '{1000,10,100,2000001,NULL,8}', '{400,NULL,NULL,NULL,NULL,NULL}', '{NULL,NULL,NULL,NULL,NULL,NULL}', '{NULL,NULL,NULL,NULL,NULL,NULL}', '{NULL,NULL,NULL,NULL,NULL,NULL}', '{NULL,NULL,NULL,NULL,NULL,NULL}', '{NULL,NULL,NULL,NULL,NULL,NULL}', '{200,20,NULL,1,NULL,1}', '{150,NULL,NULL,NULL,NULL,NULL}', '{NULL,NULL,NULL,NULL,NULL,NULL}', '{NULL,NULL,NULL,NULL,NULL,1}', '{NULL,NULL,NULL,NULL,NULL,NULL}', '{"[{\"role\":\"primary\",\"model\":\"small-2026-03-01\",\"meters\":{\"in.text.cache_read\":400,\"in.text.fresh\":600,\"out.text\":50,\"out.text.reasoning\":150},\"quantity_status\":{},\"selectors\":{}}]","[{\"role\":\"primary\",\"model\":\"unheard-of\",\"meters\":{\"in.text.fresh\":10,\"out.text\":20},\"quantity_status\":{},\"selectors\":{}}]","[{\"role\":\"primary\",\"model\":\"small\",\"meters\":{\"in.text.fresh\":100,\"out.text\":7},\"quantity_status\":{\"out.text\":\"estimated\"},\"selectors\":{}}]","[{\"role\":\"primary\",\"model\":\"large\",\"meters\":{\"in.text.fresh\":2000001,\"out.text\":1},\"quantity_status\":{},\"selectors\":{\"batch\":true}}]",[],"[{\"role\":\"primary\",\"model\":\"small\",\"meters\":{\"in.text.fresh\":8,\"out.text\":1,\"web_search.request\":1},\"quantity_status\":{},\"selectors\":{}}]"}', '{NULL,NULL,"{\"input_tokens\":null,\"output_tokens\":7,\"upper_input_tokens\":null,\"upper_output_tokens\":28,\"method\":\"bytes/4\",\"version\":1}",NULL,NULL,NULL}', '{"{}","{unknown_field}","{}","{}","{}","{}"}', '{"{\"prompt_tokens\":1000,\"completion_tokens\":200}",NULL,NULL,NULL,NULL,NULL}', '{40,40,40,40,40,40}', '{120,120,120,120,120,120}', '{300,300,300,300,300,300}', '{900,900,900,900,900,900}', '{"2026-10-30 10:00:00+00","2026-10-31 12:00:00+00","2026-10-31 13:00:00+00","2026-10-30 11:00:00+00","2026-10-31 23:45:00+00","2026-11-01 00:00:00+00"}', '{USD,"",USD,USD,"",USD}', '{f,t,f,f,f,f}', '{"{}","{}","{}","{}","{}","{}"}', '{1,1,1,1,2,2,3,3,4,4,6,6,6}', '{0,1,2,3,0,1,0,1,0,1,0,1,2}', '{0,1,2,3,4,5,6,7,8,9,6,7,10}', '{400.000000000000,600.000000000000,50.000000000000,150.000000000000,10.000000000000,20.000000000000,100.000000000000,7.000000000000,2000001.000000000000,1.000000000000,8.000000000000,1.000000000000,1.000000000000}', '{0.000050000000,0.000750000000,0.000500000000,0.001500000000,NULL,NULL,0.000125000000,0.000070000000,5.000002500000,0.000015000000,0.000010000000,0.000010000000,0.010000000000}', '{charge,charge,charge,charge,unpriced,unpriced,charge,charge,charge,charge,charge}', '{0,0,0,0,0,0,0,0,0,0,0}', '{small-2026-03-01,small-2026-03-01,small-2026-03-01,small-2026-03-01,unheard-of,unheard-of,small,small,large,large,small}', '{in.text.cache_read,in.text.fresh,out.text,out.text.reasoning,in.text.fresh,out.text,in.text.fresh,out.text,in.text.fresh,out.text,web_search.request}', '{USD,USD,USD,USD,"","",USD,USD,USD,USD,USD}', '{list,list,list,list,list,list,list,list,list,list,list}', '{t,t,t,t,t,t,t,t,t,t,t}', '{t,t,t,t,t,t,t,t,t,t,t}', '{acme/small/2026-01,acme/small/2026-01,acme/small/2026-01,acme/small/2026-01,"","",acme/small/2026-01,acme/small/2026-01,acme/large/2026-01/batch,acme/large/2026-01/batch,acme/small/2026-01}', '{fixture-1,fixture-1,fixture-1,fixture-1,"","",fixture-1,fixture-1,fixture-1,fixture-1,fixture-1}', '{f,f,f,f,f,f,f,f,f,f,f}');
DEALLOCATE recorded;
PREPARE recorded AS INSERT INTO tollbook.instance (
    instance, received, version, reported_at, backlog, open_exchanges, complete_until)
VALUES ($1, '{}', $2, $3, $4, $5, $6)
ON CONFLICT (instance) DO UPDATE SET version = excluded.version,
    reported_at = excluded.reported_at, backlog = excluded.backlog,
    open_exchanges = excluded.open_exchanges, complete_until = excluded.complete_until;
EXECUTE recorded ('sidecar-1', '0.1.0', '2026-11-02 08:00:00+00', '0', '0', '2026-11-02 08:00:00+00');
DEALLOCATE recorded;
PREPARE recorded AS INSERT INTO tollbook.price_book VALUES ($1, $2, $3);
EXECUTE recorded ('2', 'fixture-2', '2026-11-03 00:00:00+00');
DEALLOCATE recorded;
PREPARE recorded AS INSERT INTO tollbook.price_file (ordinal, name, content)
SELECT $1::bigint, name, content FROM unnest($2::text[], $3::text[]) AS f(name, content);
EXECUTE recorded ('2', '{acme.yaml}', '{"provider: acme
currency: USD
prices:
- id: acme/small/2026-01
  models: [small, \"small-2026-*\"]
  from: 2026-01-01
  source: https://example.com/prices
  checked: 2026-11-01
  rates:
    in.text.fresh: {amount: \"1.25\", per: 1000000}
    in.text.cache_read: {amount: \"0.125\", per: 1000000}
    out.text: {amount: \"20\", per: 1000000}
    web_search.request: {amount: \"10\", per: 1000}
  same_as: {out.text.reasoning: out.text}
- id: acme/large/2026-01/batch
  models: [large]
  from: 2026-01-01
  source: https://example.com/prices
  checked: 2026-11-01
  when: {batch: true}
  multiply: \"1/2\"
  rates:
    in.text.fresh: {amount: \"5\", per: 1000000}
    out.text: {amount: \"30\", per: 1000000}
- id: acme/large/2026-01
  models: [large]
  from: 2026-01-01
  source: https://example.com/prices
  checked: 2026-11-01
  rates:
    in.text.fresh: {amount: \"5\", per: 1000000}
    out.text: {amount: \"30\", per: 1000000}
- id: acme/unheard-of/2026-01
  models: [unheard-of]
  from: 2026-01-01
  rates:
    in.text.fresh: {amount: \"3\", per: 1000000}
    out.text: {amount: \"6\", per: 1000000}
"}');
DEALLOCATE recorded;
PREPARE recorded AS WITH record AS MATERIALIZED (
    SELECT * FROM unnest(
        $2::text[], $3::timestamptz[], $4::uuid[], $5::timestamptz[], $6::text[], $7::text[],
        $8::text[], $9::text[], $10::text[], $11::text[], $12::int8[], $13::json[])
    WITH ORDINALITY AS r(
        tenant, occurred_at, record_id, bucket, user_id, key_id, provider, upstream, model, currency,
        unpriced, rollup_labels, no)
), added AS MATERIALIZED (
    SELECT r.tenant, r.occurred_at, r.record_id, r.bucket, r.user_id, r.key_id, r.provider,
        r.upstream, r.rollup_labels::text AS labels, e.*
    FROM unnest(
        $14::int4[], $15::int2[], $16::text[], $17::int8[], $18::int2[], $19::text[], $20::text[],
        $21::numeric[], $22::numeric[], $23::text[], $24::text[], $25::boolean[], $26::boolean[],
        $27::text[], $28::text[], $29::boolean[])
        AS e(
            record, entry_no, kind, correction_of, component, model, meter, quantity, amount,
            currency, book, also_contracted, also_chargeback, rate_id, price_version, rounded)
    JOIN record r ON r.no = e.record
), booked AS (
    INSERT INTO tollbook.entry (
        tenant, occurred_at, record_id, booked_at, period, entry_no, kind, correction_of, component,
        model, meter, quantity, amount, currency, book, also_contracted, also_chargeback, rate_id,
        price_version, rounded)
    SELECT tenant, occurred_at, record_id, $1::timestamptz, to_char(occurred_at, 'YYYY-MM'), entry_no,
        kind, correction_of::int2, component, model, meter, quantity, amount, currency, book,
        also_contracted, also_chargeback, rate_id, price_version, rounded
    FROM added
    ORDER BY record, entry_no
), cell AS (
    SELECT tenant, bucket, user_id, key_id, provider, upstream, model, 'request' AS meter, currency,
        rollup_labels::text AS labels, unpriced AS unpriced_requests, 0 AS unpriced_readings,
        0::numeric AS quantity, NULL::numeric AS list_amount, NULL::numeric AS contracted_amount,
        NULL::numeric AS chargeback_amount
    FROM record
    WHERE unpriced <> 0
    UNION ALL
    SELECT tenant, bucket, user_id, key_id, provider, upstream, model, meter, currency, labels, 0,
        CASE
            WHEN kind = 'unpriced' THEN 1 WHEN kind = 'reversal' AND amount IS NULL THEN -1 ELSE 0
        END,
        CASE WHEN book = 'list' THEN quantity ELSE 0 END,
        CASE WHEN kind <> 'free' AND book = 'list' THEN amount END,
        CASE WHEN kind <> 'free' AND (book = 'contracted' OR also_contracted) THEN amount END,
        CASE WHEN kind <> 'free' AND (book = 'chargeback' OR also_chargeback) THEN amount END
    FROM added
), rolled AS (
    INSERT INTO tollbook.rollup AS r (
        tenant, bucket, user_id, key_id, provider, upstream, model, meter, currency, labels_digest,
        labels, requests, estimated_requests, unpriced_requests, open_requests, late_requests,
        unpriced_readings, quantity, list_amount, contracted_amount, chargeback_amount)
    SELECT tenant, bucket, user_id, key_id, provider, upstream, model, meter, currency,
        CASE labels WHEN '{}' THEN ''::bytea ELSE
            substr(sha256(convert_to(labels, 'UTF8')), 1, 16) END,
        labels::json, 0, 0, sum(unpriced_requests), 0, 0, sum(unpriced_readings), sum(quantity),
        sum(list_amount), sum(contracted_amount), sum(chargeback_amount)
    FROM cell
    GROUP BY tenant, bucket, user_id, key_id, provider, upstream, model, meter, currency, labels
    ORDER BY tenant COLLATE "C", bucket, user_id COLLATE "C", key_id COLLATE "C",
        provider COLLATE "C", upstream COLLATE "C", model COLLATE "C", meter COLLATE "C",
        currency COLLATE "C", 10
    ON CONFLICT (
        tenant, bucket, user_id, key_id, provider, upstream, model, meter, currency, labels_digest)
    DO UPDATE SET
        unpriced_requests = r.unpriced_requests + excluded.unpriced_requests,
        unpriced_readings = r.unpriced_readings + excluded.unpriced_readings,
        quantity = r.quantity + excluded.quantity,
        list_amount =
            coalesce(r.list_amount + excluded.list_amount, r.list_amount, excluded.list_amount),
        contracted_amount = coalesce(
            r.contracted_amount + excluded.contracted_amount, r.contracted_amount,
            excluded.contracted_amount),
        chargeback_amount = coalesce(
            r.chargeback_amount + excluded.chargeback_amount, r.chargeback_amount,
            excluded.chargeback_amount)
)
SELECT count(*) FROM added;
EXECUTE recorded ('2026-11-21 14:46:51.098861+00', '{acme}', '{"2026-10-31 12:00:00+00"}', '{01a191d4-ba00-7003-8000-000000000003}', '{"2026-10-31 12:00:00+00"}', '{""}', '{""}', '{acme}', '{acme}', '{unheard-of}', '{""}', '{-1}', '{"{}"}', '{1,1,1,1}', '{2,3,4,5}', '{reversal,reversal,replacement,replacement}', '{0,1,0,1}', '{0,0,0,0}', '{unheard-of,unheard-of,unheard-of,unheard-of}', '{in.text.fresh,out.text,in.text.fresh,out.text}', '{-10.000000000000,-20.000000000000,10.000000000000,20.000000000000}', '{NULL,NULL,0.000030000000,0.000120000000}', '{"","",USD,USD}', '{list,list,list,list}', '{t,t,t,t}', '{t,t,t,t}', '{"","",acme/unheard-of/2026-01,acme/unheard-of/2026-01}', '{"","",fixture-2,fixture-2}', '{f,f,f,f}');
DEALLOCATE recorded;
PREPARE recorded AS WITH record AS MATERIALIZED (
    SELECT * FROM unnest(
        $2::text[], $3::timestamptz[], $4::uuid[], $5::timestamptz[], $6::text[], $7::text[],
        $8::text[], $9::text[], $10::text[], $11::text[], $12::int8[], $13::json[])
    WITH ORDINALITY AS r(
        tenant, occurred_at, record_id, bucket, user_id, key_id, provider, upstream, model, currency,
        unpriced, rollup_labels, no)
), added AS MATERIALIZED (
    SELECT r.tenant, r.occurred_at, r.record_id, r.bucket, r.user_id, r.key_id, r.provider,
        r.upstream, r.rollup_labels::text AS labels, e.*
    FROM unnest(
        $14::int4[], $15::int2[], $16::text[], $17::int8[], $18::int2[], $19::text[], $20::text[],
        $21::numeric[], $22::numeric[], $23::text[], $24::text[], $25::boolean[], $26::boolean[],
        $27::text[], $28::text[], $29::boolean[])
        AS e(
            record, entry_no, kind, correction_of, component, model, meter, quantity, amount,
            currency, book, also_contracted, also_chargeback, rate_id, price_version, rounded)
    JOIN record r ON r.no = e.record
), booked AS (
    INSERT INTO tollbook.entry (
        tenant, occurred_at, record_id, booked_at, period, entry_no, kind, correction_of, component,
        model, meter, quantity, amount, currency, book, also_contracted, also_chargeback, rate_id,
        price_version, rounded)
    SELECT tenant, occurred_at, record_id, $1::timestamptz, to_char(occurred_at, 'YYYY-MM'), entry_no,
        kind, correction_of::int2, component, model, meter, quantity, amount, currency, book,
        also_contracted, also_chargeback, rate_id, price_version, rounded
    FROM added
    ORDER BY record, entry_no
), cell AS (
    SELECT tenant, bucket, user_id, key_id, provider, upstream, model, 'request' AS meter, currency,
        rollup_labels::text AS labels, unpriced AS unpriced_requests, 0 AS unpriced_readings,
        0::numeric AS quantity, NULL::numeric AS list_amount, NULL::numeric AS contracted_amount,
        NULL::numeric AS chargeback_amount
    FROM record
    WHERE unpriced <> 0
    UNION ALL
    SELECT tenant, bucket, user_id, key_id, provider, upstream, model, meter, currency, labels, 0,
        CASE
            WHEN kind = 'unpriced' THEN 1 WHEN kind = 'reversal' AND amount IS NULL THEN -1 ELSE 0
        END,
        CASE WHEN book = 'list' THEN quantity ELSE 0 END,
        CASE WHEN kind <> 'free' AND book = 'list' THEN amount END,
        CASE WHEN kind <> 'free' AND (book = 'contracted' OR also_contracted) THEN amount END,
        CASE WHEN kind <> 'free' AND (book = 'chargeback' OR also_chargeback) THEN amount END
    FROM added
), rolled AS (
    INSERT INTO tollbook.rollup AS r (
        tenant, bucket, user_id, key_id, provider, upstream, model, meter, currency, labels_digest,
        labels, requests, estimated_requests, unpriced_requests, open_requests, late_requests,
        unpriced_readings, quantity, list_amount, contracted_amount, chargeback_amount)
    SELECT tenant, bucket, user_id, key_id, provider, upstream, model, meter, currency,
        CASE labels WHEN '{}' THEN ''::bytea ELSE
            substr(sha256(convert_to(labels, 'UTF8')), 1, 16) END,
        labels::json, 0, 0, sum(unpriced_requests), 0, 0, sum(unpriced_readings), sum(quantity),
        sum(list_amount), sum(contracted_amount), sum(chargeback_amount)
    FROM cell
    GROUP BY tenant, bucket, user_id, key_id, provider, upstream, model, meter, currency, labels
    ORDER BY tenant COLLATE "C", bucket, user_id COLLATE "C", key_id COLLATE "C",
        provider COLLATE "C", upstream COLLATE "C", model COLLATE "C", meter COLLATE "C",
        currency COLLATE "C", 10
    ON CONFLICT (
        tenant, bucket, user_id, key_id, provider, upstream, model, meter, currency, labels_digest)
    DO UPDATE SET
        unpriced_requests = r.unpriced_requests + excluded.unpriced_requests,
        unpriced_readings = r.unpriced_readings + excluded.unpriced_readings,
        quantity = r.quantity + excluded.quantity,
        list_amount =
            coalesce(r.list_amount + excluded.list_amount, r.list_amount, excluded.list_amount),
        contracted_amount = coalesce(
            r.contracted_amount + excluded.contracted_amount, r.contracted_amount,
            excluded.contracted_amount),
        chargeback_amount = coalesce(
            r.chargeback_amount + excluded.chargeback_amount, r.chargeback_amount,
            excluded.chargeback_amount)
)
SELECT count(*) FROM added;
EXECUTE recorded ('2026-11-21 14:46:51.295269+00', '{acme,acme}', '{"2026-10-30 10:00:00+00","2026-10-31 13:00:00+00"}', '{01a18c40-8100-7001-8000-000000000001,01a1920b-a880-7004-8000-000000000004}', '{"2026-10-30 10:00:00+00","2026-10-31 13:00:00+00"}', '{alice,alice}', '{"",""}', '{acme,acme}', '{acme,acme}', '{small-2026-03-01,small}', '{USD,USD}', '{0,0}', '{"{}","{}"}', '{1,1,1,1,2,2}', '{4,5,6,7,2,3}', '{reversal,reversal,replacement,replacement,reversal,replacement}', '{2,3,2,3,1,1}', '{0,0,0,0,0,0}', '{small-2026-03-01,small-2026-03-01,small-2026-03-01,small-2026-03-01,small,small}', '{out.text,out.text.reasoning,out.text,out.text.reasoning,out.text,out.text}', '{-50.000000000000,-150.000000000000,50.000000000000,150.000000000000,-7.000000000000,7.000000000000}', '{-0.000500000000,-0.001500000000,0.001000000000,0.003000000000,-0.000070000000,0.000140000000}', '{USD,USD,USD,USD,USD,USD}', '{list,list,list,list,list,list}', '{t,t,t,t,t,t}', '{t,t,t,t,t,t}', '{acme/small/2026-01,acme/small/2026-01,acme/small/2026-01,acme/small/2026-01,acme/small/2026-01,acme/small/2026-01}', '{fixture-1,fixture-1,fixture-2,fixture-2,fixture-1,fixture-2}', '{f,f,f,f,f,f}');
DEALLOCATE recorded;
