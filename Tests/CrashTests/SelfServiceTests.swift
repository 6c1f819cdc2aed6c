// What callers may ask about themselves: their own usage and budgets, by key, and nobody else's.
import Foundation
import Testing

@Suite(.serialized) struct SelfServiceTests {
    private static func get(_ port: UInt16, _ path: String, _ headers: String) -> (status: Int, text: String)
    {
        guard
            case .complete(let status, let bytes) = HTTPClient.post(
                port: port, path: path, headers: headers, body: "", method: "GET")
        else { return (0, "") }
        return (status, String(decoding: bytes, as: UTF8.self))
    }

    private static func object(_ text: String) throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    }

    @Test("a key's holder reads its own usage and budgets in the shape of `report`, and nobody else's")
    func usage() throws {
        let gate = try KeyServingTests.Gate("ownusage", "attribution:\n  trust_headers: none")
        defer { gate.tearDown() }
        let acme = try gate.key("--tenant acme --user alice")
        let other = try gate.key("--tenant acme --user bob")
        try gate.deployment.run(["budget", "set", "a", "--tenant", "acme", "--limit", "none"])
        try gate.deployment.run(["budget", "set", "g", "--tenant", "globex", "--limit", "9"])
        try gate.deployment.start()
        let mine = "Authorization: Bearer \(acme.secret)\r\n"
        for headers in [mine, mine, "x-api-key: \(other.secret)\r\n"] {
            #expect(gate.call(headers).status == 200)
        }
        let port = gate.deployment.port
        try waitUntil("the usage is posted") {
            let answer = Self.get(port, "/tollbook/v1/usage", mine)
            guard answer.status == 200 else { return false }
            let total = try #require(try Self.object(answer.text)["total"] as? [String: Any])
            return total["requests"] as? Int == 2
        }
        let daily = Self.get(port, "/tollbook/v1/usage?by=user,day&timezone=Europe%2FBerlin", mine)
        let report = try Self.object(daily.text)
        #expect(report["by"] as? [String] == ["user", "day"])
        let rows = try #require(report["rows"] as? [[String: Any]])
        #expect(rows.count == 1 && rows[0]["user"] as? String == "alice", "\(daily.text)")
        #expect(rows[0]["input_tokens"] as? Int == 12 && rows[0]["output_tokens"] as? Int == 8)
        // The key may also stand in the query, as Google's SDK sends it.
        let keyed = Self.get(port, "/tollbook/v1/usage?key=\(acme.secret)&month=2020-01", "")
        #expect(keyed.status == 200)
        #expect(try (Self.object(keyed.text)["rows"] as? [Any])?.isEmpty == true)
        try waitUntil("the budget is in force") {
            Self.get(port, "/tollbook/v1/budgets", mine).text.contains(#""name":"a""#)
        }
        let budgets = Self.get(port, "/tollbook/v1/budgets", mine).text
        #expect(!budgets.contains("globex"), "\(budgets)")
        for (path, headers, status, code) in [
            ("/tollbook/v1/usage", "", 401, "key-required"),
            ("/tollbook/v1/usage", "X-Tollbook-Tenant: acme\r\n", 401, "key-required"),
            ("/tollbook/v1/budgets", "", 401, "key-required"),
            ("/tollbook/v1/usage", mine + "X-Tollbook-Tenant: globex\r\n", 403, "other-tenant"),
            ("/tollbook/v1/usage", "x-api-key: tb_aaaa\r\n", 401, "key-unknown"),
            ("/tollbook/v1/usage?by=nobody", mine, 400, "usage.invalid-value"),
            ("/tollbook/v1/usage?tenant=globex", mine, 400, "usage.unknown-option"),
            ("/tollbook/v1/usage?month=2026-13", mine, 400, "usage.invalid-value"),
            ("/tollbook/v1/usage?timezone=Mars/Base", mine, 400, "time.unknown-zone"),
            ("/tollbook/v1/other", mine, 404, "relay.unknown-page"),
        ] {
            let answer = Self.get(port, path, headers)
            #expect(answer.status == status && answer.text.contains(code), "\(path): \(answer)")
        }
        try gate.deployment.stopDatabase()
        let away = Self.get(port, "/tollbook/v1/usage", mine)
        #expect(away.status == 503 && away.text.contains("usage.busy"), "\(away)")
        try gate.deployment.startDatabase()
        // What callers ask of the sidecar is no call to a provider.
        try gate.deployment.stop()
        #expect(try gate.deployment.records().count == 3)
    }
}
