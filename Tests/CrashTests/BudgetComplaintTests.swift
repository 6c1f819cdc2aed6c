// What users of other gateways complained about, where it takes the whole program to show that it does not
// happen.
import Foundation
import Synchronization
import Testing

@Suite(.serialized) struct BudgetComplaintTests {
    private static func isInForce(_ port: UInt16) -> Bool {
        BudgetServeTests.call(port, BudgetServeTests.body("m-nobody-knows")).status == 400
    }

    @Test(
        "complaint 51: callers that are trusted hold like everybody else: of eight at once exactly three pass"
    )
    func trustedCallersHold() throws {
        let deployment = try BudgetServeTests.deployment("budget-51", extra: "budgets:\n  mode: worst")
        defer { deployment.tearDown() }
        try deployment.run(["budget", "set", "b", "--tenant", "acme", "--limit", "0.07"])
        try deployment.start()
        try waitUntil("the budget is in force") { Self.isInForce(deployment.port) }
        let port = deployment.port
        let statuses = Mutex<[Int]>([])
        for _ in 0..<8 {
            Thread.detachNewThread {
                // Loopback is trusted, and names the tenant itself.
                let status = BudgetServeTests.call(
                    port, headers: BudgetServeTests.used + "x-sim-first: 3000\r\n"
                ).status
                statuses.withLock { $0.append(status) }
            }
        }
        try waitUntil("all are answered") { statuses.withLock { $0.count } == 8 }
        let counts = statuses.withLock { statuses in Dictionary(grouping: statuses, by: \.self) }
        // Each holds 0.02.
        #expect(counts[200]?.count == 3 && counts[429]?.count == 5, "\(counts)")
        try deployment.stop()
    }

    @Test("complaint 60: a user's limit holds wherever the user's name comes from: key, header or body")
    func oneResolver() throws {
        let deployment = try BudgetServeTests.deployment("budget-60")
        defer { deployment.tearDown() }
        try deployment.run(["budget", "set", "alice", "--user", "alice", "--limit", "0"])
        let made = try deployment.run([
            "key", "create", "--tenant", "acme", "--user", "alice", "--format", "json",
        ])
        let key =
            try #require(
                try JSONSerialization.jsonObject(with: Data(made.utf8)) as? [String: Any])["secret"]
            as? String
        let secret = try #require(key)
        try deployment.start()
        let port = deployment.port
        let header = "X-Tollbook-Tenant: acme\r\nX-Tollbook-User: alice\r\n"
        try waitUntil("the budget is in force") { BudgetServeTests.call(port, headers: header).status == 429 }
        let body = BudgetServeTests.body().replacing(#"{"model""#, with: #"{"user":"alice","model""#)
        let claude = #"{"model":"m-1","max_tokens":9,"metadata":{"user_id":"alice"},"messages":[]}"#
        #expect(BudgetServeTests.call(port, body).status == 429)
        #expect(BudgetServeTests.call(port, claude, path: "/openai/v1/messages").status == 429)
        #expect(BudgetServeTests.call(port, headers: "Authorization: Bearer \(secret)\r\n").status == 429)
        // The key fixes the user: another name in the header does not help.
        let disguised = "Authorization: Bearer \(secret)\r\nX-Tollbook-User: bob\r\n"
        #expect(BudgetServeTests.call(port, headers: disguised).status == 429)
        #expect(BudgetServeTests.call(port, headers: header.replacing("alice", with: "bob")).status == 200)
        try deployment.stop()
    }

    @Test("complaint 63: when nothing can be posted the limit holds all the same")
    func withoutPosting() throws {
        let deployment = try BudgetServeTests.deployment("budget-63", extra: "budgets:\n  mode: worst")
        defer { deployment.tearDown() }
        try deployment.run(["budget", "set", "b", "--tenant", "acme", "--limit", "0.1"])
        try deployment.start()
        try waitUntil("the budget is in force") { Self.isInForce(deployment.port) }
        #expect(BudgetServeTests.call(deployment.port).status == 200)
        try deployment.stopDatabase()
        var passed = 1
        for _ in 0..<20 {
            let status = BudgetServeTests.call(deployment.port).status
            #expect([200, 429, 503].contains(status))
            if status == 200 { passed += 1 }
        }
        // 0.015 each, and 0.02 have to be free.
        #expect(passed <= 6, "\(passed)")
        try deployment.startDatabase()
        try deployment.stop()
    }

    @Test(
        "complaints 48 and 64: a call's charge lands: spent grows, what remains shrinks, never over the bound"
    )
    func chargesLand() throws {
        let deployment = try BudgetServeTests.deployment("budget-64")
        defer { deployment.tearDown() }
        try deployment.run(["budget", "set", "b", "--tenant", "acme", "--limit", "1"])
        try deployment.start()
        try waitUntil("the budget is in force") { Self.isInForce(deployment.port) }
        for _ in 0..<3 { #expect(BudgetServeTests.call(deployment.port).status == 200) }
        func page() -> String {
            guard
                case .complete(200, let bytes) = HTTPClient.post(
                    port: deployment.adminPort, path: "/metrics", headers: "", body: "", method: "GET")
            else { return "" }
            return String(decoding: bytes, as: UTF8.self)
        }
        try waitUntil("the charges are known") {
            page().contains(#"tollbook_budget_spent{budget="b",unit="USD"} 0.045"#)
        }
        let metrics = page()
        #expect(metrics.contains(#"tollbook_budget_limit{budget="b",unit="USD"} 1"#))
        #expect(metrics.contains(#"tollbook_budget_over_bound{budget="b",unit="USD"} 0"#))
        #expect(metrics.contains(#"tollbook_budget_bound{budget="b",unit="USD"} 0"#), "\(metrics)")
        try deployment.stop()
        let shown = try deployment.run(["budget", "show", "b", "--format", "json"])
        #expect(shown.contains(#""spent":"0.045""#) && shown.contains(#""remaining":"0.955""#))
    }
}
