// The schema's versions. Migrations are numbered files packed into the binary; each is applied once, in
// order, in a transaction of its own, and its checksum is kept, so that a file that was changed after
// it was applied is noticed.
import CEmbedded
import Postgres
public import Terms

/// How the database's schema stands to the one that this binary knows.
public enum SchemaState: Hashable, Sendable {
    /// There is no ledger in the database.
    case missing
    case older(found: Int, known: Int)
    case current(Int)
    /// Made by a newer binary. It still serves this one when it says that it serves version `known`, or an
    /// older one: then what was added since does not get in this one's way.
    case newer(found: Int, known: Int, serves: Int)
    /// A migration was applied that differs from the packed one of the same number.
    case altered(Int)

    /// Whether `serve` may work on it.
    public var isUsable: Bool {
        switch self {
        case .current: true
        case .newer(_, let known, let serves): known >= serves
        case .missing, .older, .altered: false
        }
    }

    public var diagnosis: Diagnosis {
        let (code, problem, remedy) =
            switch self {
            case .missing:
                ("schema.missing", "the database holds no ledger", "run `tollbook migrate`")
            case .older(let found, let known):
                (
                    "schema.older", "the ledger's schema is version \(found), this binary needs \(known)",
                    "run `tollbook migrate`"
                )
            case .current(let version):
                ("schema.current", "the ledger's schema is version \(version), as it should be", "nothing")
            case .newer(let found, let known, _):
                (
                    "schema.newer", "the ledger's schema is version \(found), this binary knows \(known)",
                    "install the newer tollbook"
                )
            case .altered(let version):
                (
                    "schema.altered",
                    "migration \(version) was applied with other content than this binary's",
                    "install the tollbook that made the ledger, or restore the file"
                )
            }
        return Diagnosis(
            code: code, problem: problem,
            effect: isUsable ? "none" : "nothing is read from or posted to the ledger", remedy: remedy)
    }
}

/// A packed migration.
struct Migration {
    let version: Int
    let name: String
    let script: [UInt8]

    /// All of them, ascending.
    static let all: [Migration] = {
        var count = 0
        guard let files = tollbook_embedded_files(&count) else { return [] }
        return (0..<count).compactMap { index -> Migration? in
            let file = files[index]
            let path = String(cString: file.name)
            guard path.hasPrefix("migrations/") else { return nil }
            let name = path.dropFirst("migrations/".count)
            guard let version = Int(name.prefix { $0 != "_" }) else { return nil }
            let script = Array(UnsafeBufferPointer(start: file.bytes, count: file.size))
            return Migration(version: version, name: String(name), script: script)
        }.sorted { $0.version < $1.version }
    }()
}

extension LedgerStore {
    /// The version of the schema that this binary makes; nil when nothing is packed into it.
    public static var newestSchema: Int? { Migration.all.last?.version }

    public func schemaState() throws(LedgerError) -> SchemaState {
        do throws(LedgerError) {
            return try inOneTrip(SQLText(Self.stateSQL), Self.stateParameters) {
                answer throws(PostgresError) in try Self.state(answer)
            }
        } catch .postgres(.refused(.undefinedTable, _, _)), .postgres(.refused(.undefinedSchema, _, _)) {
            return .missing
        } catch {
            throw error
        }
    }

    /// Brings the schema up to this binary's version. Several may run at once: one works, the others
    /// wait and find nothing to do.
    ///
    /// - Returns: the names of the migrations that were applied.
    /// - Throws: ``LedgerError/schema(_:)`` when the schema is newer or was altered.
    @discardableResult
    public func migrate() throws(LedgerError) -> [String] { try migrate(upTo: .max) }

    /// - Parameter last: version that is not passed.
    @discardableResult
    func migrate(upTo last: Int) throws(LedgerError) -> [String] {
        var applied: [String] = []
        while true {
            var refused: SchemaState?
            let name = try transaction { connection throws(PostgresError) -> String? in
                // 7827364119010 is ours: any number will do as long as every migrator takes the same.
                try connection.run("SELECT pg_advisory_xact_lock(7827364119010)")
                let done: Int
                let state = try Self.state(connection)
                switch state {
                case .missing: done = 0
                case .older(let found, _): done = found
                case .current: return nil
                case .newer, .altered:
                    refused = state
                    return nil
                }
                guard let next = Migration.all.first(where: { $0.version > done }), next.version <= last
                else {
                    return nil
                }
                try Self.apply(next, connection)
                return next.name
            }
            if let refused { throw .schema(refused) }
            guard let name else { return applied }
            applied.append(name)
        }
    }

    private static func apply(
        _ migration: Migration, _ connection: borrowing Connection
    ) throws(PostgresError) {
        try connection.run("CREATE SCHEMA IF NOT EXISTS tollbook")
        try connection.run(
            """
            CREATE TABLE IF NOT EXISTS tollbook.schema_version (
                version integer PRIMARY KEY, name text NOT NULL, checksum text NOT NULL,
                applied_at timestamptz NOT NULL)
            """)
        try connection.runScript(migration.script)
        var parameters = Parameters()
        parameters.add(Int64(migration.version))
        parameters.add(migration.name)
        let script = ArrayParameter(.bytes)
        script.append(utf8: migration.script)
        parameters.add(script)
        try connection.run(
            """
            INSERT INTO tollbook.schema_version
            VALUES ($1::bigint, $2, encode(sha256(($3::bytea[])[1]), 'hex'), clock_timestamp())
            """, parameters)
    }

    /// In two statements, which need no transaction: a schema only grows.
    static func state(_ connection: borrowing Connection) throws(PostgresError) -> SchemaState {
        let present = try connection.run("SELECT to_regclass('tollbook.schema_version') IS NOT NULL")
            .withRow(0) { row throws(PostgresError) in try row.bool() }
        guard present else { return .missing }
        return try state(try connection.run(stateSQL, stateParameters))
    }

    static let stateSQL: StaticString = """
        SELECT coalesce(max(v.version), 0)::bigint,
            min(v.version) FILTER (WHERE v.checksum <> encode(sha256(k.script), 'hex'))::bigint,
            (SELECT substring(d.description FROM '^serves ([0-9]{1,9})$')::bigint
                FROM pg_catalog.pg_description d
                WHERE d.objoid = 'tollbook.schema_version'::regclass
                    AND d.classoid = 'pg_catalog.pg_class'::regclass AND d.objsubid = 0)
        FROM tollbook.schema_version v
        LEFT JOIN unnest($1::integer[], $2::bytea[]) AS k(version, script) ON k.version = v.version
        """

    static var stateParameters: Parameters {
        let versions = ArrayParameter(.int4)
        let scripts = ArrayParameter(.bytes)
        for migration in Migration.all {
            versions.append(Int32(migration.version))
            scripts.append(utf8: migration.script)
        }
        var parameters = Parameters()
        parameters.add(versions)
        parameters.add(scripts)
        return parameters
    }

    static func state(_ answer: borrowing Answer) throws(PostgresError) -> SchemaState {
        let known = Migration.all.last?.version ?? 0
        return try answer.withRow(0) { row throws(PostgresError) in
            let found = Int(try row.integer())
            if let altered = try row.optionalInteger() { return .altered(Int(altered)) }
            if found == 0 { return .missing }
            if found < known { return .older(found: found, known: known) }
            if found == known { return .current(found) }
            // Without a word it serves its own version only. See migration 0007.
            return .newer(found: found, known: known, serves: Int(try row.optionalInteger() ?? Int64(found)))
        }
    }
}
