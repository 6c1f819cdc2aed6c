// The script that distributes a ledger, without the engine that it is for: its two functions are put in
// place of Citus' own and note what they are asked to do. What Citus then does is not shown here.
import Foundation
import Postgres
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
}
