// Records that came with an id which the ledger had with other content: the first stays in force, the
// other is kept beside it. Two processes that number the same records, or a damaged copy of a spool, look
// like this.
import Postgres
public import Terms

/// What the conflict table says of a stretch of time.
public struct ConflictSummary: Hashable, Sendable {
    public var count: Int64 = 0
    /// Of the latest one.
    public var latest: RecordID?
    public var latestAt: Instant?
}

extension LedgerStore {
    /// The conflicts that were seen since an instant.
    public func conflicts(since: Instant) throws(LedgerError) -> ConflictSummary {
        var parameters = Parameters()
        parameters.add(microseconds: since.microseconds)
        return try inOneTrip(
            """
            SELECT count(*), (array_agg(record_id::text ORDER BY seen_at DESC, record_id))[1], max(seen_at)
            FROM tollbook.conflict
            WHERE seen_at >= $1
            """, parameters
        ) { answer throws(PostgresError) in
            try answer.withRow(0) { row throws(PostgresError) in
                var summary = ConflictSummary()
                summary.count = try row.integer()
                summary.latest = try row.optionalText().flatMap { RecordID($0) }
                summary.latestAt = try row.optionalMicroseconds().map { Instant(microseconds: $0) }
                return summary
            }
        }
    }
}
