// The statement that posts a batch. It inserts what is new, books the entries of exactly those records
// and adds exactly those to the rollups and the sums of days: all of them see the rows that the first
// insert returns, so a batch that comes again changes nothing. Rows are inserted in the order of their keys,
// the rollups' rows likewise, so that two sidecars that post overlapping batches wait for each other but
// never deadlock. What occurred in a closed month keeps its time and names that month, see migration 0008.
// Tables are joined with the batch by plain conditions and never laterally: a distributed ledger plans no
// other.
import Postgres

extension LedgerStore {
    /// `$1` booked at, `$2` seconds after which a record is late, then the columns of
    /// ``RecordColumns`` and of ``EntryColumns``. Answers how many records were new.
    static let ingestSQL = SQLText(
        joining: IncomingSQL.incoming,
        """
        ), seal AS MATERIALIZED (
            -- Closed months that end after the oldest record: mostly none.
            SELECT p.tenant, p.period, p.since, p.until
            FROM tollbook.period p
            WHERE p.state = 'closed' AND p.until > (SELECT min(occurred_at) FROM incoming)
                AND (p.tenant = '' OR p.tenant IN (SELECT tenant FROM incoming))
        ), own AS MATERIALIZED (
            -- Where a tenant has a month of its own, that of everybody does not count.
            SELECT o.tenant, o.period
            FROM tollbook.period o
            WHERE o.tenant IN (SELECT tenant FROM incoming) AND o.period IN (SELECT period FROM seal)
        ), closing AS MATERIALIZED (
            SELECT i.no,
                min(s.period) FILTER (WHERE s.since <= i.occurred_at AND i.occurred_at < s.until) AS closed,
                max(s.until) AS last,
                to_char((max(s.period) || '-01')::date + interval '1 month', 'YYYY-MM') AS next
            FROM incoming i
            JOIN seal s ON s.tenant = i.tenant OR s.tenant = ''
            LEFT JOIN own o ON s.tenant = '' AND o.tenant = i.tenant AND o.period = s.period
            WHERE o.tenant IS NULL
            GROUP BY i.no
        ), inserted AS (
            INSERT INTO tollbook.usage_record (
                tenant, occurred_at, record_id, carried_from, booked_at, period,
                operation_id, attempt, instance, seq, user_id, key_id, labels, upstream, provider, dialect,
                dialect_version, api, model_requested, model, response_id, provider_request_id, stream,
                http_status, finish_reason, service_tier, usage_status, completeness, not_billable_reason,
                input_tokens, cache_read_tokens, cache_write_tokens, cache_write_1h_tokens,
                audio_input_tokens, image_input_tokens, tool_prompt_tokens, output_tokens, reasoning_tokens,
                audio_output_tokens, web_searches, provider_cost_usd, components, estimate, anomalies,
                raw_usage, first_byte_ms, total_ms, request_bytes, response_bytes, in_day)
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
                anomalies::text[], raw_usage, first_byte_ms, total_ms, request_bytes, response_bytes, true
            FROM incoming i
            LEFT JOIN closing s ON s.no = i.no
            ORDER BY i.no
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
        """, RollupSQL.daily, RollupSQL.rolled,
        """
        ), booked AS (
            INSERT INTO tollbook.entry (
                tenant, occurred_at, record_id, carried_from, booked_at, period,
                entry_no, kind, component, model, meter, quantity, amount, currency, book, also_contracted,
                also_chargeback, rate_id, price_version, rounded, in_day)
            SELECT tenant, occurred_at, record_id, carried_from, booked_at, period,
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
        """)
}
