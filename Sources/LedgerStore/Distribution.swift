// Whether a ledger is distributed over several servers (Citus), see scripts/citus.sql.
import Postgres

extension LedgerStore {
    /// Whether the facts are on other servers than the one that is asked.
    public func isDistributed() throws(LedgerError) -> Bool {
        let hasExtension = try inOneTrip(
            "SELECT to_regclass('pg_dist_partition') IS NOT NULL", Parameters()
        ) { answer throws(PostgresError) in
            try answer.withRow(0) { row throws(PostgresError) in try row.bool() }
        }
        guard hasExtension else { return false }
        return try inOneTrip(
            """
            SELECT EXISTS (
                SELECT FROM pg_dist_partition WHERE logicalrelid = to_regclass('tollbook.usage_record'))
            """, Parameters()
        ) { answer throws(PostgresError) in
            try answer.withRow(0) { row throws(PostgresError) in try row.bool() }
        }
    }
}
