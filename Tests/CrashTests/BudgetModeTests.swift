// How much a call holds in each mode, and how the bound tells of what it may use beyond while it is under
// way.
import Foundation
import Testing

@Suite(.serialized) struct BudgetModeTests {
    /// Looks at a budget until a field has a value.
    private func standing(_ deployment: Deployment, _ field: String, _ value: String) throws -> String {
        var text = ""
        try waitUntil("\(field) is \(value)") {
            text = try deployment.run(["budget", "show", "b", "--bound", "--format", "json"])
            return text.contains("\"\(field)\":\"\(value)\"")
        }
        return text
    }

    private func deployment(_ name: String, mode: String) throws -> Deployment {
        let deployment = try BudgetServeTests.deployment(name, extra: "budgets:\n  mode: \(mode)")
        try deployment.run(["budget", "set", "b", "--tenant", "acme", "--limit", "100"])
        try deployment.start()
        try waitUntil("the budget is in force") {
            BudgetServeTests.call(deployment.port, BudgetServeTests.body("m-nobody-knows")).status == 400
        }
        return deployment
    }

    /// A call that takes a while, on a thread of its own.
    private func slowCall(_ port: UInt16, _ body: String) {
        Thread.detachNewThread {
            _ = BudgetServeTests.call(
                port, body, headers: BudgetServeTests.used + "x-sim-first: 6000\r\n")
        }
    }

    @Test("capped: what no maximum bounds is in D while the call is under way, and gone when it has ended")
    func capped() throws {
        let deployment = try deployment("mode-capped", mode: "capped")
        defer { deployment.tearDown() }
        slowCall(deployment.port, BudgetServeTests.body(maximum: nil))
        // Held: 16,384 tokens of 0.0001; at worst 131,072.
        let text = try standing(deployment, "held", "1.6384")
        #expect(text.contains(#""underestimated":"11.4688""#), "\(text)")
        _ = try standing(deployment, "underestimated", "0")
        try deployment.stop()
    }

    @Test("worst: a call is sent with the cap as its maximum, and nothing is left to D")
    func worst() throws {
        let deployment = try deployment("mode-worst", mode: "worst")
        defer { deployment.tearDown() }
        slowCall(deployment.port, BudgetServeTests.body(maximum: nil))
        let text = try standing(deployment, "held", "1.6384")
        #expect(text.contains(#""underestimated":"0""#), "\(text)")
        try deployment.stop()
    }

    @Test("learned: after 32 calls one holds what 99 of 100 wrote, and its bound says what it may write")
    func learned() throws {
        let deployment = try deployment("mode-learned", mode: "learned")
        defer { deployment.tearDown() }
        for _ in 0..<32 {
            #expect(
                BudgetServeTests.call(deployment.port, BudgetServeTests.body(maximum: nil)).status == 200)
        }
        slowCall(deployment.port, BudgetServeTests.body(maximum: nil))
        // 150 tokens each: the bucket that ends at 160.
        let text = try standing(deployment, "held", "0.016")
        #expect(text.contains(#""underestimated":"13.0912""#), "\(text)")
        try deployment.stop()
    }
}
