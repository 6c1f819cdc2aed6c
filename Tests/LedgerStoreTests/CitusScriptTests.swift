// The script that distributes a ledger, without the engine that it is for: its two functions are put in
// place of Citus' own and note what they are asked to do. What Citus then does is not shown here.
import Bookkeeping
import Foundation
import Postgres
import Terms
import Testing

@testable import LedgerStore

@Suite(.enabled(if: TestDatabase.isThere, TestDatabase.missing))
struct CitusScriptTests {
    @Test("every table with a tenant is distributed by it, unless a unique key leaves the tenant out")
    func script() throws {
        let (store, conninfo) = try TestDatabase.ledgerAndName()
        let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("scripts/citus.sql")
        let script = try String(contentsOf: path, encoding: .utf8)
        let stand = """
            CREATE TABLE asked (name text PRIMARY KEY, kind text NOT NULL);
            CREATE FUNCTION create_reference_table(name text) RETURNS void LANGUAGE sql
                AS $$ INSERT INTO asked VALUES (name::regclass::text, 'copied') $$;
            CREATE FUNCTION create_distributed_table(
                name text, place text, shard_count int DEFAULT 0, colocate_with text DEFAULT '') RETURNS void
                LANGUAGE sql AS $$ INSERT INTO asked VALUES (name::regclass::text, place) $$;
            """
        let connection = try Connection.open(conninfo)
        let rest = script.split(separator: "\n", omittingEmptySubsequences: false)
            .filter { !$0.hasPrefix("CREATE EXTENSION") }.joined(separator: "\n")
        #expect(rest.count < script.count)
        try connection.runScript(Array((stand + rest).utf8))
        let distributed = try store.look(
            "SELECT string_agg(name, ' ' ORDER BY name) FROM asked WHERE kind = 'tenant'")
        for table in [
            "usage_record", "entry", "rollup", "rollup_day", "period", "seal", "conflict", "carried_kept",
        ] {
            #expect(
                distributed.split(separator: " ").contains("tollbook.\(table)"), "\(table): \(distributed)")
        }
        let copied = try store.look(
            "SELECT string_agg(name, ' ' ORDER BY name) FROM asked WHERE kind = 'copied'")
        #expect(copied.contains("tollbook.price_book") && copied.contains("tollbook.instance"))
        #expect(copied.contains("tollbook.settlement"))
        // Nor does it distribute a table whose policies look into another.
        #expect(
            try store.look(
                """
                SELECT count(*)::text FROM asked a JOIN pg_policy p ON p.polrelid = a.name::regclass
                WHERE a.kind = 'tenant' AND pg_get_expr(p.polqual, p.polrelid) ILIKE '%select%'
                """) == "0")
        #expect(
            try store.look(
                """
                SELECT count(*)::text FROM asked a JOIN pg_policy p ON p.polrelid = a.name::regclass
                WHERE a.kind = 'tenant' AND p.polname = 'own_rows'
                """) != "0")
        // Citus keeps a unique key only where it has the column of distribution.
        #expect(
            try store.look(
                """
                SELECT count(*)::text FROM asked a JOIN pg_index i ON i.indrelid = a.name::regclass
                WHERE a.kind = 'tenant' AND i.indisunique AND NOT EXISTS (
                    SELECT FROM pg_attribute t WHERE t.attrelid = i.indrelid AND t.attname = 'tenant'
                        AND t.attnum = ANY (i.indkey))
                """) == "0")
    }

    @Test("a budget is refused where the facts are on several servers: what is spent could not be told")
    func budgets() throws {
        let (store, _) = try TestDatabase.ledgerAndName()
        let budget = Budget(
            name: "b", scope: BudgetScope(tenant: "acme"), unit: .requests,
            window: .calendar(.month, timezone: "UTC", anchorDay: 1), limit: BudgetAmount(whole: 5))
        let at = instant("2026-11-01T00:00:00Z")
        #expect(try store.isDistributed() == false)
        try store.execute("CREATE TABLE pg_dist_partition (logicalrelid regclass)")
        #expect(try store.setBudget(budget, actor: "a", at: at).version == 1)
        try store.execute("INSERT INTO pg_dist_partition VALUES ('tollbook.usage_record')")
        #expect(try store.isDistributed())
        var other = budget
        other.limit = BudgetAmount(whole: 6)
        #expect(throws: LedgerError.distributed(what: "budgets")) {
            try store.setBudget(other, actor: "a", at: at)
        }
    }
}
