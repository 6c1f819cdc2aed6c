// Budgets of a tenant, of a user and of a key beside each other: none takes another's place.
import Foundation
import Testing

@Suite(.serialized) struct BudgetScopeTests {
    @Test("tenant, user and key have limits of their own; all count a call, and all that refuse it are named")
    func everyScopeCounts() throws {
        let gate = try KeyServingTests.Gate("budget-scopes")
        defer { gate.tearDown() }
        let alice = try gate.key("--tenant acme --user alice")
        let bob = try gate.key("--tenant acme --user bob")
        func set(_ name: String, _ scope: [String], _ limit: String) throws {
            try gate.deployment.run(
                ["budget", "set", name] + scope + ["--unit", "requests", "--limit", limit])
        }
        try set("b-team", ["--tenant", "acme"], "100")
        try set("b-alice", ["--user", "alice"], "100")
        try set("b-key", ["--key", alice.id], "0")
        try gate.deployment.start()
        let asAlice = "Authorization: Bearer \(alice.secret)\r\n"
        let asBob = "Authorization: Bearer \(bob.secret)\r\n"
        func refusals(_ headers: String) -> Set<String> {
            let answer = gate.call(headers)
            guard answer.status == 429 else { return answer.status == 200 ? [] : ["\(answer)"] }
            return Set(["b-team", "b-alice", "b-key"].filter { answer.text.contains($0) })
        }
        try waitUntil("the key's own limit holds") { refusals(asAlice) == ["b-key"] }
        #expect(refusals(asBob) == [])
        // The key's limit goes; a user's holds also where the key belongs to a tenant, and the tenant's too.
        try set("b-key", ["--key", alice.id], "none")
        try waitUntil("nothing refuses") { refusals(asAlice) == [] }
        try set("b-alice", ["--user", "alice"], "0")
        try set("b-team", ["--tenant", "acme"], "0")
        try waitUntil("both refuse") { refusals(asAlice) == ["b-team", "b-alice"] }
        #expect(refusals(asBob) == ["b-team"])
        try gate.deployment.stop()
    }
}
