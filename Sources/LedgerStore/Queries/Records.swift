// Listing records: row by row, so that memory stays flat however many there are.
public import Bookkeeping
import Postgres
public import Terms

extension LedgerStore {
    /// Hands out records in the order of time, then id, each with its entries. What was assigned to another
    /// tenant is handed out under that tenant only.
    ///
    /// - Parameter each: returns false to stop.
    public func records(
        _ filter: RecordFilter, each: (StoredRecord) -> Bool
    ) throws(LedgerError) {
        var unreadable: LedgerError?
        let parameters = filter.parameters
        let isAlone = !isInSnapshot
        try withConnection { connection throws(PostgresError) in
            if isAlone { try connection.run("BEGIN READ ONLY") }
            // No time limit for the statement: whoever reads the listing may be slow.
            try connection.run("SET LOCAL statement_timeout = 0")
            try connection.run("SET LOCAL jit = off")
            try connection.run("SET LOCAL TimeZone = 'UTC'")
            try connection.stream(Self.recordsSQL, parameters) { row throws(PostgresError) -> Bool in
                var reader = RecordReader()
                let record = try reader.read(&row)
                guard let record else {
                    unreadable = .unreadable(what: "a \(reader.problem) in a record")
                    return false
                }
                return each(record)
            }
            // A listing that was stopped early leaves the transaction in error: nothing to keep anyway.
            if isAlone { try connection.run("ROLLBACK") }
        }
        if let unreadable { throw unreadable }
    }

    /// One record with everything booked for it. Looks first where the id's own time points.
    public func record(_ id: RecordID) throws(LedgerError) -> StoredRecord? {
        for reach: Int64? in [10, 86_400, nil] {
            var filter = RecordFilter()
            filter.id = id
            filter.limit = 1
            if let reach {
                filter.since = id.mintedAt.advanced(bySeconds: -reach)
                filter.until = id.mintedAt.advanced(bySeconds: reach)
            }
            if reach == 10 {
                if let found = try recordAtOnce(filter) { return found }
                continue
            }
            var found: StoredRecord?
            try records(filter) {
                found = $0
                return true
            }
            if let found { return found }
        }
        return nil
    }

    /// One record in one round trip.
    private func recordAtOnce(_ filter: RecordFilter) throws(LedgerError) -> StoredRecord? {
        var reader = RecordReader()
        let found = try inOneTrip(SQLText(Self.recordsSQL), filter.parameters) {
            answer throws(PostgresError) -> StoredRecord?? in
            answer.rowCount == 0
                ? .none
                : .some(try answer.withRow(0) { row throws(PostgresError) in try reader.read(&row) })
        }
        guard let found else { return nil }
        guard let found else { throw .unreadable(what: "a \(reader.problem) in a record") }
        return found
    }

    /// `$1` id, `$2` tenant, `$3` user, `$4` key, `$5` model, `$6` upstream, `$7` completeness, `$8` since,
    /// `$9` until, `$10` labels as JSON, `$11` limit; null does not restrict. The columns are in the
    /// order in which ``RecordReader`` reads them.
    static let recordsSQL: StaticString = """
        SELECT r.tenant, r.occurred_at, r.record_id, r.booked_at, r.operation_id, r.attempt, r.instance,
            r.seq, r.user_id, r.key_id, r.labels::text, r.upstream, r.first_byte_ms, r.total_ms,
            r.request_bytes, r.response_bytes, r.provider, r.dialect, r.dialect_version, r.api,
            r.model_requested, r.model, r.response_id, r.provider_request_id, r.stream, r.http_status,
            r.finish_reason, r.service_tier, r.provider_cost_usd, r.raw_usage::text, r.input_tokens,
            r.cache_read_tokens, r.cache_write_tokens, r.cache_write_1h_tokens, r.audio_input_tokens,
            r.image_input_tokens, r.tool_prompt_tokens, r.output_tokens, r.reasoning_tokens,
            r.audio_output_tokens, r.web_searches, r.usage_status, r.completeness, r.not_billable_reason,
            r.components::text, r.estimate::text, r.anomalies, coalesce(e.list, '[]'),
            r.carried_from, r.period, e.carried
        FROM tollbook.usage_record r
        LEFT JOIN LATERAL (
            SELECT json_agg(json_build_array(
                entry_no, kind, correction_of, component, model, meter, quantity::text, amount::text,
                currency, book, also_contracted, also_chargeback, rate_id, price_version, rounded)
                ORDER BY entry_no)::text AS list,
                json_agg(json_build_array(entry_no, carried_from, period))
                    FILTER (WHERE carried_from IS NOT NULL)::text AS carried
            FROM tollbook.entry e
            WHERE e.tenant = r.tenant AND e.occurred_at = r.occurred_at AND e.record_id = r.record_id
        ) e ON true
        WHERE ($1::uuid IS NULL OR r.record_id = $1) AND ($2::text IS NULL OR r.tenant = $2)
            AND ($3::text IS NULL OR r.user_id = $3) AND ($4::text IS NULL OR r.key_id = $4)
            AND ($5::text IS NULL OR coalesce(r.model, r.model_requested, '') = $5)
            AND ($6::text IS NULL OR r.upstream = $6) AND ($7::text IS NULL OR r.completeness = $7)
            AND ($8::timestamptz IS NULL OR r.occurred_at >= $8)
            AND ($9::timestamptz IS NULL OR r.occurred_at < $9)
            AND ($10::text IS NULL OR r.labels::jsonb @> $10::jsonb)
            AND NOT EXISTS (
                SELECT FROM tollbook.reassignment a
                WHERE a.tenant = r.tenant AND a.occurred_at = r.occurred_at AND a.record_id = r.record_id)
        ORDER BY r.occurred_at, r.record_id, r.tenant
        LIMIT $11::bigint
        """
}

extension RecordFilter {
    var parameters: Parameters {
        var parameters = Parameters()
        parameters.add(uuid: id.map { ($0.high, $0.low) })
        parameters.add(tenant)
        parameters.add(user)
        parameters.add(key)
        parameters.add(model)
        parameters.add(upstream)
        parameters.add(completeness?.rawValue)
        parameters.add(microseconds: since?.microseconds)
        parameters.add(microseconds: until?.microseconds)
        parameters.add(labels.filterText)
        parameters.add(limit.map { Int64($0) })
        return parameters
    }
}

extension [Label] {
    /// The labels as a JSON object, nil when there are none.
    var filterText: String? {
        if isEmpty { return nil }
        var writer = JSONWriter()
        writer.labels(self)
        return writer.text
    }
}

extension RecordID {
    /// When the id was minted, to the millisecond, if it is a UUID of version 7.
    fileprivate var mintedAt: Instant { Instant(microseconds: Int64(high >> 16) * 1000) }
}
