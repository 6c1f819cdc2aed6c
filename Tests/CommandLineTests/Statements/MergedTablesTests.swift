// Statements, exports and the trail of changes over everything that the ledger is told by hand: cost centres,
// keys, budgets, prices, months. Each number is compared with the command that keeps it.
import Foundation
import LedgerStore
import Terms
import Testing

@Suite(.enabled(if: LedgerFixture.isThere, LedgerFixture.missing))
struct MergedTablesTests {
    struct Place {
        let directory: String
        let database: String

        init() throws {
            directory = try TemporaryFolder.make()
            database = try LedgerFixture.ownLedger()
        }

        @discardableResult func run(_ command: String, exit: Int32 = 0) throws -> String {
            let done = try Program.shell(
                command, in: directory, environment: ["TOLLBOOK_DATABASE": database, "USER": "carol"])
            #expect(done.status == exit, "\(command): \(done.stdout)\(done.stderr)")
            return done.stdout
        }

        func json(_ command: String) throws -> [String: Any] {
            let text = try run(command + " --format json")
            return try #require(
                try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any], "\(text)")
        }
    }

    static func prepared() throws -> Place {
        let place = try Place()
        try place.run(
            """
            tollbook tenant create acme --cost-center 'R&D, 4711' > /dev/null
            tollbook tenant create globex --cost-center Sales > /dev/null
            tollbook budget set acme-month --tenant acme --limit 1 --unit USD --window month > /dev/null
            tollbook budget set alice-tokens --tenant acme --user alice --limit 1000 --unit tokens \\
                --window month --action warn > /dev/null
            tollbook budget set acme-calls --tenant acme --model 'small*' --limit 5 --unit requests \\
                --window lifetime --action warn > /dev/null
            tollbook budget set all --everybody --limit 4 --unit USD --window month --action warn > /dev/null
            """)
        return place
    }

    @Test("a statement has the budgets of its tenant as `budget show` has them, and the report has all")
    func budgets() throws {
        let place = try Self.prepared()
        let statement = try place.json("tollbook statement --tenant acme --month 2026-10")
        let budgets = try #require(statement["budgets"] as? [[String: Any]])
        #expect(budgets.compactMap { $0["name"] as? String } == ["acme-calls", "acme-month", "alice-tokens"])
        // By hand: 0.0028 + 0.000195 USD of acme, 1,000 + 200 + 107 tokens of alice, two calls of small*.
        let used = budgets.compactMap { $0["used"] as? String }
        #expect(used == ["2", "0.002995", "1307"])
        let shown = try place.json("tollbook budget show acme-calls")
        #expect(shown["spent"] as? String == used[0])
        let month = try #require(budgets.first { $0["name"] as? String == "acme-month" })
        #expect(month["since"] as? String == "2026-10-01T00:00:00.000000Z")
        #expect(month["limit"] as? String == "1" && month["forecast"] is NSNull)
        #expect((month["burn_rate"] as? [String: Any])?["days"] as? Int == 2)
        #expect(budgets[2]["days_left"] as? Int == 0, "used up")
        let all = try place.json("tollbook report monthly --month 2026-10")
        let names = (all["budgets"] as? [[String: Any]])?.compactMap { $0["name"] as? String }
        #expect(names == ["acme-calls", "acme-month", "alice-tokens", "all"])
        let html = try place.run("tollbook report monthly --month 2026-10 --format html")
        #expect(html.contains(">budget 4<"), "the plan of everybody is drawn beside the spend")
    }

    @Test(
        "failed requests with their cost, anomalies, unpriced quantities and burn rate are on the statement")
    func incidents() throws {
        let place = try Place()
        let statement = try place.json("tollbook statement --tenant acme --month 2026-10")
        let failed = try #require(statement["failed_requests"] as? [[String: Any]])
        #expect(failed.count == 1 && failed[0]["outcome"] as? String == "client_aborted")
        #expect(failed[0]["requests"] as? Int == 1 && failed[0]["cost"] as? String == "0.000195")
        let anomalies = try #require(statement["anomalies"] as? [[String: Any]])
        #expect(anomalies.compactMap { $0["anomaly"] as? String } == ["unknown_field"])
        let unpriced = try #require(statement["unpriced"] as? [[String: Any]])
        #expect(unpriced.compactMap { $0["meter"] as? String } == ["in.text.fresh", "out.text"])
        #expect(unpriced.compactMap { $0["quantity"] as? Int } == [10, 20])
        let rates = try #require(statement["burn_rates"] as? [[String: Any]])
        #expect(rates.first?["days"] as? Int == 31)
        let text = try place.run("tollbook report monthly --month 2026-10")
        for words in [
            "error of the provider", "client left", "failed-request cost", "unknown_field", "Burn rate:",
        ] {
            #expect(text.contains(words), "\(words)")
        }
    }

    @Test("the cost centre is on every statement and in every export")
    func costCenters() throws {
        let place = try Self.prepared()
        for format in ["text", "markdown", "csv", "json", "html"] {
            let one = try place.run("tollbook statement --tenant acme --month 2026-10 --format \(format)")
            #expect(one.contains("4711"), "\(format)")
            let all = try place.run("tollbook report monthly --month 2026-10 --format \(format)")
            #expect(all.contains("4711") && all.contains("Sales"), "\(format)")
        }
        for export in ["focus", "focus --version 1.2", "hledger", "beancount", "records", "entries", "otel"] {
            #expect(try place.run("tollbook export \(export) --month 2026-10").contains("4711"), "\(export)")
        }
        for version in ["1.2", "1.4", "1.5-draft"] {
            try place.run("tollbook export focus --check --version \(version) --month 2026-10")
        }
        let all = try place.json("tollbook report monthly --month 2026-10")
        let shared = try #require(all["shared_costs"] as? [String: Any])
        let centers = try #require(shared["cost_centers"] as? [[String: Any]])
        #expect(centers.compactMap { $0["cost_center"] as? String } == ["R&D, 4711", "Sales"])
        #expect(shared["method_id"] as? String == "proportional-to-own-chargeback")
    }

    @Test("shared costs are shared out by a ratio that is stated, and the ratios make one")
    func ratios() throws {
        let place = try Place()
        try place.run("tollbook adjust --tenant shared --amount 90 --reason GPU --period 2026-10")
        let all = try place.json("tollbook report monthly --month 2026-10")
        let rows = try #require((all["shared_costs"] as? [String: Any])?["tenants"] as? [[String: Any]])
        let ratios = rows.compactMap { $0["ratio"] as? String }.compactMap { Money($0) }
        #expect(ratios.count == 3 && ratios.reduce(.zero, +) == Money("1"))
        let own = try #require(rows.first { $0["tenant"] as? String == "globex" })
        #expect(try #require(Money(own["share"] as? String ?? "")) > Money("89")!)
    }

    @Test("audit lists who changed prices, budgets, keys, tenants, months and amounts, in the order of time")
    func audit() throws {
        let place = try Self.prepared()
        try LedgerFixture.prices.replacing("10\", per: 1000000", with: "20\", per: 1000000").write(
            toFile: place.directory + "/acme.yaml", atomically: true, encoding: .utf8)
        try place.run(
            """
            tollbook key create --tenant acme --name batch > /dev/null
            tollbook prices load --prices acme.yaml > /dev/null
            tollbook rerate --month 2026-10 > /dev/null 2>&1
            tollbook budget set all --everybody --limit 5 --unit USD --window month --action warn > /dev/null
            tollbook adjust --tenant acme --amount=-1 --reason credit > /dev/null
            tollbook close --month 2026-10 --force > /dev/null
            """)
        let text = try place.run("tollbook audit --format json")
        let rows = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [[String: Any]])
        #expect(
            rows.compactMap { $0["action"] as? String } == [
                "prices.load", "tenant.create", "tenant.create", "budget.set", "budget.set", "budget.set",
                "budget.set", "key.create", "prices.load", "rating.again", "budget.set", "adjustment.book",
                "period.close",
            ])
        #expect(rows.dropFirst().allSatisfy { $0["actor"] as? String == "carol" })
        #expect(rows[0]["actor"] as? String == "", "a book that nobody loaded by hand")
        let load = try #require(rows[8]["detail"] as? [String: Any])
        #expect(load["before"] as? String == "fixture-1" && load["files"] as? Int == 1)
        let close = try #require(rows[12]["detail"] as? [String: Any])
        #expect(close["forced"] as? Bool == true && (close["blockers"] as? [String])?.isEmpty == false)
        let kinds = try place.run("tollbook audit --kind prices --format csv")
        #expect(kinds.split(separator: "\n").count == 3)
    }
}
