// The statement that looks at what a posting did not insert: the same key with the same content is a
// duplicate, with other content a conflict, which is kept to be looked at. It compares whole rows, so
// nothing has to be hashed when records are new.

extension LedgerStore {
    /// `$1` seen at, then the columns of ``RecordColumns`` from `$3` on. Answers how many records are in
    /// conflict with what the ledger holds.
    static let conflictSQL: StaticString = """
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
        ), other AS (
            SELECT i.tenant, i.occurred_at, i.record_id, row_to_json(i)::text AS content
            FROM incoming i
            JOIN tollbook.usage_record r
                ON r.tenant = i.tenant AND r.occurred_at = i.occurred_at AND r.record_id = i.record_id
            WHERE (
                i.operation_id, i.attempt, i.instance, i.seq, i.user_id, i.key_id, i.labels::text, i.upstream,
                i.provider, i.dialect, i.dialect_version, i.api, i.model_requested, i.model, i.response_id,
                i.provider_request_id, i.stream, i.http_status, i.finish_reason, i.service_tier,
                i.usage_status, i.completeness, i.not_billable_reason, i.input_tokens, i.cache_read_tokens,
                i.cache_write_tokens, i.cache_write_1h_tokens, i.audio_input_tokens, i.image_input_tokens,
                i.tool_prompt_tokens, i.output_tokens, i.reasoning_tokens, i.audio_output_tokens,
                i.web_searches, i.provider_cost_usd, i.components::text, i.estimate::text,
                i.anomalies::text[], i.raw_usage::text, i.first_byte_ms, i.total_ms, i.request_bytes,
                i.response_bytes
            ) IS DISTINCT FROM (
                r.operation_id, r.attempt, r.instance, r.seq, r.user_id, r.key_id, r.labels::text, r.upstream,
                r.provider, r.dialect, r.dialect_version, r.api, r.model_requested, r.model, r.response_id,
                r.provider_request_id, r.stream, r.http_status, r.finish_reason, r.service_tier,
                r.usage_status, r.completeness, r.not_billable_reason, r.input_tokens, r.cache_read_tokens,
                r.cache_write_tokens, r.cache_write_1h_tokens, r.audio_input_tokens, r.image_input_tokens,
                r.tool_prompt_tokens, r.output_tokens, r.reasoning_tokens, r.audio_output_tokens,
                r.web_searches, r.provider_cost_usd, r.components::text, r.estimate::text, r.anomalies,
                r.raw_usage::text, r.first_byte_ms, r.total_ms, r.request_bytes, r.response_bytes
            )
        ), kept AS (
            INSERT INTO tollbook.conflict (tenant, occurred_at, record_id, digest, content, seen_at)
            SELECT tenant, occurred_at, record_id, sha256(convert_to(content, 'UTF8')), content,
                $1::timestamptz
            FROM other
            ORDER BY tenant COLLATE "C", occurred_at, record_id
            ON CONFLICT DO NOTHING
        )
        SELECT count(*), $2::bigint FROM other
        """
}
