// Refusals by budgets in every dialect's own shape, with the numbers and the fields that SDKs act on.
import Bookkeeping
import Foundation
import Relay
import Terms
import Testing

@testable import Commands
@testable import Wire

@Suite struct BudgetRefusalTests {
    private static let at = Instant(rfc3339: "2026-11-30T23:59:00Z")!

    private static func violation(
        _ name: String, unit: BudgetUnit = .money(.usd), window: String = "month", reset: Int64? = 60
    ) -> AdmissionRefusal.Violation {
        let rule = WindowRule(window, timezone: "UTC", anchorDay: 1)!
        return AdmissionRefusal.Violation(
            budget: Budget(
                name: name, scope: BudgetScope(tenant: "acme"), unit: unit, window: rule,
                limit: BudgetAmount("10")),
            limit: BudgetAmount("10")!, spent: BudgetAmount("9.5")!, leased: BudgetAmount("0.25")!,
            needs: BudgetAmount("0.5")!, window: rule.window(at: at, zone: .utc), reset: reset)
    }

    private func answer(
        _ dialect: String, _ violations: [AdmissionRefusal.Violation]
    ) throws -> (body: [String: Any], fields: [String: String], status: Int) {
        let response = AdmissionRefusal(reason: .exhausted(violations), at: Self.at).response(
            dialect: dialect)
        let body = try JSONSerialization.jsonObject(with: Data(response.body)) as? [String: Any]
        var fields: [String: String] = [:]
        for name in ["x-should-retry", "retry-after", "x-tollbook-budget", "ratelimit", "ratelimit-policy"] {
            fields[name] = Self.value(of: name, in: response)
        }
        return (try #require(body), fields, response.status)
    }

    private static func value(of name: String, in response: LocalResponse) -> String? {
        response.fields.first { $0.name.bytes == Array(name.utf8) }
            .map { String(decoding: $0.value, as: UTF8.self) }
    }

    @Test(
        "complaint 4208: each dialect's shape has every violated budget with its numbers",
        arguments: [
            "openai/chat", "anthropic/messages", "gemini/generate", "bedrock/converse", "cohere", "ollama",
        ])
    func shapes(dialect: String) throws {
        let (body, fields, status) = try answer(dialect, [Self.violation("one"), Self.violation("two")])
        #expect(status == 429)
        let error = body["error"] as? [String: Any]
        let words = error?["message"] as? String ?? body["error"] as? String ?? body["message"] as? String
        let text = try #require(words)
        for part in ["one (tenant=acme)", "two (tenant=acme)", "10 USD per month", "9.5", "0.25", "0.5"] {
            #expect(text.contains(part), "\(text)")
        }
        let listed = try #require((error?["budgets"] ?? body["budgets"]) as? [[String: Any]])
        #expect(listed.map { $0["name"] as? String } == ["one", "two"])
        #expect(fields["x-should-retry"] == "false" && fields["retry-after"] == "60")
        let line = try #require(fields["x-tollbook-budget"])
        #expect(
            line.hasPrefix(#"scope="tenant=acme";limit=10;spent=9.5;remaining=0.25;reset=60;budget="one""#))
        switch dialect {
        case "openai/chat": #expect(error?["code"] as? String == "insufficient_quota")
        case "anthropic/messages": #expect(error?["type"] as? String == "rate_limit_error")
        case "gemini/generate": #expect(error?["status"] as? String == "RESOURCE_EXHAUSTED")
        default: break
        }
    }

    @Test("a rate limit may be tried again within a minute, and is told in the IETF's fields")
    func rateLimit() throws {
        let (body, fields, _) = try answer(
            "openai/chat", [Self.violation("rpm", unit: .requests, window: "rolling:60s", reset: 7)])
        #expect((body["error"] as? [String: Any])?["code"] as? String == "rate_limit_exceeded")
        #expect(fields["x-should-retry"] == nil && fields["retry-after"] == "7")
        #expect(fields["ratelimit-policy"] == #""rpm";q=10;w=60"#)
        #expect(fields["ratelimit"] == #""rpm";r=0;t=7"#)
        let (_, now, _) = try answer(
            "openai/chat", [Self.violation("c", unit: .concurrent, window: "lifetime", reset: 1)])
        #expect(now["retry-after"] == "1" && now["x-should-retry"] == nil)
        #expect(now["ratelimit-policy"] == #""c";q=10;qu="concurrent-requests""#)
    }

    @Test("PostgreSQL away is tried again after two seconds; a missing price is not")
    func others() {
        let away = AdmissionRefusal(reason: .away, at: Self.at).response(dialect: "openai/chat")
        #expect(away.status == 503)
        #expect(Self.value(of: "retry-after", in: away) == "2")
        let unpriced = AdmissionRefusal(reason: .unpriced(model: "m", budget: "b"), at: Self.at)
        #expect(unpriced.status == 400 && unpriced.diagnosis.code == "budget.unpriced-model")
        let unread = AdmissionRefusal(reason: .unpriced(model: "", budget: "b"), at: Self.at)
        #expect(unread.diagnosis.problem.hasPrefix("nothing says which model"))
    }
}
