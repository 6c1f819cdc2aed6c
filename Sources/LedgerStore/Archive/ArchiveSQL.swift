// The text of a month that is put aside: each row as PostgreSQL writes it, with the columns of form 1
// (those that seals digest and the month that a late row is carried from), as a JSON string so that it is one
// line whatever is in it.

extension LedgerStore {
    /// `$1` and `$2` the month's ends. Lines in the order of the keys.
    static let recordLinesSQL: StaticString = """
        SELECT to_json(ROW(
            tenant, occurred_at, record_id, booked_at, period, operation_id, attempt, instance, seq,
            user_id, key_id, labels, upstream, provider, dialect, dialect_version, api, model_requested,
            model, response_id, provider_request_id, stream, http_status, finish_reason, service_tier,
            usage_status, completeness, not_billable_reason, input_tokens, cache_read_tokens,
            cache_write_tokens, cache_write_1h_tokens, audio_input_tokens, image_input_tokens,
            tool_prompt_tokens, output_tokens, reasoning_tokens, audio_output_tokens, web_searches,
            provider_cost_usd, components, estimate, anomalies, raw_usage, first_byte_ms, total_ms,
            request_bytes, response_bytes, carried_from)::text)::text
        FROM tollbook.usage_record
        WHERE occurred_at >= $1::timestamptz AND occurred_at < $2::timestamptz
        ORDER BY tenant, occurred_at, record_id
        """

    static let entryLinesSQL: StaticString = """
        SELECT to_json(ROW(
            tenant, occurred_at, record_id, entry_no, booked_at, period, kind, correction_of, component,
            model, meter, quantity, amount, currency, book, also_contracted, also_chargeback, rate_id,
            price_version, rounded, carried_from)::text)::text
        FROM tollbook.entry
        WHERE occurred_at >= $1::timestamptz AND occurred_at < $2::timestamptz
        ORDER BY tenant, occurred_at, record_id, entry_no
        """

    /// `$1` lines. What is there already stays. Answers how many were added.
    static let restoreRecordsSQL: StaticString = """
        WITH added AS (
            INSERT INTO tollbook.usage_record (
                tenant, occurred_at, record_id, booked_at, period, operation_id, attempt, instance, seq,
                user_id, key_id, labels, upstream, provider, dialect, dialect_version, api,
                model_requested, model, response_id, provider_request_id, stream, http_status,
                finish_reason, service_tier, usage_status, completeness, not_billable_reason,
                input_tokens, cache_read_tokens, cache_write_tokens, cache_write_1h_tokens,
                audio_input_tokens, image_input_tokens, tool_prompt_tokens, output_tokens,
                reasoning_tokens, audio_output_tokens, web_searches, provider_cost_usd, components,
                estimate, anomalies, raw_usage, first_byte_ms, total_ms, request_bytes, response_bytes,
                carried_from, in_day)
            SELECT r.*, true
            FROM unnest($1::json[]) AS l(line)
            CROSS JOIN LATERAL (SELECT ((l.line #>> '{}')::tollbook.record_row).*) AS r
            ON CONFLICT DO NOTHING
            RETURNING 1)
        SELECT count(*) FROM added
        """

    static let restoreEntriesSQL: StaticString = """
        WITH added AS (
            INSERT INTO tollbook.entry (
                tenant, occurred_at, record_id, entry_no, booked_at, period, kind, correction_of,
                component, model, meter, quantity, amount, currency, book, also_contracted,
                also_chargeback, rate_id, price_version, rounded, carried_from, in_day)
            SELECT r.*, true
            FROM unnest($1::json[]) AS l(line)
            CROSS JOIN LATERAL (SELECT ((l.line #>> '{}')::tollbook.entry_row).*) AS r
            ON CONFLICT DO NOTHING
            RETURNING 1)
        SELECT count(*) FROM added
        """
}
