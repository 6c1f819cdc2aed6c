// Positions of the write-ahead log, by which a reader on a replica can say how much of the ledger it must
// see.
import Postgres

extension LedgerStore {
    /// Where the server's log ends: of a primary as far as it is on disk, so that everything which was
    /// acknowledged lies before it; of a replica as far as it is replayed. Such as `0/3000148`.
    public func position() throws(LedgerError) -> String {
        try inOneTrip(
            """
            SELECT CASE WHEN pg_is_in_recovery() THEN coalesce(pg_last_wal_replay_lsn(), '0/0')
                ELSE pg_current_wal_flush_lsn() END::text
            """, Parameters()
        ) { answer throws(PostgresError) in
            try answer.withRow(0) { row throws(PostgresError) in try row.text() }
        }
    }

    /// Returns when a replica has replayed a position; at once on a primary, which has everything.
    ///
    /// - Parameters:
    ///   - position: as ``position()`` says it.
    ///   - tries: how often it is asked, every 20 ms.
    /// - Throws: ``LedgerError/behind(position:)``.
    public func wait(forPosition position: String, tries: Int) throws(LedgerError) {
        var parameters = Parameters()
        parameters.add(position)
        for _ in 0..<tries {
            let isThere = try inOneTrip(
                """
                SELECT NOT pg_is_in_recovery()
                    OR coalesce(pg_last_wal_replay_lsn() >= $1::text::pg_lsn, false)
                """, parameters
            ) { answer throws(PostgresError) in
                try answer.withRow(0) { row throws(PostgresError) in try row.bool() }
            }
            if isThere { return }
            try inOneTrip("SELECT pg_sleep(0.02)", Parameters()) { _ in }
        }
        throw .behind(position: position)
    }
}
