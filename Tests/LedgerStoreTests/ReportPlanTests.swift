// What the questions that people ask most are answered by: an index whose first columns are what they ask
// for.
import Postgres
import Testing

@testable import LedgerStore

@Suite(.enabled(if: TestDatabase.isThere, TestDatabase.missing))
struct ReportPlanTests {
    @Test(
        "a tenant's time, a user's, a record by its id and what was booked by hand have an index"
    )
    func plans() throws {
        let store = try VerifyTests.ledger(60)
        func plan(_ sql: StaticString) throws -> String {
            try store.transaction { connection throws(PostgresError) -> String in
                try connection.run("SET LOCAL enable_seqscan = off")
                try connection.run("SET LOCAL enable_bitmapscan = off")
                var lines: [String] = []
                try connection.run(SQLText(joining: "EXPLAIN", sql), Parameters()).forEachRow {
                    row throws(PostgresError) in lines.append(try row.text())
                }
                return lines.joined(separator: "\n")
            }
        }
        let user = try plan(
            """
            SELECT sum(requests) FROM tollbook.rollup
            WHERE tenant = 'acme' AND bucket >= '2026-10-01' AND bucket < '2026-11-01' AND user_id = 'alice'
            """)
        #expect(user.contains("rollup_pkey"), "\(user)")
        #expect(user.contains("Index Cond: ((tenant = 'acme'::text) AND (bucket >="), "\(user)")
        #expect(
            try store.look(
                "SELECT indexdef FROM pg_indexes WHERE indexname = 'usage_record_2026_10_pkey'"
            ).contains("(tenant, occurred_at, record_id)"))
        let record = try plan(
            """
            SELECT tenant FROM tollbook.usage_record
            WHERE occurred_at >= '2026-10-31' AND occurred_at < '2026-11-01'
                AND record_id = '019a0000-0000-7000-8000-000000000000'
            """)
        #expect(record.contains("occurred_at_record_id"), "\(record)")
        let byHand = try plan(
            """
            SELECT record_id FROM tollbook.usage_record
            WHERE upstream = 'tollbook' AND occurred_at > '2026-10-01'
            """)
        #expect(!byHand.contains("Seq Scan"), "\(byHand)")
    }
}
