// Re-rating a ledger of one's own from outside: what a new price book changes, once and only once.
import Bookkeeping
import LedgerStore
import Rating
import Terms
import Testing

@Suite(.enabled(if: LedgerFixture.isThere, LedgerFixture.missing))
struct RerateTests {
    private func run(_ command: String, _ database: String) throws -> (out: String, err: String, exit: Int32)
    {
        let done = try Program.shell(
            command, in: "/tmp", environment: ["TOLLBOOK_DATABASE": database], input: "")
        return (done.stdout, done.stderr, done.status)
    }

    @Test("a new book: dry, then booked, then nothing left; pending usage gets the price that came")
    func rerate() throws {
        let database = try LedgerFixture.ownLedger()
        let ledger = try LedgerStore.open(database)
        let before = try run("tollbook report --month 2026-10 --format json", database)
        let text = LedgerFixture.prices.replacing(
            #"{amount: "10", per: 1000000}"#, with: #"{amount: "20", per: 1000000}"#)
        let more = """
            - id: acme/unheard-of/2026-01
              models: [unheard-of]
              from: 2026-01-01
              rates:
                in.text.fresh: {amount: "3", per: 1000000}
                out.text: {amount: "6", per: 1000000}

            """
        try ledger.storePriceBook(
            version: "fixture-2", files: [StoredPriceFile(name: "acme.yaml", text: text + more)],
            recordedAt: Instant(rfc3339: "2026-11-03T00:00:00Z")!)

        let dry = try run("tollbook rerate --month 2026-10 --dry-run --format csv", database)
        #expect(dry.err == "price book fixture-2: 10 entries would be booked\n")
        #expect(try run("tollbook report --month 2026-10 --format json", database).out == before.out)

        let pending = try run("tollbook rate --pending --format csv", database)
        #expect(pending.err == "price book fixture-2: 4 entries booked\n")
        #expect(pending.out.contains("acme,USD,1,1,1,0,0,0.00015,0,0.00015,0,0.00015"))
        #expect(
            try run("tollbook rate --pending", database).err == "price book fixture-2: 0 entries booked\n")

        // 600 fresh, 400 cached, 50 + 150 out at 20; and 7 estimated out at 20 beside 100 fresh.
        let booked = try run("tollbook rerate --month 2026-10 --format csv", database)
        #expect(booked.err == "price book fixture-2: 6 entries booked\n")
        #expect(booked.out.contains("acme,USD,3,2,0,0,0.003145,0.005215,0.003145,0.005215,0.003145,0.005215"))
        let again = try run("tollbook rerate --month 2026-10 --format csv", database)
        #expect(again.err == "price book fixture-2: 0 entries booked\n")

        let report = try run("tollbook report --month 2026-10 --by tenant --format csv", database)
        #expect(report.out.contains("0.005215"))
        // What was booked first stays visible.
        let known = try run(
            "tollbook report --month 2026-10 --by tenant --format json --as-known-on 2026-11-02T08:00:00Z",
            database)
        #expect(known.exit == 0 && known.out.contains("0.002995") && !known.out.contains("0.005215"))
        let explained = try run(
            "tollbook explain "
                + "$(tollbook records --model small-2026-03-01 --format csv | tail -1 | cut -d, -f1)",
            database)
        #expect(explained.out.contains("reversal of 2") && explained.out.contains("replacement of 2"))
        #expect(explained.out.contains("price book fixture-2"))
    }
}
