import LedgerStore
import Postgres
import Terms

/// The way of a command to the ledger.
struct LedgerOptions {
    let configuration: ConfigurationOptions
    /// Whose ledger it is about: it may be in another database. Who names a database means that one.
    private let tenant: String?

    static let help = ConfigurationOptions.database

    init(_ arguments: Arguments) {
        configuration = ConfigurationOptions(arguments, settings: ["--database"])
        tenant = nil
    }

    /// For a command about one tenant, or all of the main ledger.
    init(_ arguments: Arguments, about tenant: String?) {
        configuration = ConfigurationOptions(arguments, settings: ["--database"])
        self.tenant = arguments.isGiven("--database") ? nil : tenant
    }

    /// Opens the ledger, works on it and closes it again.
    ///
    /// - Parameter limits: other than the usual ones, for work that may take hours.
    func withLedger<Value>(
        in world: World, limits: SessionLimits = SessionLimits(),
        _ work: (LedgerStore) throws(LedgerError) -> Value
    ) throws(Failure) -> Value {
        try withLedger(of: try configuration.load(in: world), limits: limits, work)
    }

    /// The same with a configuration that was loaded before.
    func withLedger<Value>(
        of configuration: Configuration, limits: SessionLimits = SessionLimits(),
        _ work: (LedgerStore) throws(LedgerError) -> Value
    ) throws(Failure) -> Value {
        let database = try Database.open(configuration, of: tenant)
        defer { database.close() }
        do throws(LedgerError) {
            return try work(try LedgerStore.openWhole(database.conninfo, limits: limits))
        } catch {
            throw Failure(error)
        }
    }
}

extension Failure {
    init(_ error: LedgerError) {
        let exit: ExitCode
        switch error {
        case .schema: exit = .configuration
        case .unreadable, .tooManyUnits, .archived: exit = .couldNot
        case .noSealKey, .distributed: exit = .configuration
        case .stillPosting, .behind: exit = .unavailable
        case .postgres(let error):
            exit =
                switch error.remedy {
                case .retry: .unavailable
                case .data: .couldNot
                case .administrator: .configuration
                }
        }
        self.init(exit, error.diagnosis)
    }
}

extension SessionLimits {
    /// For work over the whole ledger, statement by statement: an hour each.
    static let patient: SessionLimits = {
        var limits = SessionLimits()
        limits.statementMilliseconds = 3_600_000
        return limits
    }()
}
