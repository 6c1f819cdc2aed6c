// Reading kept usage objects again in a ledger of one's own: a record that an older table read gets the
// quantities of today's, once, and rating again keeps to them.
import Bookkeeping
import LedgerStore
import Rating
import Terms
import Testing

@Suite(.enabled(if: LedgerFixture.isThere, LedgerFixture.missing))
struct RenormalizeTests {
    private func run(_ command: String, _ database: String) throws -> (out: String, err: String, exit: Int32)
    {
        let done = try Program.shell(
            command, in: "/tmp", environment: ["TOLLBOOK_DATABASE": database], input: "")
        return (done.stdout, done.stderr, done.status)
    }

    /// A version of the table that knew nothing of caches read 1000 fresh tokens out of the object.
    private static func old(
        _ number: UInt64,
        raw: String = #"{"prompt_tokens":1000,"completion_tokens":200,"#
            + #""prompt_tokens_details":{"cached_tokens":400}}"#
    ) -> UsageRecord {
        LedgerFixture.record(number, "2026-10-20T10:00:00Z", "acme", user: "old", []) { usage in
            usage.model = "small"
            usage.dialectVersion = 0
            usage.tokens.input = 1000
            usage.tokens.output = 200
            usage.rawUsage = raw
            usage.components = [
                Component(
                    model: "small",
                    readings: [
                        MeterReading(.freshInput, Quantity(1000)), MeterReading(.output, Quantity(200)),
                    ])
            ]
        }
    }

    @Test("an older table's record: dry, then booked, then nothing left, and rerate does not undo it")
    func renormalize() throws {
        let database = try LedgerFixture.ownLedger()
        let ledger = try LedgerStore.open(database)
        let book = try LedgerFixture.book()
        let records = [Self.old(21), Self.old(22, raw: "[7]")].map { record in
            RatedRecord(
                record: record,
                rated: book.rate(record.usage, upstream: record.upstream, at: record.occurredAt))
        }
        #expect(try ledger.post(records, bookedAt: records[0].record.occurredAt).inserted == 2)
        let period = "--since 2026-10-19 --until 2026-10-22"
        let unread = "1 record left as booked: no table reads the kept usage object\n"

        let before = try run("tollbook report \(period) --format json", database)
        let dry = try run("tollbook renormalize \(period) --dry-run --format csv", database)
        #expect(dry.err == "price book fixture-1: 3 entries would be booked\n" + unread)
        #expect(try run("tollbook report \(period) --format json", database).out == before.out)

        // Before: 1000 at 1.25 and 200 at 10 per million, twice. After, once: 600 at 1.25, 400 at 0.125.
        let booked = try run("tollbook renormalize \(period) --tenant acme --format csv", database)
        #expect(booked.err == "price book fixture-1: 3 entries booked\n" + unread)
        #expect(booked.out.contains("acme,USD,2,1,0,0,0.0065,0.00605,0.0065,0.00605,0.0065,0.00605\n"))
        let again = try run("tollbook renormalize \(period)", database)
        #expect(again.err == "price book fixture-1: 0 entries booked\n" + unread)
        let rated = try run("tollbook rerate \(period)", database)
        #expect(rated.err == "price book fixture-1: 0 entries booked\n")

        let report = try run("tollbook report \(period) --by meter --format csv", database)
        for line in ["in.text.cache_read", "in.text.fresh", "out.text"] { #expect(report.out.contains(line)) }
        let stored = try #require(try ledger.record(records[0].record.id))
        #expect(stored.record.usage == records[0].record.usage)
        #expect(stored.cost.list == Money("0.0028"))
        #expect(stored.bookedUsage.components[0].readings.map(\.quantity.plain) == ["400", "600", "200"])
        let explained = try run("tollbook explain \(records[0].record.id.text)", database)
        #expect(explained.exit == 0 && explained.out.contains("reversal of 0"))
    }

    @Test("without a start it refuses: nobody reads a whole ledger again by accident")
    func needsStart() throws {
        let refused = try run("tollbook renormalize --dry-run", "")
        #expect(refused.exit == 64 && refused.err.contains("--since needs a value"))
    }
}
