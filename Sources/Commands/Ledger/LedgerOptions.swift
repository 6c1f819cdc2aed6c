import LedgerStore
import Postgres
import Terms

/// The way of a command to the ledger.
struct LedgerOptions {
    let configuration: ConfigurationOptions

    static let help = ConfigurationOptions.database

    init(_ arguments: Arguments) {
        configuration = ConfigurationOptions(arguments, settings: ["--database"])
    }

    /// Opens the ledger, works on it and closes it again.
    func withLedger<Value>(
        in world: World, _ work: (LedgerStore) throws(LedgerError) -> Value
    ) throws(Failure) -> Value {
        let database = try Database.open(try configuration.load(in: world))
        defer { database.close() }
        do throws(LedgerError) {
            let ledger = try LedgerStore.open(database.conninfo)
            let state = try ledger.schemaState()
            guard state.isUsable else { throw .schema(state) }
            return try work(ledger)
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
        case .unreadable, .tooManyUnits: exit = .couldNot
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
