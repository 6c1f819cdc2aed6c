// The statement that posts a batch. It inserts what is new, books the entries of exactly those records
// and adds exactly those to the rollups: all three see the rows that the first insert returns, so a
// batch that comes again changes nothing. Rows are inserted in the order of their keys, the rollups'
// rows likewise, so that two sidecars that post overlapping batches wait for each other but never
// deadlock. What occurred in a closed month keeps its time and names that month, see migration 0008.

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
        ), seal AS MATERIALIZED (
            -- Closed months that end after the oldest record: mostly none.
            SELECT p.tenant, p.period, p.since, p.until
            FROM tollbook.period p
            WHERE p.state = 'closed' AND p.until > (SELECT min(occurred_at) FROM incoming)
                AND (p.tenant = '' OR p.tenant IN (SELECT tenant FROM incoming))
        ), inserted AS (
            INSERT INTO tollbook.usage_record (
                tenant, occurred_at, record_id, carried_from, booked_at, period,
                operation_id, attempt, instance, seq, user_id, key_id, labels, upstream, provider, dialect,
                dialect_version, api, model_requested, model, response_id, provider_request_id, stream,
                http_status, finish_reason, service_tier, usage_status, completeness, not_billable_reason,
                input_tokens, cache_read_tokens, cache_write_tokens, cache_write_1h_tokens,
                audio_input_tokens, image_input_tokens, tool_prompt_tokens, output_tokens, reasoning_tokens,
                audio_output_tokens, web_searches, provider_cost_usd, components, estimate, anomalies,
                raw_usage, first_byte_ms, total_ms, request_bytes, response_bytes)
            SELECT tenant, occurred_at, record_id, s.closed,
                CASE WHEN s.closed IS NULL THEN $1::timestamptz ELSE greatest($1::timestamptz, s.last) END,
                CASE WHEN s.closed IS NULL THEN to_char(occurred_at, 'YYYY-MM') ELSE
                    greatest(to_char(greatest($1::timestamptz, s.last), 'YYYY-MM'), s.next) END,
                operation_id, attempt, instance, seq, user_id, key_id, labels, upstream, provider, dialect,
                dialect_version, api, model_requested, model, response_id, provider_request_id, stream,
                http_status, finish_reason, service_tier, usage_status, completeness, not_billable_reason,
                input_tokens, cache_read_tokens, cache_write_tokens, cache_write_1h_tokens,
                audio_input_tokens, image_input_tokens, tool_prompt_tokens, output_tokens, reasoning_tokens,
                audio_output_tokens, web_searches, provider_cost_usd, components, estimate,
                anomalies::text[], raw_usage, first_byte_ms, total_ms, request_bytes, response_bytes
            FROM incoming i
            LEFT JOIN LATERAL (
                SELECT min(s.period) FILTER (WHERE s.since <= i.occurred_at AND i.occurred_at < s.until)
                        AS closed,
                    max(s.until) AS last,
                    to_char((max(s.period) || '-01')::date + interval '1 month', 'YYYY-MM') AS next
                FROM seal s
                WHERE s.tenant = i.tenant OR (s.tenant = '' AND NOT EXISTS (
                    SELECT FROM tollbook.period o WHERE o.tenant = i.tenant AND o.period = s.period))
            ) s ON true
            ORDER BY no
            ON CONFLICT DO NOTHING
            RETURNING tenant, occurred_at, record_id, carried_from, booked_at, period
        ), fresh AS MATERIALIZED (
            SELECT i.no, i.tenant, i.occurred_at, i.record_id, i.bucket, i.user_id, i.key_id, i.provider,
                i.upstream, coalesce(i.model, i.model_requested, '') AS model,
                i.currency, i.rollup_labels::text AS labels, i.usage_status, i.completeness, i.unpriced,
                i.api, n.carried_from, n.booked_at, n.period
            FROM incoming i
            JOIN inserted n
                ON n.tenant = i.tenant AND n.occurred_at = i.occurred_at AND n.record_id = i.record_id
        ), charged AS MATERIALIZED (
            SELECT f.tenant, f.occurred_at, f.record_id, f.bucket, f.user_id, f.key_id, f.provider,
                f.upstream, f.labels, f.carried_from, f.booked_at, f.period, e.record, e.entry_no, e.quantity,
                e.amount, l.*
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
                tenant, occurred_at, record_id, carried_from, booked_at, period,
                entry_no, kind, component, model, meter, quantity, amount, currency, book, also_contracted,
                also_chargeback, rate_id, price_version, rounded)
            SELECT tenant, occurred_at, record_id, carried_from, booked_at, period,
                entry_no, kind, component, model, meter, quantity, amount, currency, book, also_contracted,
                also_chargeback, rate_id, price_version, rounded
            FROM charged
            ORDER BY record, entry_no
        ), cell AS (
            SELECT tenant, bucket, user_id, key_id, provider, upstream, model, 'request' AS meter, currency,
                labels, (api <> 'adjustment')::integer AS requests,
                (usage_status = 'estimated')::integer AS estimated_requests,
                unpriced::integer AS unpriced_requests, (completeness = 'open')::integer AS open_requests,
                (booked_at > occurred_at + $2::bigint * interval '1 second')::integer AS late_requests,
                0 AS unpriced_readings, 0::numeric AS quantity,
                NULL::numeric AS list_amount, NULL::numeric AS contracted_amount,
                NULL::numeric AS chargeback_amount
            FROM fresh
            UNION ALL
            SELECT tenant, bucket, user_id, key_id, provider, upstream, model, meter, currency, labels,
                0, 0, 0, 0, 0, (kind = 'unpriced')::integer,
                CASE WHEN book = 'list' THEN quantity ELSE 0 END,
                CASE WHEN kind <> 'free' AND book = 'list' THEN amount END,
                CASE WHEN kind <> 'free' AND (book = 'contracted' OR also_contracted) THEN amount END,
                CASE WHEN kind <> 'free' AND (book = 'chargeback' OR also_chargeback) THEN amount END
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
        SELECT count(*) FROM inserted
        """
}
