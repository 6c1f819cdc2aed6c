// The budget commands from outside, on a ledger of one's own: what they print is what the reports say.
import Bookkeeping
import Foundation
import LedgerStore
import Rating
import Terms
import Testing

@Suite(.enabled(if: LedgerFixture.isThere, LedgerFixture.missing))
struct BudgetCommandTests {
    private func run(_ command: String, _ database: String) throws -> (out: String, err: String, exit: Int32)
    {
        let done = try Program.shell(
            command, in: "/tmp", environment: ["TOLLBOOK_DATABASE": database, "USER": "carol"], input: "")
        return (done.stdout, done.stderr, done.status)
    }

    private func json(_ command: String, _ database: String) throws -> [String: Any] {
        let text = try run(command, database).out
        return try #require(
            try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any], "\(text)")
    }

    /// What the report says of a tenant over all time.
    private func reported(_ tenant: String, _ database: String) throws -> String {
        let report = try json(
            "tollbook report --since 2020-01-01 --until 2030-01-01 --by tenant --format json", database)
        let rows = try #require(report["rows"] as? [[String: Any]])
        let row = try #require(rows.first { $0["tenant"] as? String == tenant })
        return try #require((row["cost"] as? [String: Any])?["contracted"] as? String)
    }

    @Test("set and show: the fields of the contract, what was spent before, and corrections afterwards")
    func setAndShow() throws {
        let database = try LedgerFixture.ownLedger()
        let made = try run(
            "tollbook budget set b --tenant acme --limit 1.50 --unit USD --window lifetime --warn-at 95,80",
            database)
        #expect(made.exit == 0, "\(made.err)")
        let shown = try json("tollbook budget show b --format json", database)
        #expect(shown["name"] as? String == "b")
        #expect(shown["scope"] as? [String: String] == ["tenant": "acme"])
        #expect(shown["limit"] as? String == "1.5" && shown["action"] as? String == "block")
        #expect(shown["spent"] as? String == (try reported("acme", database)))
        #expect(shown["held"] as? String == "0" && shown["leased"] as? String == "0")
        #expect(shown["bound"] as? String == "0" && shown["warn_at"] as? [Int] == [80, 95])
        let window = try #require(shown["window"] as? [String: Any])
        #expect(window["since"] is NSNull && window["until"] is NSNull)
        let ledger = try LedgerStore.open(database)
        let text = LedgerFixture.prices.replacing(
            #"{amount: "10", per: 1000000}"#, with: #"{amount: "20", per: 1000000}"#)
        try ledger.storePriceBook(
            version: "fixture-2", files: [StoredPriceFile(name: "acme.yaml", text: text)],
            recordedAt: Instant(rfc3339: "2026-11-03T00:00:00Z")!)
        #expect(try run("tollbook rerate --month 2026-10", database).exit == 0)
        let after = try json("tollbook budget show b --bound --format json", database)
        #expect(after["spent"] as? String != shown["spent"] as? String)
        #expect(after["spent"] as? String == (try reported("acme", database)))
        let terms = try #require(after["bound_terms"] as? [String: String])
        #expect(terms["repriced"] != "0" && terms["underestimated"] == "0")
    }

    @Test("what is not given stays; every change and override is in the history with its author")
    func history() throws {
        let database = try LedgerFixture.ownLedger()
        _ = try run(
            "tollbook budget set b --label team=search --limit 5 --unit tokens --window week", database)
        _ = try run("tollbook budget set b --limit none", database)
        let shown = try json("tollbook budget show b --format json", database)
        #expect(
            shown["limit"] is NSNull && shown["remaining"] is NSNull && shown["unit"] as? String == "tokens")
        #expect((shown["scope"] as? [String: Any])?["labels"] as? [String: String] == ["team": "search"])
        let override = try run(
            "tollbook budget override b --limit 7 --until 2099-01-01 --reason 'launch week'", database)
        #expect(override.exit == 0, "\(override.err)")
        #expect(try json("tollbook budget show b --format json", database)["limit"] as? String == "7")
        let history = try run("tollbook budget history b", database).out
        #expect(history.contains("version 1") && history.contains("version 2"))
        #expect(history.contains("launch week") && history.contains("carol"))
        let listed = try run("tollbook budget list --format csv", database).out
        #expect(
            listed.split(separator: "\n").count == 2 && listed.contains("b,label:team=search,week,tokens,7,"))
        #expect(try run("tollbook budget release b", database).out == "b: 0 tokens taken back\n")
    }

    @Test("calls under way are limited in no window, and turn into a budget with one when the unit changes")
    func concurrent() throws {
        let database = try LedgerFixture.ownLedger()
        let made = try run(
            "tollbook budget set c --tenant acme --unit concurrent-requests --limit 4", database)
        #expect(made.exit == 0, "\(made.err)")
        let shown = try run("tollbook budget show c --format json", database).out
        #expect(shown.contains(#""rule":"lifetime""#) && shown.contains(#""unit":"concurrent-requests""#))
        #expect(shown.contains(#""spent":"0""#) && shown.contains(#""remaining":"4""#))
        #expect(try run("tollbook budget set c --unit requests --window month", database).exit == 0)
        #expect(try run("tollbook budget show c --format json", database).out.contains(#""rule":"month""#))
        #expect(try run("tollbook budget set c --unit concurrent-requests", database).exit == 0)
        #expect(try run("tollbook budget show c --format json", database).out.contains(#""rule":"lifetime""#))
    }

    @Test("simulate: what a limit would have refused, when and to whom; exit 2 where it would")
    func simulate() throws {
        let database = try LedgerFixture.ownLedger()
        let tight = try run(
            "tollbook budget simulate new --tenant globex --limit 1 --month 2026-10 --format json", database)
        #expect(tight.exit == 2, "\(tight.err)")
        #expect(tight.out.contains(#""refused":1"#) && tight.out.contains(#""tenant":"globex""#))
        let wide = try run(
            "tollbook budget simulate new --tenant globex --limit 1000 --month 2026-10", database)
        #expect(wide.exit == 0 && wide.out.contains("0 of "))
        #expect(try run("tollbook budget list", database).out == "No budgets.\n")
    }

    @Test(
        "mistakes are told with what to do, and nothing is changed",
        arguments: [
            ("tollbook budget set b --tenant a", 64, "budget.no-limit"),
            ("tollbook budget set b --limit 5", 64, "budget.no-scope"),
            ("tollbook budget set 'b c' --tenant a --limit 5", 64, "usage.invalid-value"),
            ("tollbook budget set b --tenant a --limit -5", 64, "usage.invalid-value"),
            ("tollbook budget set b --tenant a --limit 1e3", 64, "usage.invalid-value"),
            ("tollbook budget set b --tenant a --limit 5 --window fortnight", 64, "usage.invalid-value"),
            (
                "tollbook budget set b --tenant a --limit 5 --window week --anchor-day 9", 64,
                "budget.anchor-day"
            ),
            (
                "tollbook budget set b --tenant a --limit 5 --unit concurrent-requests --window day", 64,
                "budget.concurrent-window"
            ),
            ("tollbook budget set b --tenant a --limit 5 --timezone Mars/Olympus", 64, "time.unknown-zone"),
            ("tollbook budget set b --everybody --tenant a --limit 5", 64, "usage.conflict"),
            ("tollbook budget set b --tenant a --limit 5 --warn-at 0", 64, "usage.invalid-value"),
            ("tollbook budget set b --tenant a --limit 5 --unit usd", 64, "usage.invalid-value"),
            ("tollbook budget set b --tenant a --limit 1.5 --unit requests", 64, "budget.fraction"),
            ("tollbook budget show nobody", 1, "budget.unknown"),
            ("tollbook budget history nobody", 1, "budget.unknown"),
            ("tollbook budget release nobody", 1, "budget.unknown"),
            ("tollbook budget override nobody --limit 5 --until 2099-01-01 --reason x", 1, "budget.unknown"),
            (
                "tollbook budget override b --limit 5 --until 2001-01-01 --reason x", 64,
                "budget.override-ended"
            ),
            ("tollbook budget simulate --limit 5", 64, "usage.needs"),
        ] as [(String, Int32, String)])
    func mistakes(command: String, exit: Int32, code: String) throws {
        let done = try run(command, try LedgerFixture.shared.get())
        #expect(done.exit == exit && done.err.contains("[\(code)]"), "\(done.err)")
        #expect(done.out.isEmpty)
    }
}
