// Budgets in the built program: what is refused, how, and what several sidecars let pass together.
import Foundation
import Testing

@Suite(.serialized) struct BudgetServeTests {
    /// One output token costs 0.0001 USD, input nothing.
    private static let prices =
        "provider: openai\ncurrency: USD\nprices:\n- id: openai/m-1/2026\n  models: [m-1]\n"
        + "  from: 2026-01-01\n  source: https://example.com\n  checked: 2026-01-01\n  rates:\n"
        + "    in.text.fresh: {amount: \"0\", per: 1000000}\n"
        + "    out.text: {amount: \"100\", per: 1000000}\n"
        + "- id: openai/m-free/2026\n  models: [m-free]\n  from: 2026-01-01\n"
        + "  source: https://example.com\n  checked: 2026-01-01\n  rates:\n"
        + "    in.text.fresh: {amount: \"0\", per: 1000000}\n"
        + "    out.text: {amount: \"0\", per: 1000000}\n"

    /// - Parameter hasFewPrices: reads no others at a start, so that it is quick.
    static func deployment(
        _ name: String, extra: String = "", hasFewPrices: Bool = false
    ) throws -> Deployment {
        let deployment = try Deployment(name, extra: extra, hasFewPrices: hasFewPrices)
        let file = deployment.directory + "/prices.yaml"
        try prices.write(toFile: file, atomically: true, encoding: .utf8)
        try deployment.run(["prices", "load", "--prices", file])
        return deployment
    }

    static func body(_ model: String = "m-1", maximum: Int? = 200) -> String {
        let limit = maximum.map { #","max_tokens":\#($0)"# } ?? ""
        return
            #"{"model":"\#(model)"\#(limit),"messages":[{"role":"user","content":"When is tea?"}]}"#
    }

    static let used = "x-sim-input: 5\r\nx-sim-output: 150\r\nX-Tollbook-Tenant: acme\r\n"

    static func call(
        _ port: UInt16, _ body: String = BudgetServeTests.body(),
        headers: String = BudgetServeTests.used,
        path: String = "/openai/v1/chat/completions"
    ) -> (status: Int, text: String) {
        guard
            case .complete(let status, let bytes) = HTTPClient.post(
                port: port, path: path, headers: headers, body: body)
        else { return (0, "") }
        return (status, String(decoding: bytes, as: UTF8.self))
    }

    @Test(
        "complaints 48, 56, 58 and 59: zero blocks, free calls and other tenants pass, unpriced models do not"
    )
    func refusals() throws {
        let deployment = try Self.deployment("budget-zero")
        defer { deployment.tearDown() }
        try deployment.run(["budget", "set", "none-for-acme", "--tenant", "acme", "--limit", "0"])
        try deployment.start()
        try waitUntil("the budget is in force") { Self.call(deployment.port).status == 429 }
        let refused = Self.call(deployment.port)
        let error = try #require(
            (try JSONSerialization.jsonObject(with: Data(refused.text.utf8)) as? [String: Any])?["error"]
                as? [String: Any])
        #expect(error["type"] as? String == "insufficient_quota")
        #expect(error["code"] as? String == "insufficient_quota")
        let words = try #require(error["message"] as? String)
        #expect(words.contains("none-for-acme") && words.contains("tenant=acme") && words.contains("0.02"))
        #expect(Self.call(deployment.port, Self.body("m-free")).status == 200)
        let other = Self.used.replacing("acme", with: "globex")
        #expect(Self.call(deployment.port, headers: other).status == 200)
        let unpriced = Self.call(deployment.port, Self.body("m-nobody-knows"))
        #expect(unpriced.status == 400 && unpriced.text.contains("budget.unpriced-model"))
        let claude = Self.call(
            deployment.port, #"{"model":"m-1","max_tokens":9,"messages":[]}"#, path: "/openai/v1/messages")
        #expect(claude.status == 429 && claude.text.contains(#""type":"rate_limit_error""#))
        // A raised limit is in force within five seconds, and nothing was reset or restarted.
        try deployment.run(["budget", "set", "none-for-acme", "--limit", "1"])
        try waitUntil("the raise is in force") { Self.call(deployment.port).status == 200 }
        try deployment.stop()
        let records = try deployment.records()
        let refusedRecords = records.filter { $0["completeness"] as? String == "refused" }
        #expect(refusedRecords.count >= 4)
        #expect(refusedRecords.allSatisfy { ($0["cost"] as? [String: Any])?["list"] as? String == "0" })
    }
}
