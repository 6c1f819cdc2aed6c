// From the bytes of an exchange with OpenRouter to the charge, with the price file as it is shipped.
import Documents
import Foundation
import Rating
import Terms
import Testing

@testable import Mediation

@Suite struct StatedCostTests {
    private static func rated(_ usage: String, upstream: String = "openrouter") throws -> Rated {
        let answer =
            #"{"id":"gen-1","object":"chat.completion","model":"openai/gpt-5","choices":[{"index":0,"#
            + #""message":{"role":"assistant","content":"At four."},"finish_reason":"stop"}],"#
            + #""usage":\#(usage)}"#
        let line: [String: Any] = [
            "id": "x", "provider": "openrouter", "api": "chat_completions", "stream": false,
            "request": [
                "method": "POST", "path": "/api/v1/chat/completions", "host": "openrouter.ai",
                "headers": ["content-type": "application/json"],
                "body": #"{"model":"openai/gpt-5","messages":[]}"#,
            ],
            "response": [
                "status": 200, "headers": ["content-type": "application/json"], "body": answer,
            ],
        ]
        let bytes = Array(try JSONSerialization.data(withJSONObject: line))
        let file = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "pricing/openrouter.yaml")
        let prices = try PriceFile(Document.yaml(Array(Data(contentsOf: file))), name: "openrouter.yaml")
        let book = try PriceBook(version: "shipped", files: [prices])
        let exchange = try RecordedExchange(line: bytes.span)
        return book.rate(exchange.usage(), upstream: upstream, at: Instant(rfc3339: "2026-11-20T12:00:00Z")!)
    }

    @Test("what OpenRouter states is charged; its discount for the cache is in that amount already")
    func stated() throws {
        let rated = try Self.rated(
            #"{"prompt_tokens":194,"completion_tokens":20,"total_tokens":214,"cost":0.0125,"is_byok":false,"#
                + #""cache_discount":-0.0004,"prompt_tokens_details":{"cached_tokens":60},"#
                + #""cost_details":{"upstream_inference_cost":0.0121}}"#)
        #expect(rated.charges.map(\.meter) == [.providerCost] && rated.unpriced.isEmpty)
        #expect(rated.charges.map(\.rateID) == ["openrouter/stated-cost/2023-01"])
        #expect(rated.cost.list == Money("0.0125"))
    }

    @Test("with a key of one's own the fee and the other provider's amount are both owed")
    func ownKey() throws {
        let rated = try Self.rated(
            #"{"prompt_tokens":194,"completion_tokens":20,"total_tokens":214,"cost":0.000605,"is_byok":true,"#
                + #""cost_details":{"upstream_inference_cost":0.0121}}"#)
        #expect(rated.charges.map(\.meter) == [.providerCost, .upstreamCost])
        #expect(rated.cost.list == Money("0.012705"))
    }

    @Test("a free model costs nothing, a tenth of a nano-dollar is rounded, no statement is unpriced")
    func edges() throws {
        let tokens = #""prompt_tokens":194,"completion_tokens":20,"total_tokens":214"#
        #expect(try Self.rated("{\(tokens),\"cost\":0}").cost.list == .zero)
        #expect(try Self.rated("{\(tokens),\"cost\":1.31251e-05}").cost.list == Money("0.000013125"))
        let silent = try Self.rated("{\(tokens)}")
        #expect(silent.cost.list == nil && silent.unpriced.map(\.meter) == [.freshInput, .output])
    }
}
