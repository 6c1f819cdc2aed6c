// One session with PostgreSQL, owned. Statements are unnamed and run inside explicit transactions, and
// settings are made per transaction, so that the same calls work through PgBouncer in transaction mode
// and on Citus. Calls block the thread they are made on: use a thread of your own.
import CPQ
import Glibc

/// A session. Its text of SQL is always `StaticString`, or ``SQLText`` made of such: values travel as
/// ``Parameters``. The one
/// exception is ``runScript(_:)``, which exists for the migrations packed into the binary.
public struct Connection: ~Copyable {
    let pointer: OpaquePointer
    public let limits: SessionLimits

    private init(owning pointer: OpaquePointer, limits: SessionLimits) {
        self.pointer = pointer
        self.limits = limits
    }

    deinit { PQfinish(pointer) }

    /// Opens a session. Blocks up to ``SessionLimits/connectSeconds`` per address.
    ///
    /// - Parameter conninfo: libpq's `key=value` words or a `postgresql://` address. What it states
    ///   itself takes precedence over the limits.
    /// - Throws: ``PostgresError/unreachable(reason:)`` with libpq's own words.
    public static func open(
        _ conninfo: String, limits: SessionLimits = SessionLimits()
    ) throws(PostgresError) -> Connection {
        // Later words win, and `dbname` with a whole conninfo in it is expanded in its place.
        let words: [(String, String)] = [
            ("connect_timeout", String(limits.connectSeconds)), ("application_name", "tollbook"),
            ("keepalives_idle", "30"), ("keepalives_interval", "10"), ("keepalives_count", "3"),
            ("dbname", conninfo), ("client_encoding", "UTF8"),
        ]
        let keys = words.map { strdup($0.0) }
        let values = words.map { strdup($0.1) }
        defer { for text in keys + values { free(text) } }
        let handle = PQconnectdbParams(
            keys.map { UnsafePointer($0) } + [nil], values.map { UnsafePointer($0) } + [nil], 1)
        guard let handle else { throw .unreachable(reason: "out of memory") }
        let connection = Connection(owning: handle, limits: limits)
        guard PQstatus(handle) == CONNECTION_OK else {
            // Of an address that it cannot read libpq repeats the whole, its password included.
            let words = connection.lastWords
            throw .unreachable(reason: words.contains(conninfo) ? Self.unreadable : words)
        }
        PQsetNoticeProcessor(handle, { _, _ in }, nil)
        guard PQsetnonblocking(handle, 1) == 0 else { throw .unreachable(reason: connection.lastWords) }
        return connection
    }

    private static let unreadable = "the connection text is not one that libpq can read"

    /// Whether the session stands as far as libpq knows.
    public var isOpen: Bool { PQstatus(pointer) == CONNECTION_OK }

    /// Whether a transaction is open, be it in error or not.
    public var inTransaction: Bool {
        let status = PQtransactionStatus(pointer)
        return status == PQTRANS_INTRANS || status == PQTRANS_INERROR
    }

    /// Such as 150018 for 15.18.
    public var serverVersion: Int { Int(PQserverVersion(pointer)) }

    /// Runs one statement and returns its whole answer, in binary.
    @discardableResult
    public func run(
        _ sql: StaticString, _ parameters: Parameters = Parameters()
    ) throws(PostgresError) -> Answer {
        try run(SQLText(sql), parameters)
    }

    @discardableResult
    public func run(_ sql: SQLText, _ parameters: Parameters) throws(PostgresError) -> Answer {
        try send(sql, parameters)
        let answer = try onlyAnswer()
        return answer
    }

    /// Runs a statement and hands out its rows one by one; memory does not grow with their number.
    ///
    /// - Parameter each: returns false to stop early, which closes the session's statement.
    public func stream(
        _ sql: StaticString, _ parameters: Parameters = Parameters(),
        each: (inout Row) throws(PostgresError) -> Bool
    ) throws(PostgresError) {
        try send(SQLText(sql), parameters)
        guard PQsetSingleRowMode(pointer) == 1 else { throw .unexpected("no single-row mode") }
        var wanted = true
        var failure: PostgresError?
        while let answer = try nextAnswer() {
            switch PQresultStatus(answer.pointer) {
            case PGRES_SINGLE_TUPLE:
                guard wanted, failure == nil else { continue }
                do throws(PostgresError) {
                    wanted = try answer.withRow(0) { row throws(PostgresError) in try each(&row) }
                } catch { failure = error }
                if !wanted || failure != nil { cancel() }
            case PGRES_TUPLES_OK: continue
            default:
                // After a cancellation that we asked for, the error is the expected end.
                if wanted, failure == nil { failure = error(of: answer) }
            }
        }
        if let failure { throw failure }
    }

    /// The same for statements that stand in one piece.
    public func pipeline(
        _ statements: [(sql: StaticString, parameters: Parameters)],
        each: (Int, borrowing Answer) throws(PostgresError) -> Void
    ) throws(PostgresError) {
        try pipeline(statements.map { (SQLText($0.sql), $0.parameters) }, each: each)
    }

    /// Runs several statements in one round trip. The first that fails skips the rest, so the last one
    /// is normally `COMMIT`; the caller rolls back.
    ///
    /// - Parameter each: receives the answers in order.
    public func pipeline(
        _ statements: [(sql: SQLText, parameters: Parameters)],
        each: (Int, borrowing Answer) throws(PostgresError) -> Void
    ) throws(PostgresError) {
        guard PQenterPipelineMode(pointer) == 1 else { throw .connectionLost(reason: lastWords) }
        for (sql, parameters) in statements { try send(sql, parameters, flushing: false) }
        guard PQpipelineSync(pointer) == 1 else { throw .connectionLost(reason: lastWords) }
        try flush()
        var failure: PostgresError?
        for index in statements.indices {
            while let answer = try nextAnswer() {
                let status = PQresultStatus(answer.pointer)
                if status == PGRES_PIPELINE_ABORTED { continue }
                if status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK {
                    guard failure == nil else { continue }
                    do throws(PostgresError) { try each(index, answer) } catch { failure = error }
                } else if failure == nil {
                    failure = error(of: answer)
                }
            }
        }
        _ = try nextAnswer()  // the synchronization itself
        guard PQexitPipelineMode(pointer) == 1 else { throw .connectionLost(reason: lastWords) }
        if let failure { throw failure }
    }

    /// Runs a script of many statements. Only for the migrations that are packed into the binary: it
    /// is the one door through which SQL that is no `StaticString` enters, and takes no parameters.
    public func runScript(_ script: [UInt8]) throws(PostgresError) {
        let sent = (script + [0]).withUnsafeBufferPointer { bytes in
            bytes.withMemoryRebound(to: CChar.self) { PQsendQuery(pointer, $0.baseAddress) }
        }
        guard sent == 1 else { throw .connectionLost(reason: lastWords) }
        try flush()
        var failure: PostgresError?
        while let answer = try nextAnswer() {
            let status = PQresultStatus(answer.pointer)
            if status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK && failure == nil {
                failure = error(of: answer)
            }
        }
        if let failure { throw failure }
    }
}
