// Terms of a month's contracts in a ledger of one's own: dry, then booked, then nothing left; late usage
// books the difference, a rule that is gone takes its adjustments back, and rating again leaves them alone.
import Bookkeeping
import LedgerStore
import Rating
import Terms
import Testing

@Suite(.enabled(if: LedgerFixture.isThere, LedgerFixture.missing))
struct ContractTermTests {
    private func run(_ command: String, _ database: String) throws -> (out: String, err: String, exit: Int32)
    {
        let done = try Program.shell(
            command, in: "/tmp", environment: ["TOLLBOOK_DATABASE": database], input: "")
        return (done.stdout, done.stderr, done.status)
    }

    @Test("an allowance and a minimum: once, and again after late usage")
    func terms() throws {
        let database = try ContractFixture.ownLedger()
        let ledger = try LedgerStore.open(database)
        let settle = "tollbook rate --terms --month 2026-10 --format csv"
        func rows(_ text: String) -> [String] {
            text.split(separator: "\n").dropFirst().map { line in
                let cells = line.split(separator: ",", omittingEmptySubsequences: false)
                return [cells[0], cells[1], cells[5], cells[6], cells[7]].joined(separator: " ")
            }
        }
        // acme: 1000 units at 2.5 × 0.9. globex: 3,000,000 units for 3.375, a third of it free; with 0.9 of
        // output 3.15 are left, 1.85 short of 5.
        let expected = [
            "acme acme-2026/free 0.00225 0 -0.00225", "globex acme-2026/free 3.375 0 -1.125",
            "globex acme-2026/least 3.15 0 1.85", "initech acme-2026/least 0 0 5",
        ]
        let dry = try run(settle + " --dry-run", database)
        #expect(rows(dry.out) == expected)
        #expect(dry.err == "price book contracts-2: 4 entries would be booked\n")
        #expect(try run("tollbook records --upstream tollbook --format jsonl", database).out == "")

        let booked = try run(settle, database)
        #expect(rows(booked.out) == expected && booked.err.hasSuffix(": 4 entries booked\n"))
        let again = try run(settle, database)
        #expect(again.err == "price book contracts-2: 0 entries booked\n")
        #expect(rows(again.out)[1] == "globex acme-2026/free 3.375 -1.125 -1.125")

        let report = try run(
            "tollbook report --month 2026-10 --by tenant,meter --format csv --book contracted", database)
        #expect(report.out.contains("initech,contract.minimum,"))
        #expect(report.out.contains("-1.125"))

        // Late: 1,000,000 more in, so that a quarter is free, and less is short.
        let late = ContractFixture.record(9, "globex", 1_000_000, 0)
        let book = try #require(try ledger.currentPriceBook()).mark.version
        let rated = try ContractFixture.store(
            ContractFixture.prices, version: book, in: ledger, at: "2026-11-02T00:00:00Z"
        ).rate(late.usage, upstream: "acme", tenant: "globex", at: late.occurredAt)
        #expect(
            try ledger.post([RatedRecord(record: late, rated: rated)], bookedAt: late.occurredAt).inserted
                == 1)
        let third = try run(settle, database)
        #expect(third.err == "price book contracts-2: 2 entries booked\n")
        // 4.5 for 4,000,000 units: still 1.125 free; 4.275 left, 0.725 short.
        #expect(rows(third.out)[2] == "globex acme-2026/least 4.275 1.85 0.725")
        let total = try run("tollbook report --month 2026-10 --by tenant --format csv", database)
        #expect(total.out.contains(",5,"))

        // Rating again is about usage: it leaves adjustments alone.
        let rerated = try run("tollbook rerate --month 2026-10 --tenant initech", database)
        #expect(rerated.err == "price book contracts-2: 0 entries booked\n")
    }

    @Test("a rule that is gone takes its adjustments back")
    func withdrawn() throws {
        let database = try ContractFixture.ownLedger()
        let ledger = try LedgerStore.open(database)
        let settle = "tollbook rate --terms --month 2026-10 --format csv"
        #expect(try run(settle, database).exit == 0)
        try ledger.storePriceBook(
            version: "bare", files: [StoredPriceFile(name: "acme.yaml", text: ContractFixture.prices)],
            recordedAt: Instant(rfc3339: "2026-11-03T00:00:00Z")!)
        let done = try run(settle, database)
        #expect(done.err == "price book bare: 4 entries booked\n")
        #expect(try run(settle, database).err == "price book bare: 0 entries booked\n")
        let report = try run("tollbook report --month 2026-10 --by tenant --format csv", database)
        #expect(report.out.contains("initech") && !report.out.contains("initech,0,0,0,0,0,0,5"))
    }

    @Test("waiting usage is found by its quarter of an hour, whatever else is there")
    func pending() throws {
        let database = try ContractFixture.ownLedger()
        let ledger = try LedgerStore.open(database)
        let found = try waiting(ledger, RecordFilter())
        #expect(found.isEmpty)
        var records: [RatedRecord] = []
        for (number, tenant) in [(30, "a"), (31, "a"), (32, "b")] as [(UInt64, String)] {
            var record = ContractFixture.record(number, tenant, 10, 1)
            record.usage.model = "unknown"
            record.usage.components[0].model = "unknown"
            let book = try LedgerFixture.book()
            let rated = book.rate(record.usage, upstream: "acme", tenant: tenant, at: record.occurredAt)
            records.append(RatedRecord(record: record, rated: rated))
        }
        #expect(try ledger.post(records, bookedAt: records[0].record.occurredAt).inserted == 3)
        #expect(try waiting(ledger, RecordFilter()) == ["a", "a", "b"])
        var filter = RecordFilter()
        filter.tenant = "b"
        #expect(try waiting(ledger, filter) == ["b"])
        filter.model = "small"
        #expect(try waiting(ledger, filter).isEmpty)
        filter.model = nil
        filter.until = records[0].record.occurredAt
        #expect(try waiting(ledger, filter).isEmpty)
    }

    private func waiting(_ ledger: LedgerStore, _ filter: RecordFilter) throws -> [String] {
        var found: [String] = []
        try ledger.pendingRecords(filter) { stored in
            if stored.entries.unpricedReadings > 0 { found.append(stored.record.attribution.tenant) }
            return true
        }
        return found
    }

    @Test("an imported list goes into the book beside the others, and only then")
    func load() throws {
        let database = try ContractFixture.ownLedger()
        let list =
            #"{"groq/a": {"litellm_provider": "groq", "mode": "chat", "#
            + #""input_cost_per_token": 1e-06, "output_cost_per_token": 8e-06}, "#
            + #""acme/small": {"litellm_provider": "acme", "mode": "chat", "input_cost_per_token": 1e-06}}"#
        let command = "printf '%s' '\(list)' > l.$$.json && tollbook prices import litellm l.$$.json"
        let refused = try run("\(command) --load", database)
        #expect(refused.exit == 1 && refused.err.contains("has prices of acme"))
        let loaded = try run("\(command) --provider groq --load", database)
        #expect(loaded.exit == 0, "\(loaded.err)")
        #expect(loaded.err.contains("in force; before it contracts-2"))
        let again = try run("\(command) --provider groq --load --replace", database)
        #expect(again.err.contains("already in force"))
        let replaced = try run("\(command) --provider acme --load --replace", database)
        #expect(replaced.exit == 0 && replaced.err.contains("price book 4"))
        let book = try #require(try LedgerStore.open(database).currentPriceBook())
        #expect(
            book.files.map(\.name) == [
                "acme.yaml", "contract.yaml", "euro.yaml", "pricing/groq.yaml", "rates.yaml",
            ])
    }
}
