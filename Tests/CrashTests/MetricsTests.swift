// The metrics page and the page that describes it name the same things.
import Foundation
import Testing

struct MetricsTests {
    @Test("docs/metrics.md describes every metric with its kind, and no other")
    func described() throws {
        let deployment = try BudgetServeTests.deployment("metrics")
        defer { deployment.tearDown() }
        try deployment.run(["budget", "set", "tea", "--tenant", "acme", "--limit", "1"])
        try deployment.start()
        var page = ""
        try waitUntil("the budget is known") {
            _ = BudgetServeTests.call(deployment.port)
            page = try deployment.metrics()
            return page.contains("tollbook_budget_over_bound{")
        }
        let served = page.split(separator: "\n").filter { $0.hasPrefix("# TYPE ") }.map {
            $0.dropFirst("# TYPE ".count)
        }
        let url = URL(filePath: #filePath).deletingLastPathComponent().appending(
            path: "../../docs/metrics.md")
        let described = try String(contentsOf: url, encoding: .utf8).split(separator: "\n")
            .filter { $0.hasPrefix("| `tollbook_") }
            .map { row in
                let cells = row.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
                return cells[0].replacing("`", with: "") + " " + cells[1]
            }
        #expect(served.map(String.init).sorted() == described.sorted())
    }
}
