// The statement that looks at what a posting did not insert: the same key with the same content is a
// duplicate, with other content a conflict, which is kept to be looked at. It compares whole rows, so
// nothing has to be hashed when records are new. The anomaly that compares a stated cost with the prices
// in force belongs to them, not to the exchange: posted again under a later book it is no contradiction.
import Postgres

extension LedgerStore {
    /// `$1` seen at, then the columns of ``RecordColumns`` from `$3` on. Answers how many records are in
    /// conflict with what the ledger holds.
    static let conflictSQL = SQLText(
        joining: IncomingSQL.incoming,
        """
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
                array_remove(i.anomalies::text[], 'stated_cost_mismatch'), i.raw_usage::text,
                i.first_byte_ms, i.total_ms, i.request_bytes, i.response_bytes
            ) IS DISTINCT FROM (
                r.operation_id, r.attempt, r.instance, r.seq, r.user_id, r.key_id, r.labels::text, r.upstream,
                r.provider, r.dialect, r.dialect_version, r.api, r.model_requested, r.model, r.response_id,
                r.provider_request_id, r.stream, r.http_status, r.finish_reason, r.service_tier,
                r.usage_status, r.completeness, r.not_billable_reason, r.input_tokens, r.cache_read_tokens,
                r.cache_write_tokens, r.cache_write_1h_tokens, r.audio_input_tokens, r.image_input_tokens,
                r.tool_prompt_tokens, r.output_tokens, r.reasoning_tokens, r.audio_output_tokens,
                r.web_searches, r.provider_cost_usd, r.components::text, r.estimate::text,
                array_remove(r.anomalies, 'stated_cost_mismatch'),
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
        """)
}
