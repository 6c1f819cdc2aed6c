// Sidecars that are killed while they share a budget: whenever it happens, no more is spent than the limit,
// and what the ledger says adds up in every single transaction.
import Foundation
import Testing

@Suite(.serialized) struct BudgetKillTests {
    /// Kills per run; `TOLLBOOK_KILLS` asks for more.
    static let kills = ProcessInfo.processInfo.environment["TOLLBOOK_KILLS"].flatMap { Int($0) } ?? 10

    @Test(
        "complaints 54 and 55: eight sidecars killed at random: the provider bills no more than the limit"
    )
    func killed() throws {
        let deployment = try BudgetServeTests.deployment(
            "budget-kill", extra: "budgets:\n  mode: worst", hasFewPrices: true)
        defer { deployment.tearDown() }
        var limit: Decimal = 6
        try deployment.run(["budget", "set", "b", "--tenant", "acme", "--limit", "\(limit)"])
        let watch = try BudgetWatch(deployment)
        let fleet = try Fleet(deployment, count: 8)
        defer { fleet.stop() }
        try fleet.waitForBudget()
        let clients = Spenders(
            ports: fleet.sidecars.map(\.port), clients: 16, refusals: 3, body: BudgetServeTests.body(),
            headers: BudgetServeTests.used + "x-sim-first: 200\r\n", isEndless: true)
        var dice = SystemRandomNumberGenerator()
        for kill in 1...Self.kills {
            let number = Int.random(in: 0..<8, using: &dice)
            // It comes back while the others go on and die; often it dies again before it serves.
            fleet.kill(number)
            try fleet.launch(number)
            let goal = clients.passed + Int.random(in: 0..<12, using: &dice)
            try waitUntil("\(goal) calls have passed") { clients.passed >= goal }
            guard kill.isMultiple(of: 10) else { continue }
            let standing = try fleet.budget("b")
            // A posting whose acknowledgement died with its sidecar may be reserved twice: never less.
            #expect(try Self.sum(standing) >= limit)
            // There is always something left to die for.
            if try Self.amount("remaining", standing) < 5 {
                limit += 5
                try deployment.run(["budget", "set", "b", "--limit", "\(limit)"])
            }
        }
        for number in fleet.sidecars.indices { try fleet.waitUntilItAccepts(number) }
        clients.end()
        let counts = try clients.finish()
        // Once more for those who died last: they post what they left, and their leases are free again.
        fleet.stop()
        for number in fleet.sidecars.indices { try fleet.start(number) }
        for sidecar in fleet.sidecars {
            try waitUntil("the lease of the run before is closed") {
                BudgetServeTests.call(sidecar.port).status == 429
            }
        }
        fleet.stop()
        try Self.check(deployment, fleet, watch, limit: limit, counts)
    }

    /// What has to hold when everybody has come back and ended.
    private static func check(
        _ deployment: Deployment, _ fleet: Fleet, _ watch: BudgetWatch, limit: Decimal,
        _ counts: Spenders.Counts
    ) throws {
        let standing = try fleet.budget("b")
        #expect(try sum(standing) == limit)
        let spent = try amount("spent", standing)
        let leased = try amount("leased", standing)
        // Every answer of the provider, whoever recorded it: 150 tokens of 0.0001.
        let billed = Decimal(try deployment.billed().count) * Decimal(string: "0.015")!
        #expect(billed <= limit)
        #expect(spent <= limit)
        // Calls whose end nobody saw are booked at their bound of 0.02; all others as they were billed.
        let complete = try deployment.records().filter { $0["completeness"] as? String == "complete" }
        #expect(Decimal(complete.count) * Decimal(string: "0.015")! <= billed)
        #expect(try amount("bound", standing) == 0)
        // What is left is smaller than a call, or held for calls whose end nobody saw.
        #expect(spent + leased >= limit * Decimal(string: "0.99")!)
        #expect(try amount("held", standing) == leased)
        let findings = try watch.findings(of: "b")
        #expect(findings.bookings > 0 && findings.commits > kills)
        #expect(findings.beyondBound == 0 && findings.overspent == "0", "\(findings)")
        #expect(findings.unbooked == 0 && findings.unsettled == 0, "\(findings)")
        #expect(findings.overdrawn == 0, "\(findings)")
        // Captured, held and free are what was granted, in every commit; in the end the dead hold nothing.
        #expect(findings.unbalanced == 0 && findings.compared > findings.silent, "\(findings)")
        #expect(findings.leaking == 0, "\(findings)")
        let rest = try watch.leasesAtRest(of: "b")
        #expect(rest.open == 0 && rest.holding == 0, "\(rest)")
        print(
            "WITNESS \(kills) kills of eight: \(counts.passed) calls, limit \(limit), billed \(billed),",
            "spent \(spent), held for the dead \(leased), \(findings.commits) commits, overspent",
            "\(findings.overspent), \(findings.compared) times granted = captured + held + free,",
            "\(findings.silent) times not told")
    }

    /// What is spent, leased and left.
    private static func sum(_ standing: [String: Any]) throws -> Decimal {
        try amount("spent", standing) + amount("leased", standing) + amount("remaining", standing)
    }

    private static func amount(_ name: String, _ standing: [String: Any]) throws -> Decimal {
        try #require(Decimal(string: standing[name] as? String ?? ""))
    }
}
