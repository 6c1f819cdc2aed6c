// The statement that posts a batch. It inserts what is new, books the entries of exactly those records
// and adds exactly those to the rollups: all three see the rows that the first insert returns, so a batch
// that comes again changes nothing. Rows are inserted in the order of their keys, the rollups' rows
// likewise, so that two sidecars that post overlapping batches wait for each other but never deadlock.
// PostgreSQL runs such parts of a statement in reverse: sums of days, which many share, are the first to
// be written down here, so that they are locked last and for the shortest time.

extension LedgerStore {
    /// `$1` booked at, `$2` seconds after which a record is late, then the columns of
    /// ``RecordColumns`` and of ``EntryColumns``. Answers how many records were new.
    static let ingestSQL: StaticString = """
        WITH incoming AS MATERIALIZED (
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
                raw_usage, first_byte_ms, total_ms, request_bytes, response_bytes, in_day)
            SELECT tenant, occurred_at, record_id, $1::timestamptz, to_char(occurred_at, 'YYYY-MM'),
                operation_id, attempt, instance, seq, user_id, key_id, labels, upstream, provider, dialect,
                dialect_version, api, model_requested, model, response_id, provider_request_id, stream,
                http_status, finish_reason, service_tier, usage_status, completeness, not_billable_reason,
                input_tokens, cache_read_tokens, cache_write_tokens, cache_write_1h_tokens,
                audio_input_tokens, image_input_tokens, tool_prompt_tokens, output_tokens, reasoning_tokens,
                audio_output_tokens, web_searches, provider_cost_usd, components, estimate,
                anomalies::text[], raw_usage, first_byte_ms, total_ms, request_bytes, response_bytes, true
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
        ), daily AS (
            INSERT INTO tollbook.rollup_day AS d (
                tenant, day, provider, upstream, model, currency, requests, estimated_requests,
                unpriced_requests, open_requests, late_requests, unpriced_readings, quantity, input,
                cache_read, cache_write, output, reasoning, list_amount, contracted_amount,
                chargeback_amount)
            SELECT tenant, date_trunc('day', bucket, 'UTC'), provider, upstream, model, currency,
                sum(requests), sum(estimated_requests), sum(unpriced_requests), sum(open_requests),
                sum(late_requests), sum(unpriced_readings), sum(quantity),
                coalesce(sum(quantity) FILTER (WHERE is_input), 0),
                coalesce(sum(quantity) FILTER (WHERE is_input AND meter LIKE '%.cache_read%'), 0),
                coalesce(sum(quantity) FILTER (WHERE is_input AND meter LIKE '%.cache_write%'), 0),
                coalesce(sum(quantity) FILTER (WHERE is_output), 0),
                coalesce(sum(quantity) FILTER (WHERE is_output AND meter LIKE '%.reasoning'), 0),
                sum(list_amount), sum(contracted_amount), sum(chargeback_amount)
            FROM (
                SELECT *,
                    meter LIKE 'in.%' AND meter NOT LIKE '%.seconds' AND meter NOT LIKE '%.chars'
                        AS is_input,
                    meter LIKE 'out.%' AND meter NOT LIKE '%.seconds' AND meter NOT LIKE '%.chars'
                        AS is_output
                FROM cell) AS kinds
            GROUP BY tenant, date_trunc('day', bucket, 'UTC'), provider, upstream, model, currency
            ORDER BY tenant COLLATE "C", 2, provider COLLATE "C", upstream COLLATE "C", model COLLATE "C",
                currency COLLATE "C"
            ON CONFLICT (tenant, day, provider, upstream, model, currency)
            DO UPDATE SET
                requests = d.requests + excluded.requests,
                estimated_requests = d.estimated_requests + excluded.estimated_requests,
                unpriced_requests = d.unpriced_requests + excluded.unpriced_requests,
                open_requests = d.open_requests + excluded.open_requests,
                late_requests = d.late_requests + excluded.late_requests,
                unpriced_readings = d.unpriced_readings + excluded.unpriced_readings,
                quantity = d.quantity + excluded.quantity, input = d.input + excluded.input,
                cache_read = d.cache_read + excluded.cache_read,
                cache_write = d.cache_write + excluded.cache_write, output = d.output + excluded.output,
                reasoning = d.reasoning + excluded.reasoning,
                list_amount =
                    coalesce(d.list_amount + excluded.list_amount, d.list_amount, excluded.list_amount),
                contracted_amount = coalesce(
                    d.contracted_amount + excluded.contracted_amount, d.contracted_amount,
                    excluded.contracted_amount),
                chargeback_amount = coalesce(
                    d.chargeback_amount + excluded.chargeback_amount, d.chargeback_amount,
                    excluded.chargeback_amount)
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
        ), booked AS (
            INSERT INTO tollbook.entry (
                tenant, occurred_at, record_id, booked_at, period,
                entry_no, kind, component, model, meter, quantity, amount, currency, book, also_contracted,
                also_chargeback, rate_id, price_version, rounded, in_day)
            SELECT tenant, occurred_at, record_id, $1::timestamptz, to_char(occurred_at, 'YYYY-MM'),
                entry_no, kind, component, model, meter, quantity, amount, currency, book, also_contracted,
                also_chargeback, rate_id, price_version, rounded, true
            FROM charged
            ORDER BY record, entry_no
        ), seen AS (
            INSERT INTO tollbook.instance AS s (instance, received, version)
            SELECT instance, range_agg(int8range(seq, seq + 1)), ''
            FROM incoming
            GROUP BY instance
            ORDER BY instance COLLATE "C"
            ON CONFLICT (instance) DO UPDATE SET received = s.received + excluded.received
        )
        SELECT count(*) FROM inserted
        """
}
