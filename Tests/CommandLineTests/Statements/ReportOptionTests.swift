// Every option of `report` in every format, on a ledger whose numbers are known; and what a terminal gets.
import Foundation
import LedgerStore
import Terms
import Testing

@Suite(.enabled(if: LedgerFixture.isThere, LedgerFixture.missing))
struct ReportOptionTests {
    private func run(_ command: String, _ extra: [String: String] = [:]) throws -> Program {
        let environment = ["TOLLBOOK_DATABASE": try LedgerFixture.shared.get()].merging(extra) { $1 }
        let done = try Program.shell(command, in: "/tmp", environment: environment)
        #expect(done.status == 0, "\(command): \(done.stderr)")
        return done
    }

    private func json(_ options: String) throws -> [String: Any] {
        let text = try run("tollbook report \(options) --format json").stdout
        return try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    }

    static let options = [
        "", "--by day", "--by week,tenant", "--by month", "--by tenant,user,key,provider,upstream,model",
        "--by meter", "--by label:team,tenant", "--compare previous", "--compare year", "--top 1",
        "--sort requests", "--ratios", "--book list", "--basis booked", "--as-known-on 2026-11-30",
        "--tenant acme", "--user alice", "--model small", "--provider acme", "--upstream acme",
        "--label team=search", "--key none", "--ratios --compare previous --top 2 --by tenant",
    ]

    @Test("each option works in each format, and all formats say the same rows", arguments: options)
    func matrix(option: String) throws {
        let period = "--month 2026-10 --timezone America/New_York"
        let rows = try #require(try json("\(period) \(option)")["rows"] as? [[String: Any]])
        let command = "tollbook report \(period) \(option) --format"
        #expect(try run("\(command) jsonl").stdout.split(separator: "\n").count == rows.count)
        let csv = try run("\(command) csv").stdout.split(separator: "\n")
        #expect(csv.count == rows.count + 1)
        let width = csv[0].split(separator: ",", omittingEmptySubsequences: false).count
        for line in csv {
            #expect(line.split(separator: ",", omittingEmptySubsequences: false).count == width)
        }
        let markdown = try run("\(command) markdown").stdout.split(separator: "\n").filter {
            $0.hasPrefix("|")
        }
        #expect(rows.isEmpty || markdown.count == rows.count + 3, "head, rule and total")
        let html = try run("\(command) html").stdout
        #expect(html.matches(of: /<tr/).count == (rows.isEmpty ? 0 : rows.count + 2))
        #expect(try run("\(command) text").stdout.contains("completeness: "))
    }

    @Test(
        "the period before stands beside each row, and a year before; the top and the others make the whole")
    func beside() throws {
        let november = try json("--month 2026-11 --by tenant --compare previous")
        let rows = try #require(november["rows"] as? [[String: Any]])
        let globex = try #require(rows.first { $0["tenant"] as? String == "globex" })
        let before = try #require(globex["compared"] as? [String: Any])
        #expect((before["cost"] as? [String: Any])?["contracted"] as? String == "5.0000175")
        #expect((globex["cost"] as? [String: Any])?["contracted"] as? String == "0.01002")
        let year = try json("--month 2026-10 --by tenant --compare year")
        let old = try #require((year["total"] as? [String: Any])?["compared"] as? [String: Any])
        #expect(old["requests"] as? Int == 0)
        let top = try json("--month 2026-10 --by model --top 1")
        let two = try #require(top["rows"] as? [[String: Any]])
        #expect(two.count == 2 && two[0]["model"] as? String == "large")
        #expect(two.reduce(0) { $0 + ($1["requests"] as? Int ?? 0) } == 5)
    }

    @Test("cost per request, cache hits, shares of estimated and unpriced, by hand")
    func ratios() throws {
        let total = try #require(
            try json("--month 2026-10 --tenant acme --ratios")["total"] as? [String: Any])
        // 400 of 1,110 tokens from the cache; one of three requests estimated, one without a price;
        // 0.002995 USD over three requests.
        #expect(total["cache_hit_ratio"] as? String == "0.36036")
        #expect(total["estimated_share"] as? String == "0.333333")
        #expect(total["unpriced_share"] as? String == "0.333333")
        #expect(total["cost_per_request"] as? String == "0.000998333333")
    }

    @Test(
        "a terminal gets bars, the days at a glance and no line wider than itself; a pipe gets neither",
        .enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/script")),
        arguments: [80, 120, 200])
    func terminal(columns: Int) throws {
        let command = "stty cols \(columns) rows 40; \(Program.binary) report --month 2026-10"
        let done = try run("script -qec '\(command)' /dev/null", ["TERM": "xterm", "NO_COLOR": "1"])
        let lines = done.stdout.split(whereSeparator: \.isNewline).map(String.init)
        #expect(lines.contains { $0.contains("█") }, "\(done.stdout)")
        #expect(lines.contains { $0.hasPrefix("by day: 2026-10-30 ") && $0.hasSuffix(" 2026-10-31") })
        let table = lines.filter { !$0.hasPrefix("completeness") && !$0.hasPrefix("Spend of") }
        #expect(table.allSatisfy { $0.count <= columns }, "\(done.stdout)")
        let piped = try run("tollbook report --month 2026-10").stdout
        #expect(!piped.contains("█") && !piped.contains("by day:"))
    }
}
