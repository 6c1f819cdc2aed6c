// What can go wrong with the ledger, and what it means for the money.
public import Postgres
public import Terms

public enum LedgerError: Error, Hashable, Sendable {
    case postgres(PostgresError)
    /// The database holds no ledger, or one of another version.
    case schema(SchemaState)
    /// A stored value that this version cannot read.
    case unreadable(what: String)
    /// The period has more calendar units than a report lists.
    case tooManyUnits(limit: Int)
    /// The report is about facts of a month that is put aside.
    case archived(month: String)
    /// What a ledger cannot do that is distributed over several servers.
    case distributed(what: String)
    /// A replica has not replayed a position in time.
    case behind(position: String)
    /// A seal was asked for without a key.
    case noSealKey
    /// Transactions that post go on for too long for a day to be sealed.
    case stillPosting

    /// Whether the same call may succeed later without anybody's help.
    public var isRetryable: Bool {
        guard case .postgres(let error) = self else { return false }
        return error.remedy == .retry
    }

    public var diagnosis: Diagnosis {
        switch self {
        case .postgres(let error): Self.diagnosis(of: error)
        case .schema(let state): state.diagnosis
        case .unreadable(let what):
            Diagnosis(
                code: "ledger.unreadable",
                problem: "the ledger holds \(what), which this version cannot read",
                effect: "the record is kept, but cannot be listed",
                remedy: "use the version that wrote it, or a later one")
        case .noSealKey:
            Diagnosis(
                code: "seal.no-key", problem: "there is no key to seal with",
                effect: "nothing was sealed",
                remedy: "set `seal.key` or `seal.key_file`, and keep the key outside the database")
        case .stillPosting:
            Diagnosis(
                code: "seal.still-posting", problem: "a transaction that posts records does not end",
                effect: "nothing was sealed: it could still add to a day that is over",
                remedy: "look for it in pg_stat_activity and pg_prepared_xacts, end it, and seal again")
        case .archived(let month):
            Diagnosis(
                code: "report.archived-month", problem: "the facts of \(month) are in an archive",
                effect:
                    "no report was made: sums know neither what was known when nor the minutes of a quarter",
                remedy: "run `tollbook archive restore \(month) DIR` first, or leave that month out")
        case .distributed(let what):
            Diagnosis(
                code: "ledger.distributed", problem: "the ledger is distributed over several servers",
                effect: "\(what) would not be kept up to date there, so nothing was done",
                remedy: "keep such tenants on one server: see `tenant_databases` in docs/scaling.md")
        case .behind(let position):
            Diagnosis(
                code: "ledger.replica-behind", problem: "the replica has not reached \(position)",
                effect: "no report was made: it could lack what is already in the ledger",
                remedy: "wait, look at pg_stat_replication, or ask with `--min-position any`")
        case .tooManyUnits(let limit):
            Diagnosis(
                code: "report.too-many-units", problem: "the period has more than \(limit) calendar units",
                effect: "no report was made", remedy: "choose a shorter period, or --by month")
        }
    }

    private static func diagnosis(of error: PostgresError) -> Diagnosis {
        switch error.remedy {
        case .retry:
            Diagnosis(
                code: "ledger.unavailable", problem: error.message,
                effect: "records stay in the spool until the database is back; nothing is lost",
                remedy: "check that PostgreSQL runs and that `database:` names it")
        case .data:
            Diagnosis(
                code: "ledger.refused", problem: error.message,
                effect: "the ledger did not take the data", remedy: "see `tollbook doctor`")
        case .administrator:
            Diagnosis(
                code: "ledger.database", problem: error.message,
                effect: "the ledger cannot be read or written",
                remedy: "check the database's privileges, then run `tollbook migrate`")
        }
    }
}
