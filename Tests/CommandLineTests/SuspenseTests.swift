// Late attribution from outside: usage that found its tenant afterwards is booked as corrections, moves in
// every report, and leaves the ledger in agreement with itself.
import Bookkeeping
import Foundation
import LedgerStore
import Terms
import Testing

@Suite(.enabled(if: LedgerFixture.isThere, LedgerFixture.missing))
struct SuspenseTests {
    private func run(_ command: String, _ database: String, in directory: String = "/tmp") throws -> (
        out: String, err: String, exit: Int32
    ) {
        let done = try Program.shell(
            command, in: directory, environment: ["TOLLBOOK_DATABASE": database], input: "")
        return (done.stdout, done.stderr, done.status)
    }

    private func directory(_ rules: String) throws -> String {
        let path = try TemporaryFolder.make()
        try rules.write(toFile: path + "/rules.yaml", atomically: true, encoding: .utf8)
        return path
    }

    /// Requests and list cost by tenant.
    private func spend(_ database: String, _ options: String = "--month 2026-10") throws -> [String: String] {
        let text = try run("tollbook report \(options) --by tenant --format json", database).out
        let report = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
        let rows = try #require(report["rows"] as? [[String: Any]])
        return Dictionary(
            uniqueKeysWithValues: rows.map { row in
                let cost = (row["cost"] as? [String: Any])?["list"] as? String ?? "null"
                let unpriced = row["unpriced_requests"] as? Int ?? -1
                let estimated = row["estimated_requests"] as? Int ?? -1
                return (
                    row["tenant"] as? String ?? "",
                    "\(row["requests"] ?? "")/\(row["input_tokens"] ?? "")/\(cost)/\(unpriced)/\(estimated)"
                )
            })
    }

    /// By rollups, by facts alone (an end inside a quarter of an hour), and by days.
    private func expect(_ database: String, _ wanted: [String: String]) throws {
        #expect(try spend(database) == wanted)
        #expect(
            try spend(database, "--since 2026-10-01T00:01:00Z --until 2026-10-31T23:59:59.9999999Z")
                .filter { $0.key == "acme" } == wanted.filter { $0.key == "acme" })
        let daily = try run("tollbook report --month 2026-10 --by day,tenant,model", database)
        #expect(daily.exit == 0)
        let check = try run("tollbook verify", database)
        #expect(check.exit == 0, "\(check.out)\(check.err)")
    }

    @Test(
        "a rule moves what it names: amounts, tokens and requests, once, and the past stays as it was known")
    func assign() throws {
        let database = try LedgerFixture.ownLedger()
        let folder = try directory(
            """
            rules:
              - {name: search, from: acme, labels: {team: sea*}, tenant: initech, set_user: crawler}
              - {name: rest, from: acme, user: alice, tenant: globex, set_labels: {team: late}}

            """)
        let before = try spend(database)
        #expect(before["acme"] == "3/1110/0.002995/1/1")
        let list = try run("tollbook suspense list --tenant acme --format json", database)
        #expect(list.exit == 0 && list.out.contains(#""user":"alice""#), "\(list)")

        let dry = try run("tollbook suspense assign rules.yaml --dry-run", database, in: folder)
        #expect(dry.err.contains("3 records would be assigned"), "\(dry)")
        #expect(try spend(database) == before)

        let done = try run("tollbook suspense assign rules.yaml --format csv", database, in: folder)
        #expect(done.err.contains("3 records assigned"), "\(done)")
        #expect(done.out.contains("rest,acme,globex,USD,1,0.000195,0.000195"), "\(done.out)")
        let globex = try #require(before["globex"])
        #expect(globex.hasPrefix("2/2000001/"))
        let after = try spend(database)
        #expect(after["acme"] == "0/0/0/0/0" || after["acme"] == nil, "\(after)")
        #expect(after["initech"] == "2/1010/0.0028/1/0", "\(after)")
        #expect(after["globex"]?.hasPrefix("3/2000101/") == true, "\(after)")
        try expect(database, after)

        let again = try run("tollbook suspense assign rules.yaml", database, in: folder)
        #expect(again.err.contains("0 records assigned"))
        let users = try run("tollbook records --tenant initech --format jsonl", database).out
        #expect(users.split(separator: "\n").count == 2 && users.contains(#""user":"crawler""#))
        #expect(
            try run("tollbook records --tenant acme --month 2026-10 --format jsonl", database).out.isEmpty)
        // Rating again does not bring back what was taken away.
        let rerated = try run("tollbook rerate --month 2026-10", database)
        #expect(rerated.err.contains("0 entries booked"), "\(rerated.err)")
        let known = try run(
            "tollbook report --month 2026-10 --by tenant --as-known-on 2026-11-02T08:00:00Z --format csv",
            database)
        #expect(known.out.contains("0.002995") && !known.out.contains("initech"), "\(known.out)")
        let export = try run("tollbook export focus --month 2026-10 --check", database)
        #expect(export.exit == 0, "\(export.err)")
        #expect(try spend(database) == after)
    }

    @Test("what budgets count moves with it, and is named in the bound's term P")
    func budgets() throws {
        let database = try LedgerFixture.ownLedger()
        let folder = try directory("rules:\n  - {name: r, from: acme, user: alice, tenant: initech}\n")
        for tenant in ["acme", "initech"] {
            let made = try run(
                "tollbook budget set \(tenant) --tenant \(tenant) --limit 10 --window lifetime", database)
            #expect(made.exit == 0, "\(made.err)")
            _ = try run("tollbook budget show \(tenant)", database)
        }
        #expect(try run("tollbook suspense assign rules.yaml", database, in: folder).exit == 0)
        let from = try run("tollbook budget show acme --bound --format json", database).out
        let to = try run("tollbook budget show initech --bound --format json", database).out
        #expect(from.contains(#""spent":"0""#), "\(from)")
        #expect(to.contains(#""spent":"0.002995""#) && to.contains(#""repriced":"0.002995""#), "\(to)")
    }

    @Test("mistakes in the file are named with their line, and nothing is assigned")
    func mistakes() throws {
        let database = try LedgerFixture.ownLedger()
        for (rules, words) in [
            ("rules: []\n", "the file is `rules:`"),
            ("rules:\n  - {tenant: acme, user: x}\n", "`name` is missing"),
            ("rules:\n  - {name: a, user: x}\n", "`tenant` is missing"),
            ("rules:\n  - {name: a, tenant: acme}\n", "needs one of"),
            ("rules:\n  - {name: a, tenant: unattributed, user: x}\n", "assigns unattributed's usage"),
            ("rules:\n  - {name: a, tenant: b, usr: x}\n", "did you mean `user`"),
            ("rules:\n  - {name: a, tenant: b, since: soon}\n", "is a date"),
        ] {
            let folder = try directory(rules)
            let outcome = try run("tollbook suspense assign rules.yaml", database, in: folder)
            #expect(outcome.exit == 78 && outcome.err.contains(words), "\(rules): \(outcome.err)")
        }
        #expect(try run("tollbook suspense assign none.yaml", database).exit == 1)
    }

    @Test("a closed month keeps what it has")
    func closedMonth() throws {
        let database = try LedgerFixture.ownLedger()
        let folder = try directory("rules:\n  - {name: r, from: acme, user: alice, tenant: initech}\n")
        let closed = try run("tollbook close --month 2026-10 --force", database)
        let before = try spend(database)
        let outcome = try run("tollbook suspense assign rules.yaml", database, in: folder)
        #expect(outcome.exit == 0, "\(outcome.err)")
        #expect(outcome.err.contains("2 records of closed months left"), "\(closed.err) \(outcome.err)")
        #expect(try spend(database) == before)
    }
}
