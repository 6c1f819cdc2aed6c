// The HTML statement in a real browser: what its tables show is what the JSON says, cell by cell. Needs the
// Debian package chromium (`scripts/bootstrap chromium`), which nothing else needs.
import Foundation
import Terms
import Testing

enum Browser {
    static let path: String? = ["/usr/bin/chromium", "/usr/bin/chromium-browser"]
        .first { FileManager.default.isExecutableFile(atPath: $0) }
    /// In CI nothing may be left out.
    static let isWanted = path != nil || ProcessInfo.processInfo.environment["CI"] == "true"
    static let missing: Comment = "no chromium: run scripts/bootstrap chromium to test HTML in a browser"
}

@Suite(
    .enabled(if: LedgerFixture.isThere, LedgerFixture.missing),
    .enabled(if: Browser.isWanted, Browser.missing))
struct BrowserTests {
    /// The cells of each table as the browser has them after parsing, by the table's id.
    static func tables(_ html: String) throws -> [String: [[String]]] {
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        let browser = try #require(Browser.path, Browser.missing)
        let file = directory.appendingPathComponent("statement.html").path
        try html.write(toFile: file, atomically: false, encoding: .utf8)
        let words = "--headless --no-sandbox --disable-gpu --user-data-dir=\(directory.path)/profile"
        let done = try Program.shell(
            "timeout 120 \(browser) \(words) --dump-dom 'file://\(file)'", in: directory.path,
            environment: ["HOME": directory.path])
        let dom = done.stdout
        var tables: [String: [[String]]] = [:]
        for table in dom.matches(of: /<table id="([^"]+)">([\s\S]*?)<\/table>/) {
            tables[String(table.output.1)] = table.output.2.matches(of: /<tr[^>]*>([\s\S]*?)<\/tr>/).map {
                row in
                row.output.1.matches(of: /<t[dh][^>]*>([\s\S]*?)<\/t[dh]>/).map { cell in
                    String(cell.output.1).replacing("&amp;", with: "&").replacing("&lt;", with: "<")
                }
            }
        }
        return tables
    }

    private func shown(_ text: Any?) -> String {
        guard let text = text as? String, let money = Money(text) else { return "unpriced" }
        return money.text(decimals: 6)
    }

    @Test("a statement's tables in the browser say what its JSON says", arguments: ["acme", "globex"])
    func statement(tenant: String) throws {
        let database = try LedgerFixture.shared.get()
        func run(_ format: String) throws -> String {
            try Program.shell(
                "tollbook statement --tenant \(tenant) --month 2026-10 --format \(format)", in: "/tmp",
                environment: ["TOLLBOOK_DATABASE": database]
            ).stdout
        }
        let html = try run("html")
        let tables = try Self.tables(html)
        let json = try #require(
            JSONSerialization.jsonObject(with: Data(try run("json").utf8)) as? [String: Any])
        let rows = try #require(json["rows"] as? [[String: Any]])
        let usage = try #require(tables["usage"])
        for row in rows {
            let cost = try #require(row["cost"] as? [String: Any])
            let wanted = [
                row["user"] as? String ?? "-", "acme", row["model"] as? String ?? "-",
                "\(row["requests"] as? Int ?? -1)",
            ]
            let cells = try #require(usage.first { Array($0.prefix(4)) == wanted }, "\(wanted)")
            #expect(cells[4].replacing(",", with: "") == "\(row["input_tokens"] as? Int ?? -1)")
            #expect(cells[6].replacing(",", with: "") == "\(row["output_tokens"] as? Int ?? -1)")
            #expect(cells.suffix(3) == ["list", "contracted", "chargeback"].map { shown(cost[$0]) })
        }
        let due = try #require((json["due"] as? [[String: Any]])?.first)
        let summary = try #require(tables["summary-USD"])
        #expect(summary.last?.last == shown(due["amount"]))
        for (number, name) in ["usage", "adjustments", "earlier", "shared"].enumerated() {
            #expect(summary[number + 1].last == shown(due[name]))
        }
        let change = try #require(
            ((json["compared"] as? [String: Any])?["changes"] as? [[String: Any]])?.first)
        let cells = try #require(tables["change-USD"]).map { $0[1] }
        let wanted = ["before", "price", "volume", "mix", "difference", "after"].map { shown(change[$0]) }
        #expect(cells.dropFirst().map { $0.replacing("+", with: "") } == wanted)
        // Nothing is fetched and nothing runs.
        #expect(!html.contains("<script") && !html.contains("http://") && !html.contains("https://"))
        #expect(html.contains("default-src 'none'"))
    }

    @Test("budgets, failed requests, shares and cost centres in the browser are those of the JSON")
    func month() throws {
        let place = try MergedTablesTests.prepared()
        try place.run("tollbook adjust --tenant shared --amount 90 --reason GPU --period 2026-10 > /dev/null")
        let command = "tollbook report monthly --month 2026-10"
        let tables = try Self.tables(try place.run("\(command) --format html"))
        let json = try place.json(command)
        let budgets = try #require(json["budgets"] as? [[String: Any]])
        let lines = try #require(tables["budgets"]).dropFirst()
        #expect(budgets.count == 4 && lines.count == 4)
        for (budget, cells) in zip(budgets, lines) {
            #expect(cells[0] == budget["name"] as? String && cells[1] == budget["scope"] as? String)
            let isMoney = budget["unit"] as? String == "USD"
            for (cell, field) in [(5, "limit"), (6, "used")] {
                let plain = try #require(budget[field] as? String)
                #expect(cells[cell].replacing(",", with: "") == (isMoney ? shown(plain) : plain))
            }
        }
        let shared = try #require(json["shared_costs"] as? [String: Any])
        let shares = try #require(shared["tenants"] as? [[String: Any]])
        for (share, cells) in zip(shares, try #require(tables["shares"]).dropFirst()) {
            #expect(cells[0] == share["tenant"] as? String)
            #expect([cells[3], cells[5], cells[6]] == ["own", "share", "total"].map { shown(share[$0]) })
        }
        let centers = try #require(shared["cost_centers"] as? [[String: Any]])
        let found = try #require(tables["cost-centers"]).dropFirst()
        #expect(found.count == centers.count && centers.count == 3)
        for (center, cells) in zip(centers, found) {
            #expect(cells[0] == center["cost_center"] as? String ?? "none")
            #expect(cells.suffix(3) == ["own", "share", "total"].map { shown(center[$0]) })
        }
        let failed = try #require(json["failed_requests"] as? [[String: Any]])
        let rows = try #require(tables["failed"]).dropFirst()
        #expect(failed.count == 2 && rows.count == 3, "and their cost")
        for (one, cells) in zip(failed, rows) {
            #expect(cells[1] == "\(one["requests"] as? Int ?? -1)" && cells[3] == shown(one["cost"]))
        }
    }

    @Test("a report's table in the browser says what its JSON says")
    func report() throws {
        let place = try MergedTablesTests.Place()
        let command = "tollbook report --month 2026-10 --by tenant,model"
        let html = try place.run("\(command) --format html")
        let rows = try #require(try place.json(command)["rows"] as? [[String: Any]])
        let cells = try #require(try Self.tables(html)["report"]).dropFirst()
        #expect(rows.count == 5 && cells.count == 6, "and the total")
        for (row, cells) in zip(rows, cells) {
            #expect(cells[0] == row["tenant"] as? String && cells[1] == row["model"] as? String)
            #expect(cells[2] == "\(row["requests"] as? Int ?? -1)")
            #expect(cells[3].replacing(",", with: "") == "\(row["input_tokens"] as? Int ?? -1)")
            let cost = try #require(row["cost"] as? [String: Any])
            #expect(cells[8] == shown(cost["contracted"]))
        }
        #expect(html.contains("<figcaption>Spend, contracted, USD</figcaption>"))
    }
}
