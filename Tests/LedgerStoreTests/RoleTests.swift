// Who may do what: sidecars add and never change facts, reporters read, and a tenant's reader sees that
// tenant's rows only, whatever it tries.
import Bookkeeping
import Foundation
import Postgres
import Terms
import Testing

@testable import LedgerStore

@Suite(.enabled(if: TestDatabase.isThere, TestDatabase.missing))
struct RoleTests {
    /// A ledger, and how to connect to it as a member of a role.
    static func ledger() throws -> (owner: LedgerStore, conninfo: String) {
        let (store, conninfo) = try TestDatabase.ledgerAndName()
        var work = RandomWork(seed: 3, period: period("2026-10-01", "2026-10-03"))
        _ = try store.post(work.records(80), bookedAt: instant("2026-10-03T00:00:00Z"))
        return (store, conninfo)
    }

    /// Makes a login role in a group; roles belong to the cluster, so each has a name of its own.
    static func member(of group: String, _ conninfo: String) throws -> (conninfo: String, role: String) {
        let role = "m" + UUID().uuidString.lowercased().replacing("-", with: "")
        let owner = try Connection.open(conninfo)
        try owner.runScript(Array("CREATE ROLE \(role) LOGIN IN ROLE \(group)".utf8))
        return (conninfo.replacing("user=postgres", with: "user=\(role)"), role)
    }

    private func refusal(_ connection: borrowing Connection, _ sql: StaticString) -> String {
        do throws(PostgresError) {
            try connection.run(sql)
            return "done"
        } catch {
            if case .refused(let state, _, _) = error { return state.code }
            return error.message
        }
    }

    @Test("the ingest role posts, corrects, seals and rebuilds, and can change no fact")
    func ingest() throws {
        let (_, conninfo) = try Self.ledger()
        let ingest = try LedgerStore.open(try Self.member(of: "tollbook_ingest", conninfo).conninfo)
        var work = RandomWork(seed: 4, period: period("2026-12-01", "2026-12-03"))
        var more = work.records(40)
        for index in more.indices { more[index].record.instance = "south-\(index)" }
        #expect(try ingest.post(more, bookedAt: instant("2026-12-03T00:00:00Z")).inserted == 40)
        var first: StoredRecord?
        try ingest.records(RecordFilter()) { stored in
            first = stored
            return false
        }
        let stored = try #require(first)
        let entries = stored.corrections(to: work.rated(stored.record.usage))
        try ingest.correct(
            [RecordCorrection(stored: stored, entries: entries)], bookedAt: instant("2026-12-03T00:00:00Z"))
        try ingest.noteInstance(
            InstanceNote(
                instance: "west", version: "1", reportedAt: instant("2026-12-03"), backlog: 0,
                openExchanges: 0,
                completeUntil: nil))
        try ingest.rebuildDays(now: instant("2026-12-05T00:00:00Z"))
        #expect(try ingest.verify(VerifyScope(), keys: .none).findings == [])
        let key = SealKeys(current: "k") { _, message in Array(message.prefix(8)) }
        #expect(try ingest.seal(key, now: instant("2026-10-05T00:00:00Z")).days > 0)

        let connection = try Connection.open(try Self.member(of: "tollbook_ingest", conninfo).conninfo)
        for sql: StaticString in [
            "UPDATE tollbook.usage_record SET user_id = 'x'", "DELETE FROM tollbook.usage_record",
            "UPDATE tollbook.entry SET amount = 0", "DELETE FROM tollbook.entry", "TRUNCATE tollbook.entry",
            "UPDATE tollbook.entry_2026_10 SET amount = 0", "DELETE FROM tollbook.usage_record_2026_10",
            "DELETE FROM tollbook.rollup", "DELETE FROM tollbook.rollup_day",
            "UPDATE tollbook.seal SET number = 9",
            "DELETE FROM tollbook.seal", "DROP TABLE tollbook.entry_2026_10", "DELETE FROM tollbook.conflict",
            "UPDATE tollbook.price_file SET content = ''", "INSERT INTO tollbook.reader VALUES ('a', 'b')",
            "SELECT tollbook.drop_month('2026-10-01', 0, 0)",
            "INSERT INTO tollbook.archive SELECT FROM tollbook.archive",
        ] { #expect(refusal(connection, sql) == "42501", "\(sql)") }
    }

    @Test("the report role reads and writes nothing")
    func report() throws {
        let (owner, conninfo) = try Self.ledger()
        let reader = try Self.member(of: "tollbook_report", conninfo).conninfo
        let query = ReportQuery(by: [.tenant, .model], period: period("2026-10-01", "2026-11-01"))
        #expect(try LedgerStore.open(reader).report(query) == owner.report(query))
        #expect(try LedgerStore.open(reader).verify(VerifyScope(), keys: .none).isSound)
        let connection = try Connection.open(reader)
        for sql: StaticString in [
            "INSERT INTO tollbook.rollup_label VALUES ('x', '2026-01-01')",
            "UPDATE tollbook.rollup SET quantity = 0",
            "DELETE FROM tollbook.entry", "SELECT tollbook.ensure_partitions('2030-01-01')",
            "SELECT tollbook.rebuild_day('2026-10-01')",
        ] { #expect(refusal(connection, sql) == "42501", "\(sql)") }
    }

    @Test("a tenant's reader gets the tenant's report and nothing of others")
    func tenant() throws {
        let (owner, conninfo) = try Self.ledger()
        let (reader, role) = try Self.member(of: "tollbook_tenant", conninfo)
        let store = try LedgerStore.open(reader)
        let span = period("2026-10-01", "2026-11-01")
        #expect(try store.report(ReportQuery(by: [.tenant], period: span)).rows.isEmpty)
        try Connection.open(conninfo).runScript(
            Array("INSERT INTO tollbook.reader VALUES ('\(role)', 'acme')".utf8))
        for by: [Bookkeeping.Dimension] in [[.tenant, .model], [.user], [.label("project")], [.day]] {
            var filtered = ReportQuery(by: by, period: span)
            filtered.filter.tenant = "acme"
            let own = try store.report(ReportQuery(by: by, period: span))
            let expected = try owner.report(filtered)
            #expect(!own.rows.isEmpty && own.rows == expected.rows)
        }
        var tenants: Set<String> = []
        try store.records(RecordFilter()) { stored in
            tenants.insert(stored.record.attribution.tenant)
            return true
        }
        #expect(tenants == ["acme"])
        var filter = RecordFilter()
        filter.tenant = "globex"
        var others = 0
        try store.records(filter) { _ in
            others += 1
            return true
        }
        #expect(others == 0)
    }

    /// Each answers how many rows of other tenants it gave away, or is refused.
    static let cheats: [StaticString] = [
        "SELECT count(*)::text FROM tollbook.usage_record WHERE tenant <> 'acme'",
        "SELECT count(*)::text FROM tollbook.entry WHERE tenant <> 'acme'",
        "SELECT count(*)::text FROM tollbook.rollup WHERE tenant <> 'acme'",
        "SELECT count(*)::text FROM tollbook.rollup_day WHERE tenant <> 'acme'",
        "SELECT count(*)::text FROM tollbook.fact WHERE tenant <> 'acme'",
        "SELECT count(*)::text FROM tollbook.spend WHERE tenant <> 'acme'",
        "SELECT count(*)::text FROM tollbook.daily_spend_usd WHERE tenant <> 'acme'",
        "SELECT count(*)::text FROM tollbook.reader WHERE tenant <> 'acme'",
        "SELECT count(*)::text FROM tollbook.seal WHERE tenant <> 'acme'",
        "SELECT count(*)::text FROM tollbook.usage_record_2026_10",
        "SELECT count(*)::text FROM tollbook.entry_2026_10",
        "SELECT count(*)::text FROM tollbook.carried WHERE tenant <> 'acme'",
        "SELECT count(*)::text FROM tollbook.period_seal",
        "SELECT count(*)::text FROM tollbook.period_statement",
        "SELECT count(*)::text FROM tollbook.gateway_key", "SELECT count(*)::text FROM tollbook.audit",
        "SELECT count(*)::text FROM tollbook.budget_window",
        "SELECT count(*)::text FROM tollbook.conflict",
        "SELECT count(*)::text FROM tollbook.settlement",
        "SELECT count(*)::text FROM tollbook.price_file",
        """
        SELECT count(*)::text FROM tollbook.fact_known('-infinity', 'infinity', 'infinity') WHERE tenant <> 'acme'
        """,
        "SELECT count(*)::text FROM tollbook.day_sums('-infinity', 'infinity') WHERE tenant <> 'acme'",
        // What the planner has learnt about values is as telling as the values.
        "SELECT count(*)::text FROM pg_stats WHERE schemaname = 'tollbook' AND attname = 'tenant'",
        "SELECT count(*)::text FROM pg_statistic",
        """
        SELECT set_config('row_security', 'off', true), count(*)::text FROM tollbook.entry WHERE tenant <> 'acme'
        """,
        "SET ROLE tollbook_report", "SET SESSION AUTHORIZATION postgres", "SET ROLE tollbook_ingest",
        "UPDATE tollbook.reader SET tenant = 'globex'",
        "INSERT INTO tollbook.reader VALUES (current_user, 'globex')",
        "ALTER TABLE tollbook.entry DISABLE ROW LEVEL SECURITY", "DROP POLICY own_rows ON tollbook.entry",
        "CREATE VIEW tollbook.mine AS SELECT * FROM tollbook.entry", "COPY tollbook.entry_2026_10 TO STDOUT",
        "DELETE FROM tollbook.entry", "UPDATE tollbook.usage_record SET tenant = 'acme'",
    ]

    @Test("a tenant's reader cannot cheat", arguments: cheats.indices)
    func cheat(_ index: Int) throws {
        let (_, conninfo) = try Self.ledger()
        let (reader, role) = try Self.member(of: "tollbook_tenant", conninfo)
        try Connection.open(conninfo).runScript(
            Array(
                """
                INSERT INTO tollbook.reader VALUES ('\(role)', 'acme');
                UPDATE tollbook.usage_record SET carried_from = period;
                INSERT INTO tollbook.period_seal VALUES ('globex', '2026-10', '2026-11-01', '{}', '');
                INSERT INTO tollbook.period_statement VALUES ('globex', '2026-10', 'text', '');
                ANALYZE
                """.utf8))
        let connection = try Connection.open(reader)
        do throws(PostgresError) {
            let answer = try connection.run(Self.cheats[index])
            guard answer.rowCount > 0 else {
                Issue.record("\(Self.cheats[index]) was done")
                return
            }
            let last = try answer.withRow(0) { row throws(PostgresError) in
                let first = try row.text()
                return first == "off" ? try row.text() : first
            }
            #expect(last == "0", "\(Self.cheats[index])")
        } catch {
            guard case .refused(let state, _, _) = error else { throw error }
            #expect(["42501", "42809"].contains(state.code), "\(Self.cheats[index]): \(state)")
        }
    }

    @Test("a function that looks at rows before the policy does sees none of others")
    func leak() throws {
        let (_, conninfo) = try Self.ledger()
        let (reader, role) = try Self.member(of: "tollbook_tenant", conninfo)
        try Connection.open(conninfo).runScript(
            Array(
                """
                INSERT INTO tollbook.reader VALUES ('\(role)', 'acme');
                GRANT TEMPORARY ON DATABASE \(conninfo.split(separator: "=").last ?? "") TO \(role);
                """.utf8))
        let connection = try Connection.open(reader)
        // A cheap function that fails on the first row of another tenant it is shown.
        try connection.run(
            """
            CREATE FUNCTION pg_temp.look(t text) RETURNS boolean LANGUAGE plpgsql COST 0.0000001 AS $$
            BEGIN
                IF t <> 'acme' THEN RAISE EXCEPTION 'seen %', t; END IF;
                RETURN true;
            END $$
            """)
        let seen = try connection.run("SELECT count(*) FROM tollbook.entry WHERE pg_temp.look(tenant)")
            .withRow(0) { row throws(PostgresError) in try row.integer() }
        #expect(seen > 0)
    }
}
