// The ledger in PostgreSQL: one session, opened on the thread that uses it. Every call is one
// transaction; a call that fails leaves nothing behind, and the next one opens a new session if need be.
public import Postgres
import Terms

/// Not to be shared between threads: each opens its own.
public final class LedgerStore {
    private let conninfo: String
    private let limits: SessionLimits
    /// Whether each new session first looks whether there is a whole ledger that this version knows.
    private let looksFirst: Bool
    /// Whether the first call does, in its own round trip where it is one statement.
    private var looksNext: Bool
    private var session: Session?
    var batch = BatchColumns()
    /// Months whose partitions are known to be there, as days since the epoch of their first.
    var readyMonths: Set<Int64> = []
    /// Labels that rollups keep apart, by name, each from an instant on; nil until it was read.
    var rollupLabels: RollupLabels?
    /// Kept while a booking settles leases; nil where nothing of this process holds any.
    public var bookingGate: (any BookingGate)?
    /// Inside ``snapshot(_:)``: everything is read in its one transaction.
    private(set) var isInSnapshot = false

    private final class Session {
        let connection: Connection
        init(_ connection: consuming Connection) { self.connection = connection }
    }

    private init(conninfo: String, limits: SessionLimits, looksFirst: Bool, looksNext: Bool = false) {
        self.conninfo = conninfo
        self.limits = limits
        self.looksFirst = looksFirst
        self.looksNext = looksNext
    }

    /// Opens a session, which blocks for up to ``SessionLimits/connectSeconds`` per address.
    ///
    /// - Parameter conninfo: `postgresql://…` or libpq's words.
    /// - Throws: ``LedgerError/postgres(_:)`` when no session can be opened.
    public static func open(
        _ conninfo: String, limits: SessionLimits = SessionLimits()
    ) throws(LedgerError) -> LedgerStore {
        let store = LedgerStore(conninfo: conninfo, limits: limits, looksFirst: false)
        try store.connect()
        return store
    }

    /// The same for whoever reads or writes a ledger that must be whole: the first call also looks at the
    /// schema, and throws ``LedgerError/schema(_:)`` where this version cannot work on it.
    public static func openWhole(
        _ conninfo: String, limits: SessionLimits = SessionLimits()
    ) throws(LedgerError) -> LedgerStore {
        let store = LedgerStore(conninfo: conninfo, limits: limits, looksFirst: false, looksNext: true)
        try store.connect()
        return store
    }

    /// A ledger that connects at its first call, and again whenever the session was lost: for a process that
    /// starts while PostgreSQL is away and outlives its restarts. Who comes back may find another database,
    /// one of another version, or one that is just being restored; so each session first looks at the schema.
    ///
    /// Every call throws ``LedgerError/schema(_:)`` while that is none to work on.
    public static func lazily(
        _ conninfo: String, limits: SessionLimits = SessionLimits()
    ) -> LedgerStore {
        LedgerStore(conninfo: conninfo, limits: limits, looksFirst: true)
    }

    private func connect() throws(LedgerError) {
        guard session == nil else { return }
        let state: SchemaState?
        do throws(PostgresError) {
            let opened = Session(try Connection.open(conninfo, limits: limits))
            state = looksFirst ? try Self.state(opened.connection) : nil
            if state?.isUsable ?? true { session = opened }
        } catch {
            throw .postgres(error)
        }
        if let state, !state.isUsable { throw .schema(state) }
        // It may be another database than before.
        readyMonths = []
        rollupLabels = nil
    }

    /// Runs a body on the session and clears up after a failure: rolls back, or drops the session when
    /// it is of no more use.
    func withConnection<Value>(
        _ body: (borrowing Connection) throws(PostgresError) -> Value
    ) throws(LedgerError) -> Value {
        if looksNext {
            looksNext = false
            let state = try schemaState()
            guard state.isUsable else { throw .schema(state) }
        }
        try connect()
        guard let session else { throw .postgres(.unreachable(reason: "no session")) }
        do throws(PostgresError) {
            return try body(session.connection)
        } catch {
            switch error {
            // A server that takes no writes any more was set back to a standby: the next session may find
            // the one that took its place.
            case .refused(let state, _, _) where state.category == "25": self.session = nil
            // The ledger was taken away under the session: the next one looks for it anew.
            case .refused(.undefinedTable, _, _), .refused(.undefinedSchema, _, _): self.session = nil
            case .refused where session.connection.isOpen:
                if session.connection.inTransaction {
                    do throws(PostgresError) {
                        try session.connection.run("ROLLBACK")
                    } catch { self.session = nil }
                }
            default: self.session = nil
            }
            throw .postgres(error)
        }
    }

    /// One transaction of statements that depend on each other's answers.
    func transaction<Value>(
        _ begin: StaticString = "BEGIN",
        _ body: (borrowing Connection) throws(PostgresError) -> Value
    ) throws(LedgerError) -> Value {
        let settings = settings
        if isInSnapshot { return try withConnection(body) }
        return try withConnection { connection throws(PostgresError) in
            try connection.run(begin)
            try connection.run(Self.settingsSQL, settings)
            let value = try body(connection)
            try connection.run("COMMIT")
            return value
        }
    }

    /// One transaction around one statement in a single round trip.
    func inOneTrip<Value>(
        _ sql: StaticString, _ parameters: Parameters,
        _ body: (borrowing Answer) throws(PostgresError) -> Value
    ) throws(LedgerError) -> Value {
        try inOneTrip(SQLText(sql), parameters, body)
    }

    func inOneTrip<Value>(
        _ sql: SQLText, _ parameters: Parameters,
        _ body: (borrowing Answer) throws(PostgresError) -> Value
    ) throws(LedgerError) -> Value {
        if isInSnapshot {
            return try withConnection { connection throws(PostgresError) in
                try body(connection.run(sql, parameters))
            }
        }
        if looksNext { return try lookingFirst(sql, parameters, body) }
        let settings = settings
        return try withConnection { connection throws(PostgresError) in
            var value: Value?
            let none = Parameters()
            try connection.pipeline([
                (Self.beginSQL, none), (SQLText(Self.settingsSQL), settings), (sql, parameters),
                (Self.commitSQL, none),
            ]) { index, answer throws(PostgresError) in
                if index == 2 { value = try body(answer) }
            }
            guard let value else { throw .unexpected("no answer") }
            return value
        }
    }

    /// One statement, and before it in the same round trip a look at the schema.
    private func lookingFirst<Value>(
        _ sql: SQLText, _ parameters: Parameters, _ body: (borrowing Answer) throws(PostgresError) -> Value
    ) throws(LedgerError) -> Value {
        looksNext = false
        let settings = settings
        var state: SchemaState?
        var value: Value?
        do throws(LedgerError) {
            try withConnection { connection throws(PostgresError) in
                let none = Parameters()
                try connection.pipeline([
                    (Self.beginSQL, none), (SQLText(Self.settingsSQL), settings),
                    (SQLText(Self.stateSQL), Self.stateParameters), (sql, parameters), (Self.commitSQL, none),
                ]) { index, answer throws(PostgresError) in
                    if index == 2 { state = try Self.state(answer) }
                    if index == 3, state?.isUsable ?? false { value = try body(answer) }
                }
            }
        } catch {
            // What fails on a schema of another version fails because of it.
            if let state, !state.isUsable { throw .schema(state) }
            switch error {
            case .postgres(.refused(.undefinedTable, _, _)) where state == nil: throw .schema(.missing)
            case .postgres(.refused(.undefinedSchema, _, _)) where state == nil: throw .schema(.missing)
            default: throw error
            }
        }
        if let state, !state.isUsable { throw .schema(state) }
        guard let value else { throw .postgres(.unexpected("no answer")) }
        return value
    }

    private static let beginSQL = SQLText("BEGIN")
    private static let commitSQL = SQLText("COMMIT")

    /// Answers several questions from one state of the books: what is posted meanwhile is in none of them.
    public func snapshot<Value>(
        _ body: () throws(LedgerError) -> Value
    ) throws(LedgerError) -> Value {
        let settings = settings
        try withConnection { connection throws(PostgresError) in
            try connection.run("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            try connection.run(Self.settingsSQL, settings)
        }
        isInSnapshot = true
        let value: Value
        do throws(LedgerError) {
            value = try body()
            isInSnapshot = false
        } catch {
            isInSnapshot = false
            // The failure may have been elsewhere than in PostgreSQL: the transaction must not stay open.
            if session?.connection.inTransaction == true {
                try? withConnection { connection throws(PostgresError) in
                    _ = try connection.run("ROLLBACK")
                }
            }
            throw error
        }
        try withConnection { connection throws(PostgresError) in _ = try connection.run("COMMIT") }
        return value
    }

    /// Settings last for one transaction, so that poolers may hand the session on. Compiling plans
    /// (`jit`) costs more than it saves here.
    static let settingsSQL: StaticString = """
        SELECT set_config('statement_timeout', $1, true), set_config('lock_timeout', $2, true),
            set_config('synchronous_commit', 'on', true), set_config('jit', 'off', true),
            set_config('TimeZone', 'UTC', true)
        """

    var settings: Parameters {
        var parameters = Parameters()
        parameters.add(String(limits.statementMilliseconds))
        parameters.add(String(limits.lockMilliseconds))
        return parameters
    }
}
