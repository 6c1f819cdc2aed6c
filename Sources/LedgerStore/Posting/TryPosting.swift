// Whether the database plans and runs the statement that posts: the whole of it, for no records. A ledger
// that is distributed, or lies behind something that rewrites statements, may refuse what a single server
// takes.
import Postgres
public import Terms

extension LedgerStore {
    /// Runs the statement that posts with an empty batch, and rolls it back.
    public func tryPosting(at instant: Instant) throws(LedgerError) {
        batch.removeAll()
        let parameters = batch.parameters(bookedAt: instant)
        let settings = settings
        try withConnection { connection throws(PostgresError) in
            try connection.run("BEGIN")
            try connection.run(Self.settingsSQL, settings)
            try connection.run(Self.ingestSQL, parameters)
            try connection.run("ROLLBACK")
        }
    }
}
