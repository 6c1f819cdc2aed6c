// What a database and whatever stands before it (a pooler, a cluster) can do of what the ledger needs,
// found out by doing it: pipelines, unnamed statements, settings and locks of one transaction. Nothing is
// left behind.
import Postgres
import Terms

enum CapabilityProbes {
    /// A line for each probe; the ones that only inform are always ok.
    static func run(_ conninfo: String) -> [DoctorCheck] {
        do throws(PostgresError) {
            let connection = try Connection.open(conninfo)
            var checks = [probe("probe: pipeline", connection, pipeline)]
            checks.append(probe("probe: unnamed statements", connection, unnamed))
            checks.append(probe("probe: settings of a transaction", connection, settings))
            let other = try Connection.open(conninfo)
            checks.append(lock(connection, other))
            checks.append(probe("probe: upsert in one statement", connection, upsert))
            checks.append(probe("probe: session state", connection, session))
            checks.append(probe("probe: durability", connection, durability))
            checks.append(probe("probe: encoding", connection, encoding))
            checks.append(probe("probe: prepared transactions", connection, prepared))
            checks.append(probe("probe: replication", connection, recovery))
            checks.append(probe("probe: distribution", connection, citus))
            checks.append(probe("probe: role", connection, role))
            return checks
        } catch {
            return [
                .fail(
                    "probe: session", error.message,
                    remedy: "check that PostgreSQL runs and `--database` names it")
            ]
        }
    }

    private static func probe(
        _ name: String, _ connection: borrowing Connection,
        _ body: (String, borrowing Connection) throws(PostgresError) -> DoctorCheck
    ) -> DoctorCheck {
        do throws(PostgresError) {
            let check = try body(name, connection)
            if connection.inTransaction { try connection.run("ROLLBACK") }
            return check
        } catch {
            if connection.inTransaction { _ = try? connection.run("ROLLBACK") }
            return .fail(
                name, error.message,
                remedy: "the ledger needs this; see docs/scaling.md for what works between")
        }
    }

    private static func word(
        _ connection: borrowing Connection, _ sql: StaticString
    ) throws(PostgresError) -> String {
        try connection.run(sql).withRow(0) { row throws(PostgresError) in try row.optionalText() ?? "" }
    }

    private static func pipeline(
        _ name: String, _ connection: borrowing Connection
    ) throws(PostgresError) -> DoctorCheck {
        let none = Parameters()
        var answers = 0
        try connection.pipeline([
            ("BEGIN", none), ("SELECT set_config('lock_timeout', '1000', true)", none), ("SELECT 1", none),
            ("COMMIT", none),
        ]) { _, _ in answers += 1 }
        guard answers == 4 else { throw .unexpected("\(answers) answers to 4 statements") }
        return .ok(name, "four statements in one round trip")
    }

    /// Two statements of different shape under the empty name, as every call of the ledger sends them.
    private static func unnamed(
        _ name: String, _ connection: borrowing Connection
    ) throws(PostgresError) -> DoctorCheck {
        for round in 0..<3 as Range<Int64> {
            var parameters = Parameters()
            parameters.add(round)
            let number = try connection.run("SELECT $1::bigint + 1", parameters)
                .withRow(0) { row throws(PostgresError) in try row.integer() }
            var text = Parameters()
            text.add("x")
            text.add(ArrayParameter(texts: ["a", "b"]))
            let joined = try connection.run("SELECT $1::text || array_to_string($2::text[], '-')", text)
                .withRow(0) { row throws(PostgresError) in try row.text() }
            guard number == round + 1, joined == "xa-b" else { throw .unexpected("another answer") }
        }
        return .ok(name, "parameters in binary, no names")
    }

    private static func settings(
        _ name: String, _ connection: borrowing Connection
    ) throws(PostgresError) -> DoctorCheck {
        let before = try word(connection, "SELECT current_setting('lock_timeout')")
        try connection.run("BEGIN")
        try connection.run("SET LOCAL lock_timeout = '4321ms'")
        let inside = try word(connection, "SELECT current_setting('lock_timeout')")
        try connection.run("COMMIT")
        let after = try word(connection, "SELECT current_setting('lock_timeout')")
        guard inside == "4321ms", after == before else {
            return .fail(
                name, "inside \(inside), after \(after)",
                remedy: "use a pooler that keeps one server session for a whole transaction")
        }
        return .ok(name, "hold for the transaction and no longer")
    }

    private static func lock(
        _ connection: borrowing Connection, _ other: borrowing Connection
    ) -> DoctorCheck {
        let name = "probe: lock of a transaction"
        do throws(PostgresError) {
            try connection.run("BEGIN")
            try connection.run("SELECT pg_advisory_xact_lock(7827364119099)")
            try other.run("BEGIN")
            let taken = try word(other, "SELECT pg_try_advisory_xact_lock(7827364119099)::text")
            try other.run("ROLLBACK")
            try connection.run("ROLLBACK")
            try other.run("BEGIN")
            let free = try word(other, "SELECT pg_try_advisory_xact_lock(7827364119099)::text")
            try other.run("ROLLBACK")
            guard taken == "false", free == "true" else {
                return .fail(
                    name, "two sessions had it at once, or it was not given back",
                    remedy: "point `database:` at one PostgreSQL, or at a pooler in transaction mode")
            }
            return .ok(name, "excludes the other session, and ends with the transaction")
        } catch {
            return .fail(name, error.message, remedy: "the ledger needs this")
        }
    }

    private static func upsert(
        _ name: String, _ connection: borrowing Connection
    ) throws(PostgresError) -> DoctorCheck {
        if try word(connection, "SELECT pg_is_in_recovery()::text") == "true" {
            return .ok(name, "not tried: a replica is read only")
        }
        try connection.run("BEGIN")
        try connection.run(
            "CREATE TEMPORARY TABLE tollbook_probe (k text PRIMARY KEY, n bigint NOT NULL) ON COMMIT DROP")
        for _ in 0..<2 {
            try connection.run(
                """
                WITH added AS (INSERT INTO tollbook_probe VALUES ('a', 1) ON CONFLICT DO NOTHING RETURNING n)
                INSERT INTO tollbook_probe AS p SELECT 'sum', count(*) FROM added
                ON CONFLICT (k) DO UPDATE SET n = p.n + excluded.n
                """)
        }
        let sum = try word(connection, "SELECT n::text FROM tollbook_probe WHERE k = 'sum'")
        guard sum == "1" else { throw .unexpected("a sum of \(sum) instead of 1") }
        return .ok(name, "insert, return and add up; the second time changes nothing")
    }

    private static func session(
        _ name: String, _ connection: borrowing Connection
    ) throws(PostgresError) -> DoctorCheck {
        var servers: Set<String> = []
        for _ in 0..<4 { servers.insert(try word(connection, "SELECT pg_backend_pid()::text")) }
        let kept = try word(connection, "SHOW application_name") == "tollbook" && servers.count == 1
        return .ok(
            name,
            kept ? "kept between transactions, as far as can be seen; not needed" : "not kept; not needed")
    }

    private static func durability(
        _ name: String, _ connection: borrowing Connection
    ) throws(PostgresError) -> DoctorCheck {
        let off = try word(
            connection,
            """
            SELECT coalesce(string_agg(name || ' = ' || setting, ', ' ORDER BY name), '') FROM pg_settings
            WHERE name IN ('fsync', 'full_page_writes') AND setting <> 'on'
            """)
        if off.isEmpty { return .ok(name, "fsync and full_page_writes are on") }
        return .warn(
            name, off, remedy: "turn it on: after a power cut committed records would be missing or torn")
    }

    private static func encoding(
        _ name: String, _ connection: borrowing Connection
    ) throws(PostgresError) -> DoctorCheck {
        let encoding = try word(connection, "SHOW server_encoding")
        if encoding == "UTF8" { return .ok(name, encoding) }
        return .fail(name, encoding, remedy: "create the database with ENCODING 'UTF8'")
    }

    private static func prepared(
        _ name: String, _ connection: borrowing Connection
    ) throws(PostgresError) -> DoctorCheck {
        let waiting = try word(
            connection, "SELECT count(*)::text FROM pg_prepared_xacts WHERE database = current_database()")
        if waiting == "0" { return .ok(name, "none is waiting") }
        return .warn(
            name, "\(waiting) waiting: their rows are not visible and hold back seals",
            remedy: "commit or roll them back; on Citus `SELECT recover_prepared_transactions()`")
    }

    private static func recovery(
        _ name: String, _ connection: borrowing Connection
    ) throws(PostgresError) -> DoctorCheck {
        let words = try word(
            connection,
            """
            SELECT CASE WHEN pg_is_in_recovery()
                THEN 'a replica, at ' || coalesce(pg_last_wal_replay_lsn()::text, 'no position')
                ELSE 'a primary, at ' || pg_current_wal_lsn() END
            """)
        return .ok(name, words)
    }

    private static func citus(
        _ name: String, _ connection: borrowing Connection
    ) throws(PostgresError) -> DoctorCheck {
        let version = try word(
            connection, "SELECT coalesce((SELECT extversion FROM pg_extension WHERE extname = 'citus'), '')")
        return .ok(name, version.isEmpty ? "one server" : "Citus \(version)")
    }

    private static func role(
        _ name: String, _ connection: borrowing Connection
    ) throws(PostgresError) -> DoctorCheck {
        let words = try word(
            connection,
            """
            SELECT current_user || CASE
                WHEN to_regclass('tollbook.entry') IS NULL THEN ': there is no ledger yet'
                WHEN has_table_privilege('tollbook.entry', 'UPDATE') THEN ': may change entries, as owner'
                WHEN has_table_privilege('tollbook.entry', 'INSERT') THEN ': may add entries and change none'
                WHEN has_table_privilege('tollbook.entry', 'SELECT') THEN ': may read' ELSE ': may not read' END
            """)
        return .ok(name, words)
    }
}
