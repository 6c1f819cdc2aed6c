// What this user may do in the ledger, whether it has room for the months ahead, and the databases beside it.
import LedgerStore
import Postgres
import Terms

enum LedgerRights {
    static func run(_ conninfo: String, now: Instant) -> [DoctorCheck] {
        do throws(PostgresError) {
            let connection = try Connection.open(conninfo)
            return [try role(connection)] + (try partitions(connection, now: now))
        } catch {
            return [.fail("rights", error.message, remedy: "see `tollbook doctor --database …`")]
        }
    }

    /// `serve` adds records and entries, and makes partitions.
    private static func role(_ connection: borrowing Connection) throws(PostgresError) -> DoctorCheck {
        let answer = try connection.run(
            """
            SELECT current_user::text,
                has_table_privilege('tollbook.entry', 'INSERT')
                AND has_table_privilege('tollbook.usage_record', 'INSERT')
                AND has_table_privilege('tollbook.rollup', 'UPDATE')
                AND has_function_privilege('tollbook.ensure_partitions(date)', 'EXECUTE')
            """)
        let (user, mayPost) = try answer.withRow(0) { row throws(PostgresError) in
            (try row.text(), try row.bool())
        }
        guard mayPost else {
            return .fail(
                "rights", "\(user) may not post to this ledger; `serve` could only spool",
                remedy: "connect as a role in tollbook_ingest: `GRANT tollbook_ingest TO \(user)`")
        }
        return .ok("rights", "\(user) may post")
    }

    /// Where a sidecar has been running for long enough to make them.
    private static func partitions(
        _ connection: borrowing Connection, now: Instant
    ) throws(PostgresError) -> [DoctorCheck] {
        var parameters = Parameters()
        parameters.add(now.seconds)
        parameters.add(DoctorLimits.running)
        let answer = try connection.run(
            """
            SELECT coalesce(string_agg(part, ', ' ORDER BY part), '')
            FROM (
                SELECT t.parent || to_char(m.month, '_YYYY_MM') AS part
                FROM (VALUES ('usage_record'), ('entry')) t (parent),
                    generate_series(
                        date_trunc('month', to_timestamp($1::bigint) AT TIME ZONE 'UTC'),
                        date_trunc('month', to_timestamp($1::bigint) AT TIME ZONE 'UTC') + interval '1 month',
                        interval '1 month') m (month)
            ) wanted
            WHERE to_regclass('tollbook.' || part) IS NULL AND EXISTS (
                SELECT FROM tollbook.instance
                WHERE reported_at > to_timestamp($1::bigint) - $2::bigint * interval '1 second')
            """, parameters)
        let missing = try answer.withRow(0) { row throws(PostgresError) in try row.text() }
        guard !missing.isEmpty else { return [] }
        return [
            .warn(
                "partitions", "there is no \(missing): a sidecar reports, and nobody made them",
                remedy: "see the log of `serve` for what hinders its upkeep; posting makes them where it may")
        ]
    }

    /// The replica that reports read, and the ledgers of single tenants.
    static func others(_ configuration: Configuration) -> [DoctorCheck] {
        var places: [(name: String, conninfo: String)] = configuration.tenantDatabases
            .sorted { $0.key < $1.key }.map { ("tenant_databases.\($0.key)", $0.value) }
        if let replica = configuration.replica { places.append(("replica", replica)) }
        return places.compactMap { place in
            do throws(LedgerError) {
                let state = try LedgerStore.open(place.conninfo).schemaState()
                guard !state.isUsable else { return nil }
                return .fail(
                    "databases", "\(place.name): \(state.diagnosis.problem)", remedy: state.diagnosis.remedy)
            } catch {
                return .fail(
                    "databases", "\(place.name): \(error.diagnosis.problem)", remedy: error.diagnosis.remedy)
            }
        }
    }
}
