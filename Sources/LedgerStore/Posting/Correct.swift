// Booking corrections: entries that are added to records already in the ledger, and what they change in
// the rollups, in one statement and one transaction. Their numbers follow those that the caller has
// seen; if another correction came between, the numbers collide, nothing of the batch is booked, and the
// caller reads again and finds what is left to do.
public import Bookkeeping
import Postgres
public import Terms

/// A record with the entries that are to be added to it.
public struct RecordCorrection: Sendable {
    /// As it was read from the ledger.
    public let stored: StoredRecord
    public let entries: [Entry]
    /// The tenant that has the record from now on, and by which rule; nil where it stays where it is.
    var assignment: (tenant: String, rule: String)?

    public init(stored: StoredRecord, entries: [Entry]) {
        self.stored = stored
        self.entries = entries
    }
}

extension LedgerStore {
    /// Adds corrections to records. At most ``LedgerLimits/recordsPerBatch`` at a time.
    ///
    /// - Throws: ``LedgerError/postgres(_:)`` when somebody else corrected one of the records meanwhile;
    ///   then nothing was booked.
    public func correct(_ batch: [RecordCorrection], bookedAt: Instant) throws(LedgerError) {
        let batch = batch.filter { !$0.entries.isEmpty }
        guard !batch.isEmpty else { return }
        var keys = SettlementKeys()
        let parameters = try correctionParameters(batch, bookedAt: bookedAt, &keys)
        _ = try booking(Self.correctSQL, parameters, of: keys) {
            answer throws(PostgresError) in
            try answer.withRow(0) { row throws(PostgresError) in try row.integer() }
        }
    }

    /// The parameters of ``correctSQL``, and the keys of its records.
    func correctionParameters(
        _ batch: [RecordCorrection], bookedAt: Instant, _ keys: inout SettlementKeys
    ) throws(LedgerError) -> Parameters {
        let labels = try currentRollupLabels(at: bookedAt)
        var columns = CorrectionColumns()
        for correction in batch {
            columns.append(correction, labels)
            keys.append(
                RecordKey(
                    tenant: correction.stored.record.attribution.tenant,
                    occurredAt: correction.stored.record.occurredAt, id: correction.stored.record.id))
        }
        return columns.parameters(bookedAt: bookedAt)
    }

    /// `$1` booked at; `$2`–`$13` columns of records; from `$14` columns of entries, `$14` the position of
    /// the record, counted from 1; `$30` and `$31` of records again: to whom they are assigned, empty for
    /// nobody, and by which rule. Answers the number of entries.
    static let correctSQL = SQLText(
        joining:
            """
            WITH record AS MATERIALIZED (
                SELECT * FROM unnest(
                    $2::text[], $3::timestamptz[], $4::uuid[], $5::timestamptz[], $6::text[], $7::text[],
                    $8::text[], $9::text[], $10::text[], $11::text[], $12::int8[], $13::json[], $30::text[],
                    $31::text[])
                WITH ORDINALITY AS r(
                    tenant, occurred_at, record_id, bucket, user_id, key_id, provider, upstream, model, currency,
                    unpriced, rollup_labels, assigned, rule, no)
            ), seal AS MATERIALIZED (
                SELECT p.tenant, p.period, p.since, p.until
                FROM tollbook.period p
                WHERE p.state = 'closed' AND p.until > (SELECT min(occurred_at) FROM record)
                    AND (p.tenant = '' OR p.tenant IN (SELECT tenant FROM record))
            ), placed AS MATERIALIZED (
                SELECT r.no, s.closed,
                    CASE WHEN s.closed IS NULL THEN $1::timestamptz ELSE greatest($1::timestamptz, s.last) END
                        AS booked_at,
                    CASE WHEN s.closed IS NULL THEN to_char(r.occurred_at, 'YYYY-MM') ELSE
                        greatest(to_char(greatest($1::timestamptz, s.last), 'YYYY-MM'), s.next) END AS period
                FROM record r
                LEFT JOIN LATERAL (
                    SELECT min(s.period) FILTER (WHERE s.since <= r.occurred_at AND r.occurred_at < s.until)
                            AS closed,
                        max(s.until) AS last,
                        to_char((max(s.period) || '-01')::date + interval '1 month', 'YYYY-MM') AS next
                    FROM seal s
                    WHERE s.tenant = r.tenant OR (s.tenant = '' AND NOT EXISTS (
                        SELECT FROM tollbook.period o WHERE o.tenant = r.tenant AND o.period = s.period))
                ) s ON true
            ), added AS MATERIALIZED (
                SELECT r.tenant, r.occurred_at, r.record_id, p.closed, p.booked_at, p.period, r.bucket,
                    r.user_id, r.key_id, r.provider, r.upstream, r.rollup_labels::text AS labels, e.*
                FROM unnest(
                    $14::int4[], $15::int2[], $16::text[], $17::int8[], $18::int2[], $19::text[], $20::text[],
                    $21::numeric[], $22::numeric[], $23::text[], $24::text[], $25::boolean[], $26::boolean[],
                    $27::text[], $28::text[], $29::boolean[])
                    AS e(
                        record, entry_no, kind, correction_of, component, model, meter, quantity, amount,
                        currency, book, also_contracted, also_chargeback, rate_id, price_version, rounded)
                JOIN record r ON r.no = e.record
                JOIN placed p ON p.no = r.no
            ), cell AS (
                SELECT tenant, bucket, user_id, key_id, provider, upstream, model, 'request' AS meter, currency,
                    rollup_labels::text AS labels, 0 AS requests, 0 AS estimated_requests,
                    unpriced AS unpriced_requests, 0 AS open_requests, 0 AS late_requests,
                    0 AS unpriced_readings, 0::numeric AS quantity, NULL::numeric AS list_amount,
                    NULL::numeric AS contracted_amount, NULL::numeric AS chargeback_amount
                FROM record
                WHERE unpriced <> 0
                UNION ALL
                -- A request that was assigned away is none of this tenant's any more.
                SELECT r.tenant, r.bucket, r.user_id, r.key_id, r.provider, r.upstream, r.model, 'request',
                    r.currency, r.rollup_labels::text, -(u.api <> 'adjustment')::integer,
                    -(u.usage_status = 'estimated')::integer, 0, -(u.completeness = 'open')::integer,
                    -(u.booked_at > u.occurred_at + interval '3600 seconds')::integer, 0, 0, NULL, NULL, NULL
                FROM record r
                JOIN tollbook.usage_record u ON u.tenant = r.tenant AND u.occurred_at = r.occurred_at
                    AND u.record_id = r.record_id
                WHERE r.assigned <> ''
                UNION ALL
                SELECT tenant, bucket, user_id, key_id, provider, upstream, model, meter, currency, labels,
                    0, 0, 0, 0, 0,
                    CASE
                        WHEN kind = 'unpriced' THEN 1 WHEN kind = 'reversal' AND amount IS NULL THEN -1 ELSE 0
                    END,
                    CASE WHEN book = 'list' THEN quantity ELSE 0 END,
                    CASE WHEN kind <> 'free' AND book = 'list' THEN amount END,
                    CASE WHEN kind <> 'free' AND (book = 'contracted' OR also_contracted) THEN amount END,
                    CASE WHEN kind <> 'free' AND (book = 'chargeback' OR also_chargeback) THEN amount END
                FROM added
            """, RollupSQL.daily, RollupSQL.rolled,
        """
        ), moved AS (
            INSERT INTO tollbook.reassignment (
                tenant, occurred_at, record_id, assigned_tenant, assigned_at, rule)
            SELECT tenant, occurred_at, record_id, assigned, $1::timestamptz, rule
            FROM record
            WHERE assigned <> ''
            ORDER BY no
        ), booked AS (
            INSERT INTO tollbook.entry (
                tenant, occurred_at, record_id, carried_from, booked_at, period, entry_no, kind,
                correction_of, component, model, meter, quantity, amount, currency, book,
                also_contracted, also_chargeback, rate_id, price_version, rounded, in_day)
            SELECT tenant, occurred_at, record_id, closed, booked_at, period, entry_no, kind,
                correction_of::int2, component, model, meter, quantity, amount, currency, book,
                also_contracted, also_chargeback, rate_id, price_version, rounded, true
            FROM added
            ORDER BY record, entry_no
        )
        SELECT count(*) FROM added
        """)
}

/// The columns of the statement above.
private struct CorrectionColumns {
    private let texts = (0..<7).map { _ in ArrayParameter(.text) }
    private let occurredAt = ArrayParameter(.timestamp)
    private let id = ArrayParameter(.uuid)
    private let bucket = ArrayParameter(.timestamp)
    private let unpriced = ArrayParameter(.int8)
    private let labels = ArrayParameter(.json)
    private let record = ArrayParameter(.int4)
    private let number = ArrayParameter(.int2)
    private let correctionOf = ArrayParameter(.int8)
    private let component = ArrayParameter(.int2)
    private let quantity = ArrayParameter(.numeric)
    private let amount = ArrayParameter(.numeric)
    private let words = (0..<7).map { _ in ArrayParameter(.text) }
    private let assigned = ArrayParameter(.text)
    private let rules = ArrayParameter(.text)
    private let flags = (0..<3).map { _ in ArrayParameter(.bool) }
    private var count: Int32 = 0

    mutating func append(_ correction: RecordCorrection, _ rollupLabels: RollupLabels) {
        count += 1
        let stored = correction.stored
        let facts = stored.record
        let first = stored.entries.first { $0.book == .list } ?? stored.entries.first
        let plain = [
            facts.attribution.tenant, facts.attribution.user, facts.attribution.keyID, facts.usage.provider,
            facts.upstream, facts.reportedModel, first?.currency.code ?? "",
        ]
        for (column, text) in zip(texts, plain) { column.append(text) }
        assigned.append(correction.assignment?.tenant ?? "")
        rules.append(correction.assignment?.rule ?? "")
        occurredAt.append(microseconds: facts.occurredAt.microseconds)
        id.append(uuid: facts.id.high, facts.id.low)
        let size = Posting.bucketSeconds * 1_000_000
        bucket.append(microseconds: facts.occurredAt.microseconds.flooredMultiple(of: size))
        let before = stored.entries.unpricedReadings > 0
        let after = (stored.entries + correction.entries).unpricedReadings > 0
        unpriced.append((after ? 1 : 0) - (before ? 1 : 0) as Int64)
        var writer = JSONWriter()
        writer.labels(rollupLabels.kept(of: facts))
        labels.append(writer.text)
        for entry in correction.entries { append(entry) }
    }

    private func append(_ entry: Entry) {
        record.append(count)
        number.append(Int16(clamping: entry.number))
        correctionOf.append(entry.correctionOf.map { Int64($0) })
        component.append(Int16(clamping: entry.component))
        let picos = entry.quantity.nanos.multipliedReportingOverflow(by: 1000)
        quantity.append(picos: picos.overflow ? .max : picos.partialValue)
        if let picos = entry.amount?.picos { amount.append(picos: picos) } else { amount.appendNull() }
        let plain = [
            entry.kind.rawValue, entry.model, entry.meter.rawValue, entry.currency.code, entry.book.rawValue,
            entry.rateID, entry.priceVersion,
        ]
        for (column, text) in zip(words, plain) { column.append(text) }
        let marks = [entry.alsoContracted, entry.alsoChargeback, entry.rounded]
        for (column, mark) in zip(flags, marks) { column.append(mark) }
    }

    /// In the order of the statement's numbers.
    func parameters(bookedAt: Instant) -> Parameters {
        var parameters = Parameters()
        parameters.add(microseconds: bookedAt.microseconds)
        for column in [texts[0], occurredAt, id, bucket] + texts[1...6] + [unpriced, labels] {
            parameters.add(column)
        }
        for column in [
            record, number, words[0], correctionOf, component, words[1], words[2], quantity, amount, words[3],
            words[4], flags[0], flags[1], words[5], words[6], flags[2], assigned, rules,
        ] { parameters.add(column) }
        return parameters
    }
}
