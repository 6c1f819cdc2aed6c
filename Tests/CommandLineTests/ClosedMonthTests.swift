// A month from open to closed, from outside: what stands against it, and that nothing that comes later moves
// a single byte of its statements, while the next month's statement shows it.
import Bookkeeping
import Foundation
import LedgerStore
import Rating
import Terms
import Testing

@Suite(.enabled(if: LedgerFixture.isThere, LedgerFixture.missing))
struct ClosedMonthTests {
    private func run(_ command: String, _ database: String) throws -> Program {
        try Program.shell(command, in: "/tmp", environment: ["TOLLBOOK_DATABASE": database])
    }

    static let formats = ["text", "markdown", "csv", "json", "html"]

    /// Every statement of October in every format.
    private func statements(_ database: String) throws -> [String] {
        try Self.formats.flatMap { format in
            try ["statement --tenant acme", "statement --tenant globex", "report monthly"].map { command in
                let done = try run("tollbook \(command) --month 2026-10 --format \(format)", database)
                #expect(done.status == 0, "\(done.stderr)")
                return done.stdout
            }
        }
    }

    @Test("a closed month is the same for ever, and what comes later is on the next statement")
    func closedForEver() throws {
        let database = try LedgerFixture.ownLedger()
        let check = try run("tollbook close --month 2026-10 --check", database)
        #expect(check.status == 2)
        #expect(check.stdout.contains("unpriced: requests of acme without a price: 1"))
        #expect(try run("tollbook close --month 2026-10", database).status == 1)
        #expect(try run("tollbook close --month 2026-10 --tenant globex", database).status == 0)
        let forced = try run("tollbook close --month 2026-10 --force --format json", database)
        #expect(forced.status == 0)
        #expect(forced.stdout.contains(#""closed":true"#))
        let before = try statements(database)
        #expect(before[0].contains("closed: later usage and corrections"))

        try change(database)
        #expect(try statements(database) == before)
        // The usage itself still stands in October; it is the month's books that are closed.
        let occurred = try run("tollbook report --month 2026-10 --by tenant --format csv", database).stdout
        let booked = try run(
            "tollbook report --month 2026-10 --by tenant --basis booked --format csv", database
        ).stdout
        #expect(occurred != booked)
        #expect(
            try run("tollbook close --month 2026-10 --check", database).stdout.contains("altered") == false)
        #expect(try run("tollbook close --month 2026-10 --force", database).status == 0, "again is no error")
        #expect(try statements(database) == before)
    }

    @Test("the next statement has late usage, corrections and adjustments, and is what the report says")
    func nextMonth() throws {
        let database = try LedgerFixture.ownLedger()
        #expect(try run("tollbook close --month 2026-10 --force", database).status == 0)
        try change(database)
        let done = try run("tollbook statement --tenant acme --format json", database)
        let object = try #require(
            JSONSerialization.jsonObject(with: Data(done.stdout.utf8)) as? [String: Any])
        let earlier = try #require(object["earlier_periods"] as? [[String: Any]])
        #expect(earlier.allSatisfy { $0["period"] as? String == "2026-10" })
        #expect(Set(earlier.compactMap { $0["kind"] as? String }) == ["usage", "correction", "adjustment"])
        let byHand = try #require(object["adjustments"] as? [[String: Any]])
        #expect(byHand.compactMap { $0["reason"] as? String } == ["machine hours"])
        let report = try run(
            "tollbook report --by tenant --basis booked --tenant acme --format csv", database)
        let cells = report.stdout.split(separator: "\n")[1].split(separator: ",")
        let due = try #require((object["due"] as? [[String: Any]])?.first)
        // 7 + 40 by hand, the credit of October, late usage and corrections.
        #expect(due["amount"] as? String == String(cells[9]))
        #expect(due["adjustments"] as? String == "40")
        let csv = try run("tollbook statement --tenant acme --format csv", database).stdout
        let sum = csv.split(separator: "\n").dropFirst().reduce(Money.zero) { sum, line in
            sum + (Money(line.split(separator: ",", omittingEmptySubsequences: false)[12]) ?? .zero)
        }
        #expect(sum.plain == due["amount"] as? String, "the lines of the CSV add up to what is due")
    }

    /// Late usage, a correction, credits, new prices: everything that may come after a closing.
    private func change(_ database: String) throws {
        let ledger = try LedgerStore.open(database)
        let book = try LedgerFixture.book()
        let late = LedgerFixture.record(9, "2026-10-31T20:00:00Z", "acme", user: "carol", []) { usage in
            usage.model = "small"
            usage.components = [
                Component(model: "small", readings: [MeterReading(.freshInput, Quantity(4_000_000))])
            ]
        }
        let now = Instant(microseconds: Int64(Date().timeIntervalSince1970 * 1_000_000))
        let rated = RatedRecord(
            record: late, rated: book.rate(late.usage, upstream: late.upstream, at: late.occurredAt))
        #expect(try ledger.post([rated], bookedAt: now).inserted == 1)
        #expect(try ledger.post([rated], bookedAt: now).duplicates == 1)
        let text = LedgerFixture.prices.replacing(
            #"{amount: "10", per: 1000000}"#, with: #"{amount: "20", per: 1000000}"#)
        try ledger.storePriceBook(
            version: "fixture-2", files: [StoredPriceFile(name: "acme.yaml", text: text)], recordedAt: now)
        #expect(try run("tollbook rerate --month 2026-10", database).status == 0)
        for words in [
            "--amount=-5 --reason credit --period 2026-10", "--amount 40 --reason 'machine hours'",
        ] {
            let done = try run("tollbook adjust --tenant acme \(words)", database)
            #expect(done.status == 0, "\(done.stderr)")
            #expect(done.stdout.contains("2026-10 is closed: carried") == words.contains("period"))
        }
    }

    @Test("a month within its grace is closing and still takes usage; then it closes")
    func grace() throws {
        let database = try LedgerFixture.ownLedger()
        let waiting = try run("tollbook close --month 2026-10 --grace 8784 --format json", database)
        #expect(waiting.status == 0)
        #expect(waiting.stdout.contains(#""state":"closing""#))
        let statement = try run("tollbook statement --tenant acme --month 2026-10 --format json", database)
        #expect(statement.stdout.contains(#""state":"closing""#))
        let current = try run("tollbook close --month $(date -u +%Y-%m)", database)
        #expect(current.status == 1)
        #expect(current.stdout.contains("running: the month ends at"))
        let early = try run(
            "tollbook close --month $(date -u +%Y-%m) --early --force --format json", database)
        #expect(early.stdout.contains(#""closed":true"#))
    }

    @Test("what is shared is shared out to the last digit: the statements add up to the whole")
    func shared() throws {
        let database = try LedgerFixture.ownLedger()
        let booking =
            "tollbook adjust --tenant shared --amount 100.000000000001 --reason GPU --period 2026-10"
        #expect(try run(booking, database).status == 0)
        var sum = Money.zero
        for tenant in ["acme", "globex", "shared", "unattributed"] {
            let done = try run(
                "tollbook statement --tenant \(tenant) --month 2026-10 --format json", database)
            let object = try JSONSerialization.jsonObject(with: Data(done.stdout.utf8)) as? [String: Any]
            let due = try #require((object?["due"] as? [[String: Any]])?.first?["amount"] as? String)
            sum += try #require(Money(due))
        }
        let total = try run("tollbook report --month 2026-10 --by provider --format json", database).stdout
        let object = try JSONSerialization.jsonObject(with: Data(total.utf8)) as? [String: Any]
        let cost = (object?["total"] as? [String: Any])?["cost"] as? [String: Any]
        #expect(cost?["chargeback"] as? String == sum.plain)
    }
}
