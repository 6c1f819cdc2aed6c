// What the ledger in PostgreSQL does besides summing: migrating, refusing, setting apart.
import Bookkeeping
import Postgres
import Rating
import Terms
import Testing

@testable import LedgerStore

@Suite(.enabled(if: TestDatabase.isThere, TestDatabase.missing))
struct LedgerStoreTests {
    let october = period("2026-10-01", "2026-11-01")
    let bookedAt = instant("2026-10-31T12:00:00Z")

    @Test("an empty database has no ledger until it is migrated, which may be repeated")
    func migration() throws {
        let store = try LedgerStore.open(try TestDatabase.create())
        #expect(try store.schemaState() == .missing)
        #expect(try store.migrate() == Migration.all.map(\.name))
        #expect(try store.schemaState() == .current(Migration.all.last!.version))
        #expect(try store.migrate() == [])
    }

    @Test("a schema of another version is told apart, and it says itself which programs it serves")
    func versions() throws {
        let store = try TestDatabase.ledger()
        let known = Migration.all.last!.version
        try store.execute(
            """
            INSERT INTO tollbook.schema_version
            SELECT max(version) + 5, 'x', 'y', '2026-01-01' FROM tollbook.schema_version
            """)
        // Several migrations ahead, all of which serve older programs.
        #expect(try store.schemaState() == .newer(found: known + 5, known: known, serves: 3))
        #expect(try store.schemaState().isUsable)
        try store.execute("COMMENT ON TABLE tollbook.schema_version IS 'serves 9999'")
        #expect(try store.schemaState() == .newer(found: known + 5, known: known, serves: 9999))
        #expect(try !store.schemaState().isUsable)
        for silent: StaticString in [
            "COMMENT ON TABLE tollbook.schema_version IS NULL",
            "COMMENT ON TABLE tollbook.schema_version IS 'serves everybody'",
        ] {
            try store.execute(silent)
            #expect(try !store.schemaState().isUsable)
        }
        try store.execute("COMMENT ON TABLE tollbook.schema_version IS 'serves 3'")
        try store.execute("DELETE FROM tollbook.schema_version WHERE name = 'x'")
        try store.execute("UPDATE tollbook.schema_version SET checksum = 'other' WHERE version = 1")
        #expect(try store.schemaState() == .altered(1))
        #expect(throws: LedgerError.schema(.altered(1))) { try store.migrate() }
    }

    @Test("complaint 80: a batch that comes again adds nothing")
    func replay() throws {
        let store = try TestDatabase.ledger()
        var work = RandomWork(seed: 11, period: october)
        let batch = work.records(700)
        #expect(try store.post(batch, bookedAt: bookedAt).inserted == 700)
        let before = try store.report(ReportQuery(by: [.tenant], period: october))
        let again = try store.post(batch.shuffled(), bookedAt: bookedAt.advanced(bySeconds: 9999))
        #expect(again.inserted == 0 && again.duplicates == 700 && again.conflicts == 0)
        #expect(try store.report(ReportQuery(by: [.tenant], period: october)) == before)
    }

    @Test("the same key with other facts is a conflict: the first stays, the other is kept aside")
    func conflict() throws {
        let store = try TestDatabase.ledger()
        var work = RandomWork(seed: 12, period: october)
        var first = work.record()
        _ = try store.post([first], bookedAt: bookedAt)
        first.record.usage.rawUsage = #"{"other":1}"#
        let receipt = try store.post([first, first], bookedAt: bookedAt)
        #expect(receipt.conflicts == 1 && receipt.duplicates == 1)
        #expect(try store.look("SELECT count(*)::text FROM tollbook.conflict") == "1")
        #expect(try store.look("SELECT count(*)::text FROM tollbook.usage_record") == "1")
    }

    @Test("a record that PostgreSQL cannot take is set apart, and the rest is posted")
    func poison() throws {
        let store = try TestDatabase.ledger()
        var work = RandomWork(seed: 13, period: october)
        var batch = work.records(300)
        batch[100].record.occurredAt = instant("1969-12-31T23:59:59Z")
        batch[200].rated.charges = [
            Charge(
                component: 0, meter: .output, quantity: .zero, amount: Money(picos: .max), currency: .usd,
                book: .list, rateID: "absurd", priceVersion: "1", rounded: false)
        ]
        let receipt = try store.post(batch, bookedAt: bookedAt)
        #expect(receipt.inserted == 298)
        #expect(Set(receipt.quarantined.map(\.key)) == [batch[100].key, batch[200].key])
        #expect(receipt.quarantined.allSatisfy { !$0.reason.isEmpty })
    }

    @Test("what PostgreSQL's types exclude is bent until it fits, and the money is booked")
    func storable() throws {
        let store = try TestDatabase.ledger()
        var work = RandomWork(seed: 14, period: october)
        var batch = work.records(3)
        batch[0].record.usage.rawUsage = "{\"a\": 12, \"b\": \0"
        batch[1].record.usage.model = "model\0name"
        // Of random letters: what can be compressed would fit into an index.
        batch[2].record.attribution.user = String((0..<4000).map { _ in work.pick(Array("äöüßéèñçøå")) })
        #expect(try store.post(batch, bookedAt: bookedAt).inserted == 3)
        #expect(
            try store.record(batch[0].record.id)?.record.usage.rawUsage == #""{\"a\": 12, \"b\": \#u{FFFD}""#)
        #expect(try store.record(batch[1].record.id)?.record.usage.model == "model\u{FFFD}name")
        let user = try #require(try store.record(batch[2].record.id)).record.attribution.user
        #expect(user == batch[2].record.attribution.user.prefix(80) + "…")
    }

    @Test("complaint 84: rollups are what the facts and entries add up to")
    func recount() throws {
        let store = try TestDatabase.ledger()
        try store.registerRollupLabels(["project", "team"], now: instant("2026-09-01"))
        var work = RandomWork(seed: 15, period: october)
        for _ in 0..<5 { _ = try store.post(work.records(300), bookedAt: bookedAt) }
        #expect(
            try store.look(
                """
                WITH recount AS (
                    SELECT tenant, date_bin('15 minutes', occurred_at, '2000-01-01Z') AS bucket, user_id,
                        key_id, provider, upstream, model, meter, currency, labels::text AS labels,
                        sum(requests), sum(estimated_requests), sum(unpriced_requests), sum(open_requests),
                        sum(late_requests), sum(unpriced_readings), sum(quantity), sum(list_amount),
                        sum(contracted_amount), sum(chargeback_amount)
                    FROM tollbook.fact GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10
                ), kept AS (
                    SELECT tenant, bucket, user_id, key_id, provider, upstream, model, meter, currency,
                        labels::text, requests, estimated_requests, unpriced_requests, open_requests,
                        late_requests, unpriced_readings, quantity, list_amount, contracted_amount,
                        chargeback_amount
                    FROM tollbook.rollup
                )
                SELECT count(*)::text FROM (
                    (TABLE recount EXCEPT TABLE kept) UNION ALL (TABLE kept EXCEPT TABLE recount)) d
                """) == "0")
    }

    @Test("the ingest role posts, makes partitions, and may neither change nor delete what is booked")
    func roles() throws {
        let (owner, conninfo) = try TestDatabase.ledgerAndName()
        let store = try LedgerStore.open("\(conninfo) options='-c role=tollbook_ingest'")
        var work = RandomWork(seed: 16, period: october)
        #expect(try store.post(work.records(20), bookedAt: bookedAt).inserted == 20)
        #expect(try store.report(ReportQuery(by: [], period: october)).totals[0].figures.requests > 0)
        for statement: StaticString in [
            "UPDATE tollbook.usage_record SET tenant = 'x'", "DELETE FROM tollbook.entry",
            "DELETE FROM tollbook.usage_record_2026_10", "DELETE FROM tollbook.rollup",
            "TRUNCATE tollbook.entry",
        ] {
            #expect(throws: LedgerError.self) { try store.execute(statement) }
        }
        let reader = try LedgerStore.open("\(conninfo) options='-c role=tollbook_report'")
        #expect(try reader.look("SELECT count(*)::text FROM tollbook.spend") != "0")
        #expect(throws: LedgerError.self) { try reader.post(work.records(1), bookedAt: bookedAt) }
        #expect(try owner.look("SELECT count(*)::text FROM tollbook.usage_record") == "20")
    }
}
