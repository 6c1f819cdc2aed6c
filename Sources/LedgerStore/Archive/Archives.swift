// Putting a month aside: its facts are written out line by line, and only when the caller has them safe
// are exactly those rows removed. Rollups and seals stay, so reports go on and the archive can be
// checked. The way back adds the lines again; nothing else about the ledger changes.
import Postgres
public import Terms

/// A month whose facts are in files.
public struct ArchivedMonth: Hashable, Sendable {
    /// The first day of it.
    public var month: CivilDate
    public var records: Int64
    public var entries: Int64
    /// SHA-256 of the lines, each with its line feed.
    public var recordDigest: [UInt8]
    public var entryDigest: [UInt8]
    public var archivedAt: Instant
    /// nil while it is away.
    public var restoredAt: Instant?

    public init(
        month: CivilDate, records: Int64, entries: Int64, recordDigest: [UInt8], entryDigest: [UInt8],
        archivedAt: Instant, restoredAt: Instant? = nil
    ) {
        self.month = month
        self.records = records
        self.entries = entries
        self.recordDigest = recordDigest
        self.entryDigest = entryDigest
        self.archivedAt = archivedAt
        self.restoredAt = restoredAt
    }

    /// Of the lines; a change of their columns needs another.
    public static let form: Int64 = 1
}

/// Which rows a file holds.
public enum ArchivedRows: String, CaseIterable, Sendable {
    case records, entries
}

extension LedgerStore {
    /// Hands out a month's rows as lines, without line feeds.
    ///
    /// - Parameter each: returns false to stop.
    public func archiveLines(
        _ rows: ArchivedRows, of month: CivilDate, each: ([UInt8]) -> Bool
    ) throws(LedgerError) {
        var parameters = Parameters()
        parameters.add(microseconds: Instant(month.firstOfMonth).microseconds)
        parameters.add(microseconds: Instant(month.firstOfMonth(adding: 1)).microseconds)
        try withConnection { connection throws(PostgresError) in
            try connection.run("BEGIN READ ONLY")
            try connection.run("SET LOCAL statement_timeout = 0")
            try connection.run("SET LOCAL TimeZone = 'UTC'")
            try connection.run("SET LOCAL DateStyle = 'ISO'")
            let sql = rows == .records ? Self.recordLinesSQL : Self.entryLinesSQL
            try connection.stream(sql, parameters) { row throws(PostgresError) in each(try row.bytes()) }
            try connection.run("ROLLBACK")
        }
    }

    /// The newest day on which anything of a month was booked, nil when the month has no facts.
    public func lastBooking(in month: CivilDate) throws(LedgerError) -> CivilDate? {
        var parameters = Parameters()
        parameters.add(microseconds: Instant(month.firstOfMonth).microseconds)
        parameters.add(microseconds: Instant(month.firstOfMonth(adding: 1)).microseconds)
        return try inOneTrip(
            """
            SELECT max(booked_at) FROM (
                SELECT max(booked_at) AS booked_at FROM tollbook.usage_record
                WHERE occurred_at >= $1::timestamptz AND occurred_at < $2::timestamptz
                UNION ALL
                SELECT max(booked_at) FROM tollbook.entry
                WHERE occurred_at >= $1::timestamptz AND occurred_at < $2::timestamptz) AS last
            """, parameters
        ) { answer throws(PostgresError) in
            try answer.withRow(0) { row throws(PostgresError) in
                try row.optionalMicroseconds().map { Instant(microseconds: $0).date }
            }
        }
    }

    /// Removes a month's facts, which are safe elsewhere, and notes it. As the owner of the schema.
    ///
    /// - Throws: a retryable error when rows came after they were written out; then nothing was removed.
    public func dropMonth(_ archived: ArchivedMonth) throws(LedgerError) {
        try transaction { connection throws(PostgresError) in
            var month = Parameters()
            month.add(archived.month.iso8601)
            month.add(archived.records)
            month.add(archived.entries)
            // What later months carry of this one is told from its facts: kept in their place.
            var carried = Parameters()
            carried.add(microseconds: Instant(archived.month.firstOfMonth).microseconds)
            carried.add(microseconds: Instant(archived.month.firstOfMonth(adding: 1)).microseconds)
            try connection.run(
                """
                INSERT INTO tollbook.carried_kept SELECT * FROM tollbook.carried_facts
                WHERE occurred_at >= $1::timestamptz AND occurred_at < $2::timestamptz
                """, carried)
            try connection.run("SELECT tollbook.drop_month($1::text::date, $2, $3)", month)
            let digests = ArrayParameter(.bytes)
            digests.append(utf8: archived.recordDigest)
            digests.append(utf8: archived.entryDigest)
            var note = Parameters()
            note.add(archived.month.isoMonth)
            note.add(archived.records)
            note.add(archived.entries)
            note.add(digests)
            note.add(ArchivedMonth.form)
            note.add(microseconds: archived.archivedAt.microseconds)
            try connection.run(
                """
                INSERT INTO tollbook.archive (
                    month, records, entries, record_digest, entry_digest, form, archived_at, restored_at)
                VALUES ($1, $2, $3, ($4::bytea[])[1], ($4::bytea[])[2], $5::bigint, $6, NULL)
                ON CONFLICT (month) DO UPDATE SET records = excluded.records, entries = excluded.entries,
                    record_digest = excluded.record_digest, entry_digest = excluded.entry_digest,
                    form = excluded.form, archived_at = excluded.archived_at, restored_at = NULL
                """, note)
        }
        readyMonths = []
    }

    /// Months that were ever put aside, ascending.
    public func archivedMonths() throws(LedgerError) -> [ArchivedMonth] {
        try inOneTrip(
            """
            SELECT month, records, entries, record_digest, entry_digest, archived_at, restored_at
            FROM tollbook.archive ORDER BY month
            """, Parameters()
        ) { answer throws(PostgresError) -> [ArchivedMonth] in
            var months: [ArchivedMonth] = []
            try answer.forEachRow { row throws(PostgresError) in
                let name = try row.text()
                guard let month = CivilDate(name + "-01") else { throw .unexpected("month \(name)") }
                months.append(
                    ArchivedMonth(
                        month: month, records: try row.integer(), entries: try row.integer(),
                        recordDigest: try row.bytes(), entryDigest: try row.bytes(),
                        archivedAt: Instant(microseconds: try row.microseconds()),
                        restoredAt: try row.optionalMicroseconds().map { Instant(microseconds: $0) }))
            }
            return months
        }
    }

    /// Adds lines of a month's file again. What is there already stays.
    ///
    /// - Returns: how many were added.
    public func restore(_ rows: ArchivedRows, _ lines: [[UInt8]]) throws(LedgerError) -> Int64 {
        let column = ArrayParameter(.json)
        for line in lines { column.append(utf8: line) }
        var parameters = Parameters()
        parameters.add(column)
        let sql = rows == .records ? Self.restoreRecordsSQL : Self.restoreEntriesSQL
        return try inOneTrip(sql, parameters) { answer throws(PostgresError) in
            try answer.withRow(0) { row throws(PostgresError) in try row.integer() }
        }
    }

    /// Notes that a month's facts are all there again. As the owner of the schema.
    public func noteRestored(_ month: CivilDate, at now: Instant) throws(LedgerError) {
        var parameters = Parameters()
        parameters.add(month.isoMonth)
        parameters.add(microseconds: now.microseconds)
        var carried = Parameters()
        carried.add(microseconds: Instant(month.firstOfMonth).microseconds)
        carried.add(microseconds: Instant(month.firstOfMonth(adding: 1)).microseconds)
        try transaction { connection throws(PostgresError) in
            try connection.run(
                """
                DELETE FROM tollbook.carried_kept
                WHERE occurred_at >= $1::timestamptz AND occurred_at < $2::timestamptz
                """, carried)
            try connection.run("UPDATE tollbook.archive SET restored_at = $2 WHERE month = $1", parameters)
        }
    }
}
