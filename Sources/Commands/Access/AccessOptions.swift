import LedgerStore
import Terms

/// The way of a command to tenants and keys.
struct AccessOptions {
    private let ledger: LedgerOptions

    static let help = LedgerOptions.help

    init(_ arguments: Arguments) { ledger = LedgerOptions(arguments) }

    func withDesk<Value>(
        in world: World, _ work: (AccessDesk) throws(Failure) -> Value
    ) throws(Failure) -> Value {
        let configuration = try ledger.configuration.load(in: world)
        let database = try Database.open(configuration)
        defer { database.close() }
        let store = try AccessDesk.asking { () throws(LedgerError) -> LedgerStore in
            let store = try LedgerStore.open(database.conninfo)
            let state = try store.schemaState()
            guard state.isUsable else { throw .schema(state) }
            return store
        }
        return try work(try AccessDesk(store, configuration, by: world.actor, now: world.clock()))
    }
}

extension Arguments {
    /// A moment to come: a date, a time, or a duration from now on.
    func moment(_ name: String) throws(UsageError) -> Moment? {
        try value(name, expected: "a date (2027-01-31), an RFC 3339 time, or a duration such as 90d") {
            text in
            if let instant = Instant(rfc3339: text) { return .at(instant) }
            guard let last = text.last, !last.isNumber,
                case .number(let milliseconds)? = try? SettingKind.duration.read(text)
            else { return nil }
            return .after(seconds: milliseconds / 1000)
        }
    }
}

/// A point in time, possibly as seen from now.
enum Moment: Hashable {
    case at(Instant)
    case after(seconds: Int64)

    func instant(from now: Instant) -> Instant {
        switch self {
        case .at(let instant): instant
        case .after(let seconds): now.advanced(bySeconds: seconds)
        }
    }
}
