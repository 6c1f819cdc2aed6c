// Four sidecars and 64 clients share one hard budget, in each mode: what they spend, what the bound says in
// every transaction, and whether anybody was refused what was left.
import Foundation
import Testing

@Suite(.serialized) struct BudgetFleetTests {
    /// A fleet of four with one budget, watched.
    private final class Shared {
        let deployment: Deployment
        let fleet: Fleet
        let watch: BudgetWatch

        init(mode: String, limit: String) throws {
            deployment = try BudgetServeTests.deployment(
                "budget-\(mode)", extra: "budgets:\n  mode: \(mode)")
            try deployment.run(["budget", "set", "b", "--tenant", "acme", "--limit", limit])
            watch = try BudgetWatch(deployment)
            fleet = try Fleet(deployment, count: 4)
            try fleet.waitForBudget()
        }

        /// 64 clients call until each was refused twice in a row; then everything is posted.
        func spend(_ body: String, output: Int) throws -> Spenders.Counts {
            let counts = try Spenders(
                ports: fleet.sidecars.map(\.port), clients: 64, refusals: 2, body: body,
                headers: "x-sim-input: 5\r\nx-sim-output: \(output)\r\nX-Tollbook-Tenant: acme\r\n"
            ).finish()
            fleet.stop()
            #expect(counts.broken == 0 && counts.other == [:])
            return counts
        }

        func amount(_ name: String) throws -> Decimal {
            let standing = try fleet.budget("b")
            return try #require(Decimal(string: standing[name] as? String ?? ""))
        }

        /// What has to hold in every commit, in every mode.
        func check() throws {
            let findings = try watch.findings(of: "b")
            #expect(findings.bookings > 0)
            #expect(findings.beyondBound == 0, "\(findings)")
            #expect(findings.unbooked == 0 && findings.unsettled == 0, "\(findings)")
            #expect(findings.unbalanced == 0 && findings.compared > 0, "\(findings)")
            #expect(findings.leaking == 0, "\(findings)")
            let held = try amount("held")
            let leased = try amount("leased")
            #expect(held == 0 && leased == 0)
        }

        func tearDown() {
            fleet.stop()
            deployment.tearDown()
        }
    }

    @Test("complaints 47, 50 and 57: in mode worst all of 10.00 is spent, and no more")
    func worst() throws {
        let shared = try Shared(mode: "worst", limit: "10.00")
        defer { shared.tearDown() }
        let counts = try shared.spend(BudgetServeTests.body(), output: 150)
        let spent = try shared.amount("spent")
        // Each call holds 0.02: with less left than that nobody is refused falsely.
        #expect(spent <= 10 && spent > Decimal(string: "9.98")!)
        #expect(spent == Decimal(counts.passed) * Decimal(string: "0.015")!)
        #expect(try shared.amount("bound") == 0)
        #expect(try shared.watch.findings(of: "b").overdrawn == 0)
        try shared.check()
    }

    @Test("mode capped: calls that state no maximum overspend, and the bound says by how much at most")
    func capped() throws {
        let shared = try Shared(mode: "capped", limit: "101.7")
        defer { shared.tearDown() }
        // Each holds 16,384 tokens for 1.6384 and uses 20,000 for 2: after the last one that was let pass
        // less than a hold is left of the limit, so what is spent, a multiple of 2, is at least 102.
        let counts = try shared.spend(BudgetServeTests.body(maximum: nil), output: 20_000)
        let spent = try shared.amount("spent")
        let bound = try shared.amount("bound")
        #expect(spent == Decimal(counts.passed) * 2)
        #expect(spent >= 102 && spent - Decimal(string: "101.7")! <= bound)
        // What they used beyond their holds, and nothing else.
        #expect(bound == Decimal(counts.passed) * Decimal(string: "0.3616")!)
        try shared.check()
    }

    @Test("mode learned: a new behaviour overspends until it is learnt, inside the bound")
    func learned() throws {
        let shared = try Shared(mode: "learned", limit: "5")
        defer { shared.tearDown() }
        let body = BudgetServeTests.body(maximum: nil)
        for sidecar in shared.fleet.sidecars {
            for _ in 0..<32 { #expect(BudgetServeTests.call(sidecar.port, body).status == 200) }
        }
        // So far 150 tokens each, so that a call holds 160 for 0.016; now they write 1,000 for 0.1.
        let counts = try shared.spend(body, output: 1000)
        let spent = try shared.amount("spent")
        #expect(spent == Decimal(string: "1.92")! + Decimal(counts.passed) / 10)
        // The bucket of 1,000 ends at 1,024: with less left than 0.1024 nobody is refused falsely.
        #expect(spent > 5 - Decimal(string: "0.1024")!)
        #expect(spent - 5 <= (try shared.amount("bound")))
        try shared.check()
    }
}
