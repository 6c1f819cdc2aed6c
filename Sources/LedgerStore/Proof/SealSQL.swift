// How rows become digests. The text is PostgreSQL's own of a row, with the columns named here in this order,
// times in UTC and in ISO form: it does not change with the server's settings, and columns that later
// migrations add are not in it. A change of this text needs a new ``Seal/form``.

extension LedgerStore {
    /// `$1` and `$2` bounds of `booked_at`, `$3` tenant or null for all. A row for each tenant and month of
    /// occurrence: records, entries, digest.
    static let dayDigestSQL: StaticString = """
        WITH record AS (
            SELECT tenant, to_char(occurred_at, 'YYYY-MM') AS month, count(*) AS records,
                sha256(string_agg(sha256(convert_to(ROW(
                    tenant, occurred_at, record_id, booked_at, period, operation_id, attempt, instance, seq, user_id,
                    key_id, labels, upstream, provider, dialect, dialect_version, api, model_requested, model,
                    response_id, provider_request_id, stream, http_status, finish_reason, service_tier,
                    usage_status, completeness, not_billable_reason, input_tokens, cache_read_tokens,
                    cache_write_tokens, cache_write_1h_tokens, audio_input_tokens, image_input_tokens,
                    tool_prompt_tokens, output_tokens, reasoning_tokens, audio_output_tokens, web_searches,
                    provider_cost_usd, components, estimate, anomalies, raw_usage, first_byte_ms, total_ms,
                    request_bytes, response_bytes)::text, 'UTF8')), ''::bytea
                    ORDER BY occurred_at, record_id)) AS digest
            FROM tollbook.usage_record
            WHERE booked_at >= $1::timestamptz AND booked_at < $2::timestamptz
                AND ($3::text IS NULL OR tenant = $3)
            GROUP BY tenant, to_char(occurred_at, 'YYYY-MM')
        ), entry AS (
            SELECT tenant, to_char(occurred_at, 'YYYY-MM') AS month, count(*) AS entries,
                sha256(string_agg(sha256(convert_to(ROW(
                    tenant, occurred_at, record_id, entry_no, booked_at, period, kind, correction_of, component, model,
                    meter, quantity, amount, currency, book, also_contracted, also_chargeback, rate_id,
                    price_version, rounded)::text, 'UTF8')), ''::bytea
                    ORDER BY occurred_at, record_id, entry_no)) AS digest
            FROM tollbook.entry
            WHERE booked_at >= $1::timestamptz AND booked_at < $2::timestamptz
                AND ($3::text IS NULL OR tenant = $3)
            GROUP BY tenant, to_char(occurred_at, 'YYYY-MM')
        )
        SELECT tenant, month, coalesce(r.records, 0), coalesce(e.entries, 0),
            sha256(coalesce(r.digest, ''::bytea) || coalesce(e.digest, ''::bytea))
        FROM record r
        FULL JOIN entry e USING (tenant, month)
        ORDER BY tenant COLLATE "C", month COLLATE "C"
        """

    /// The newest seal of each tenant, the day's first. `$1` tenant or null for all.
    static let sealHeadsSQL: StaticString = """
        SELECT DISTINCT ON (tenant) tenant, number, day::text, month, records, entries, digest, previous, mac, key_id
        FROM tollbook.seal
        WHERE $1::text IS NULL OR tenant = $1
        ORDER BY tenant, number DESC
        """

    /// All seals, chain by chain. `$1` tenant or null for all.
    static let sealChainSQL: StaticString = """
        SELECT tenant, number, day::text, month, records, entries, digest, previous, mac, key_id
        FROM tollbook.seal
        WHERE $1::text IS NULL OR tenant = $1
        ORDER BY tenant, number
        """

    /// The seals of one day (`$1`, of `$2` tenant or null for all), in the order in which the day's
    /// digests them.
    static let daySealsSQL: StaticString = """
        SELECT tenant, number, day::text, month, records, entries, digest, previous, mac, key_id
        FROM tollbook.seal
        WHERE day = $1::text::date AND ($2::text IS NULL OR tenant = $2)
        ORDER BY tenant, month
        """

    static let insertSealsSQL: StaticString = """
        INSERT INTO tollbook.seal (
            tenant, number, day, month, records, entries, digest, previous, mac, key_id, form, sealed_at)
        SELECT tenant, number, day::date, month, records, entries, digest, previous, mac, key_id, $11::bigint,
            $12::timestamptz
        FROM unnest(
            $1::text[], $2::bigint[], $3::text[], $4::text[], $5::bigint[], $6::bigint[], $7::bytea[],
            $8::bytea[], $9::bytea[], $10::text[])
            AS s(tenant, number, day, month, records, entries, digest, previous, mac, key_id)
        ORDER BY tenant COLLATE "C", number
        """

    /// The first day on which anything was booked.
    static let firstBookingSQL: StaticString = """
        SELECT min(booked_at) FROM (
            SELECT min(booked_at) AS booked_at FROM tollbook.usage_record
            UNION ALL SELECT min(booked_at) FROM tollbook.entry) AS first
        """

    /// Transactions that are posting now: whoever inserts facts holds this lock until it ends.
    static let postingNowSQL: StaticString = """
        SELECT coalesce(array_agg(DISTINCT virtualtransaction), '{}')
        FROM pg_locks
        WHERE relation IN ('tollbook.usage_record'::regclass, 'tollbook.entry'::regclass)
            AND mode = 'RowExclusiveLock' AND granted
        """

    /// Whether any of the transactions `$1` still holds its lock.
    static let stillPostingSQL: StaticString = """
        SELECT pg_sleep(0.05)::text, count(*)
        FROM pg_locks
        WHERE relation IN ('tollbook.usage_record'::regclass, 'tollbook.entry'::regclass)
            AND mode = 'RowExclusiveLock' AND granted AND virtualtransaction = ANY ($1::text[])
        """
}
