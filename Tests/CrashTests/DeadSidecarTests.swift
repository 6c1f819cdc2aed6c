// A sidecar that dies with calls under way and never comes back: its part of a budget stays charged, until an
// operator says otherwise or, where that is configured, until its lease has been over for a while.
import Foundation
import Testing

@Suite(.serialized) struct DeadSidecarTests {
    /// Two sidecars share 0.03; one dies while it holds 0.02 for a call.
    private final class Scene {
        let deployment: Deployment
        let fleet: Fleet

        init(_ name: String, _ settings: String) throws {
            deployment = try BudgetServeTests.deployment(
                name, extra: "budgets:\n  mode: worst\n  lease: 1s\n" + settings)
            try deployment.run(["budget", "set", "b", "--tenant", "acme", "--limit", "0.03"])
            fleet = try Fleet(deployment, count: 2)
            try fleet.waitForBudget()
            let port = fleet.sidecars[0].port
            Thread.detachNewThread {
                _ = BudgetServeTests.call(port, headers: BudgetServeTests.used + "x-sim-first: 100000\r\n")
            }
            try waitUntil("the call holds what it may use") { try self.standing("held") as? String == "0.02" }
            fleet.kill(0)
        }

        func standing(_ field: String) throws -> Any? { try fleet.budget("b")[field] }

        /// What was taken back: the bound's term R.
        func released() throws -> Decimal {
            let text = try deployment.run(["budget", "show", "b", "--bound", "--format", "json"])
            let all = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]
            let terms = try #require(all?["bound_terms"] as? [String: Any])
            return try #require(Decimal(string: terms["released"] as? String ?? ""))
        }

        var status: Int { BudgetServeTests.call(fleet.sidecars[1].port).status }

        func tearDown() {
            fleet.stop()
            deployment.tearDown()
        }
    }

    @Test("strict: what it held stays charged until an operator releases it; the bound names the amount")
    func strict() throws {
        let scene = try Scene("dead-strict", "")
        defer { scene.tearDown() }
        try waitUntil("the rest is too small") { scene.status == 429 }
        // Nothing is over before the lease is: the operator's word comes too early until then.
        var word = ""
        try waitUntil("the lease is over") {
            word = try scene.deployment.run(["budget", "release", "b"])
            return word != "b: 0 USD taken back\n"
        }
        #expect(try scene.released() >= Decimal(string: "0.02")!, "\(word)")
        try waitUntil("the other one may spend it") { scene.status == 200 }
    }

    @Test("released: it is given back after twice the lease's time, and the bound names the amount")
    func released() throws {
        let scene = try Scene("dead-released", "  dead_sidecars: released\n")
        defer { scene.tearDown() }
        try waitUntil("the other one may spend it") { scene.status == 200 }
        #expect(try scene.released() >= Decimal(string: "0.02")!)
    }

    @Test("a model without a price holds its provider's dearest where that is configured")
    func upperBound() throws {
        let deployment = try BudgetServeTests.deployment(
            "unpriced-bound", extra: "budgets:\n  mode: worst\n  unpriced: hold-upper-bound")
        defer { deployment.tearDown() }
        try deployment.run(["budget", "set", "b", "--tenant", "acme", "--limit", "0.015"])
        try deployment.start()
        let port = deployment.port
        let unpriced = BudgetServeTests.body("m-nobody-knows")
        // 200 tokens at 0.0001 are 0.02: too much for the limit, as for a model that has that price.
        try waitUntil("the budget is in force") { BudgetServeTests.call(port, unpriced).status == 429 }
        #expect(
            BudgetServeTests.call(port, BudgetServeTests.body("m-nobody-knows", maximum: 100)).status == 200)
        try deployment.stop()
    }
}
