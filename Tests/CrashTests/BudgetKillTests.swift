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
        let deployment = try BudgetServeTests.deployment("budget-kill", extra: "budgets:\n  mode: worst")
        defer { deployment.tearDown() }
        var limit: Decimal = 2
        try deployment.run(["budget", "set", "b", "--tenant", "acme", "--limit", "\(limit)"])
        let watch = try BudgetWatch(deployment)
        let fleet = try Fleet(deployment, count: 8)
        defer { fleet.stop() }
        try fleet.waitForBudget()
        let clients = Spenders(
            ports: fleet.sidecars.map(\.port), clients: 16, refusals: 3, body: BudgetServeTests.body(),
            headers: BudgetServeTests.used + "x-sim-first: 200\r\n", isEndless: true)
        var dice = SystemRandomNumberGenerator()
        for _ in 0..<Self.kills {
            let number = Int.random(in: 0..<8, using: &dice)
            fleet.kill(number)
            let standing = try fleet.budget("b")
            // A posting whose acknowledgement died with its sidecar may be reserved twice: never less.
            #expect(try Self.sum(standing) >= limit)
            // There is always something left to die for.
            if try Self.amount("remaining", standing) < 1 {
                limit += 1
                try deployment.run(["budget", "set", "b", "--limit", "\(limit)"])
            }
            try fleet.start(number)
        }
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
        let standing = try fleet.budget("b")
        #expect(try Self.sum(standing) == limit)
        let spent = try Self.amount("spent", standing)
        let leased = try Self.amount("leased", standing)
        // Every answer of the provider, whoever recorded it: 150 tokens of 0.0001.
        let billed = Decimal(try deployment.billed().count) * Decimal(string: "0.015")!
        #expect(billed <= limit)
        #expect(spent <= limit)
        // Calls whose end nobody saw are booked at their bound of 0.02; all others as they were billed.
        let complete = try deployment.records().filter { $0["completeness"] as? String == "complete" }
        #expect(Decimal(complete.count) * Decimal(string: "0.015")! <= billed)
        #expect(try Self.amount("bound", standing) == 0)
        // What is left is smaller than a call, or held for calls whose end nobody saw.
        #expect(spent + leased >= limit * Decimal(string: "0.99")!)
        #expect(try Self.amount("held", standing) == leased)
        let findings = try watch.findings(of: "b")
        #expect(findings.bookings > 0 && findings.commits > Self.kills)
        #expect(findings.beyondBound == 0 && findings.overspent == "0", "\(findings)")
        #expect(findings.unbooked == 0 && findings.unsettled == 0, "\(findings)")
        #expect(findings.overdrawn == 0, "\(findings)")
        print(
            "\(Self.kills) kills of eight: \(counts.passed) calls, limit \(limit), billed \(billed), spent",
            "\(spent), held for the dead \(leased), \(findings.commits) commits, overspent",
            findings.overspent)
    }

    /// What is spent, leased and left.
    private static func sum(_ standing: [String: Any]) throws -> Decimal {
        try amount("spent", standing) + amount("leased", standing) + amount("remaining", standing)
    }

    private static func amount(_ name: String, _ standing: [String: Any]) throws -> Decimal {
        try #require(Decimal(string: standing[name] as? String ?? ""))
    }
}
