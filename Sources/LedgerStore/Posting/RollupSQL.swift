// What posting and correcting do alike: how a change of figures gets into the rollups and into the sums of
// days, and how a batch of records arrives as columns. Written once, because two upserts of one table that
// drift apart would book the same usage in two ways.
import Postgres

enum RollupSQL {
    /// Adds the rows of `cell` to the rollups. To be put behind the definition of `cell`, which has the key's
    /// columns, `labels` as text, and one column for each figure: how much to add, null where a book has no
    /// amount. Rows are locked in the order of their keys, as by every other statement.
    static let rolled: StaticString = """
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
        """

    /// Adds the same rows to the sums of days, which keep no users, keys, labels and meters. To be put behind
    /// the definition of `cell` and before ``rolled``: PostgreSQL runs such parts of a statement in reverse,
    /// so that sums of days, which many share, are locked last and for the shortest time.
    static let daily: StaticString = """
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
        """
}

enum IncomingSQL {
    /// The columns of ``RecordColumns``, `$3` to `$52`, as the rows of `incoming`, numbered from 1.
    static let incoming: StaticString = """
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
        """
}
