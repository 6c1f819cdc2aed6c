// Where a command that only reads finds the ledger: on the primary, or on the replica that the
// configuration names. A replica lags; so the command first asks the primary where its log ends, and reads
// only when the replica has replayed that much. What was in the ledger when the command was called is then
// in its answer.
import LedgerStore
import Postgres
import Terms

struct ReadingOptions {
    /// What a replica must have before it is read.
    enum Minimum: Hashable {
        /// What the primary had when it was asked.
        case current
        case position(String)
        case any
    }

    private let ledger: LedgerOptions
    private let tenant: String?
    private let minimum: Minimum
    /// Whoever names a database means that one.
    private let namesDatabase: Bool

    /// How often a replica is asked, every 20 ms.
    private static let tries = 500

    static let help: [OptionHelp] = [
        .init(
            "--min-position", "POSITION",
            "with a replica configured: read when it has replayed this position of the log, such as "
                + "0/3000148, or any",
            fallback: "the primary's own"),
        LedgerOptions.help,
    ]

    /// - Parameter tenant: whom the command is about, if it is about one: its ledger may be elsewhere.
    init(_ arguments: Arguments, about tenant: String? = nil) throws(UsageError) {
        self.tenant = tenant
        ledger = LedgerOptions(arguments, about: tenant)
        namesDatabase = arguments.isGiven("--database")
        let expected = "a position such as 0/3000148, or any"
        minimum =
            try arguments.value("--min-position", expected: expected) { Minimum($0) } ?? .current
    }

    /// Like ``LedgerOptions/withLedger(in:limits:_:)``.
    func withLedger<Value>(
        in world: World, _ work: (LedgerStore) throws(LedgerError) -> Value
    ) throws(Failure) -> Value {
        let configuration = try ledger.configuration.load(in: world)
        let isElsewhere = tenant.map { configuration.tenantDatabases[$0] != nil } ?? false
        guard let replica = configuration.replica, !namesDatabase, !isElsewhere else {
            return try ledger.withLedger(of: configuration, work)
        }
        let position: String? =
            switch minimum {
            case .any: nil
            case .position(let position): position
            case .current:
                try ledger.withLedger(of: configuration) { store throws(LedgerError) in try store.position() }
            }
        do throws(LedgerError) {
            let store = try LedgerStore.open(replica)
            if let position { try store.wait(forPosition: position, tries: Self.tries) }
            let state = try store.schemaState()
            guard state.isUsable else { throw .schema(state) }
            return try work(store)
        } catch {
            throw Failure(error)
        }
    }
}

extension ReadingOptions.Minimum {
    init?(_ text: String) {
        if text == "any" {
            self = .any
            return
        }
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2,
            parts.allSatisfy({ (1...8).contains($0.utf8.count) && $0.allSatisfy(\.isHexDigit) })
        else { return nil }
        self = .position(text)
    }
}
