// Budgets while PostgreSQL is away, and what is told of them meanwhile and otherwise.
import Foundation
import Testing

@Suite(.serialized) struct BudgetAwayTests {
    private static func isInForce(_ deployment: Deployment) -> Bool {
        BudgetServeTests.call(deployment.port, BudgetServeTests.body("m-nobody-knows")).status == 400
    }

    @Test("PostgreSQL away: closed refuses for a moment when the lease is over, also after a restart")
    func away() throws {
        let deployment = try BudgetServeTests.deployment("budget-away", extra: "budgets:\n  lease: 1s")
        defer { deployment.tearDown() }
        try deployment.run(["budget", "set", "b", "--tenant", "acme", "--limit", "100"])
        try deployment.start()
        try waitUntil("the budget is in force") { Self.isInForce(deployment) }
        #expect(BudgetServeTests.call(deployment.port).status == 200)
        let twice = BudgetServeTests.body().replacing(#"{"model""#, with: #"{"max_tokens":1,"model""#)
        #expect(BudgetServeTests.call(deployment.port, twice).status == 400)
        try deployment.stopDatabase()
        try waitUntil("the lease is over") { BudgetServeTests.call(deployment.port).status == 503 }
        #expect(BudgetServeTests.call(deployment.port).text.contains("budget.away"))
        #expect(
            BudgetServeTests.call(deployment.port, BudgetServeTests.body("m-free")).status == 200)
        deployment.kill()
        try deployment.start()
        #expect(BudgetServeTests.call(deployment.port).status == 503)
        try deployment.startDatabase()
        try waitUntil("calls pass again") { BudgetServeTests.call(deployment.port).status == 200 }
        try deployment.stop()
        #expect(try deployment.records().contains { $0["http_status"] as? Int == 503 })
    }

    @Test("PostgreSQL away: an allowance lets so much pass, and the bound names it")
    func allowance() throws {
        let deployment = try BudgetServeTests.deployment(
            "budget-allowance",
            extra: "budgets:\n  lease: 1s\n  database_away: allowance\n  allowance: \"0.05\"")
        defer { deployment.tearDown() }
        try deployment.run(["budget", "set", "b", "--tenant", "acme", "--limit", "100"])
        try deployment.start()
        try waitUntil("the budget is in force") { Self.isInForce(deployment) }
        #expect(BudgetServeTests.call(deployment.port).status == 200)
        try deployment.stopDatabase()
        try waitUntil("the allowance is used up") { BudgetServeTests.call(deployment.port).status == 503 }
        try deployment.startDatabase()
        try waitUntil("calls pass again") { BudgetServeTests.call(deployment.port).status == 200 }
        try deployment.stop()
        let text = try deployment.run(["budget", "show", "b", "--bound", "--format", "json"])
        // Two holds of 0.02 fit into 0.05.
        #expect(text.contains(#""allowance":"0.04""#), "\(text)")
    }

    @Test("a threshold is told once, also after a restart; the caller sees its own budgets")
    func told() throws {
        let deployment = try BudgetServeTests.deployment("budget-told")
        defer { deployment.tearDown() }
        try deployment.run([
            "budget", "set", "b", "--tenant", "acme", "--limit", "0.1", "--warn-at", "10,90",
        ])
        try deployment.start()
        try waitUntil("the budget is in force") { Self.isInForce(deployment) }
        #expect(BudgetServeTests.call(deployment.port).status == 200)
        try waitUntil("the threshold is told") { deployment.log.contains("budget_crossed") }
        try waitUntil("the caller sees what is spent") {
            guard
                case .complete(200, let bytes) = HTTPClient.post(
                    port: deployment.port, path: "/tollbook/v1/budgets",
                    headers: "X-Tollbook-Tenant: acme\r\n", body: "", method: "GET")
            else { return false }
            return String(decoding: bytes, as: UTF8.self).contains(#""spent":"0.015""#)
        }
        deployment.kill()
        try deployment.start()
        try waitUntil("the budget is in force") { Self.isInForce(deployment) }
        try deployment.stop()
        let lines = deployment.log.split(separator: "\n").filter { $0.contains("budget_crossed") }
        #expect(lines.count == 1 && lines[0].contains(#""percent":10"#), "\(lines)")
    }
}
