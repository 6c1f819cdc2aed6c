// What a model without a price may do under a budget in money is decided for all upstreams, or for one.
import Foundation
import Testing

@Suite(.serialized) struct UnpricedUpstreamTests {
    @Test("one upstream lets pass what the policy would refuse; its record is unpriced, and shown as such")
    func allowed() throws {
        let deployment = try BudgetServeTests.deployment("unpriced-upstream")
        defer { deployment.tearDown() }
        try deployment.run(["budget", "set", "acme-budget", "--tenant", "acme", "--limit", "1"])
        let body = BudgetServeTests.body("m-nobody-knows")
        try deployment.start()
        try waitUntil("the budget is in force") {
            BudgetServeTests.call(deployment.port, body).status == 400
        }
        try deployment.stop()
        try deployment.start(environment: ["TOLLBOOK_UPSTREAMS__OPENAI__UNPRICED": "allow"])
        #expect(BudgetServeTests.call(deployment.port, body).status == 200)
        // What has a price is still counted and refused.
        try deployment.run(["budget", "set", "acme-budget", "--limit", "0"])
        try waitUntil("the limit is in force") { BudgetServeTests.call(deployment.port).status == 429 }
        #expect(BudgetServeTests.call(deployment.port, body).status == 200)
        try deployment.stop()
        let passed = try deployment.records().filter { $0["completeness"] as? String == "complete" }
        let costs = passed.map { ($0["cost"] as? [String: Any])?["list"] }
        #expect(passed.count >= 2 && costs.contains { $0 is NSNull })
    }
}
