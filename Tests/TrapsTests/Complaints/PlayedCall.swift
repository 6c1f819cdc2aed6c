// One call for the tests of complaints: a few words about it in, its usage and its price out.
import Documents
import Foundation
import Rating
import Terms
import Testing

@testable import Mediation

struct PlayedCall {
    var path = "/v1/chat/completions"
    var host = "llm.example"
    var provider: String?
    var method = "POST"
    var request = #"{"model":"m","messages":[{"role":"user","content":"When is tea?"}]}"#
    var status = 200
    var type = "application/json"
    var body: String
    var ending = ExchangeEnding.complete

    static func anthropic(_ body: String, streams: Bool = false) -> PlayedCall {
        PlayedCall(
            path: "/v1/messages", host: "api.anthropic.com",
            type: streams ? "text/event-stream" : "application/json", body: body)
    }

    static func gemini(_ usage: String, host: String = "generativelanguage.googleapis.com") -> PlayedCall {
        PlayedCall(
            path: "/v1beta/models/m:generateContent", host: host,
            body: #"{"candidates":[{"content":{"parts":[{"text":"At four."}]},"finishReason":"STOP"}],"#
                + #""usageMetadata":\#(usage),"modelVersion":"m"}"#)
    }

    /// A chat completion with this usage object.
    static func chat(_ usage: String, host: String = "llm.example", provider: String? = nil) -> PlayedCall {
        PlayedCall(
            host: host, provider: provider,
            body: #"{"id":"c","model":"m","choices":[{"index":0,"message":{"content":"At four."},"#
                + #""finish_reason":"stop"}],"usage":\#(usage)}"#)
    }

    /// Server-sent events of these payloads, named by their types.
    static func events(_ payloads: [String]) -> String {
        payloads.map { payload in
            let object = try? JSONSerialization.jsonObject(with: Data(payload.utf8)) as? [String: Any]
            let name = (object?["type"] as? String).map { "event: \($0)\n" } ?? ""
            return "\(name)data: \(payload)\n\n"
        }.joined()
    }

    var usage: Usage { usage() }

    func usage(refusedCacheRead: Int64? = nil) -> Usage {
        let opening = ExchangeOpening(method: method, path: path, host: host, provider: provider)
        var mediator = Mediator(opening)
        mediator.requestBody(Array(request.utf8).span)
        mediator.requestEnd()
        mediator.responseHead(status: status) { $0 == "content-type" ? type : nil }
        _ = mediator.responseBody(Array(body.utf8).span)
        return mediator.finish(ending)
    }

    /// Rates of model `m`, USD per million, by meter.
    func rated(_ rates: [String: String], sameAs: String = "{}") throws -> Rated {
        let usage = usage
        let lines = rates.sorted { $0.key < $1.key }
            .map { "    \($0.key): {amount: \"\($0.value)\", per: 1000000}" }
        let file = """
            provider: \(usage.provider)
            currency: USD
            prices:
            - id: p/m/1
              models: ["*"]
              from: 2026-01-01
              source: https://prices.example/
              checked: 2026-11-21
              rates:
            \(lines.joined(separator: "\n"))
              same_as: \(sameAs)
            """
        let book = try PriceBook(
            version: "test", files: [PriceFile(Document.yaml(file), name: "p.yaml")])
        return book.rate(usage, upstream: "u", at: Instant(rfc3339: "2026-11-20T12:00:00Z")!)
    }
}

extension Usage {
    /// The meters of a component as text.
    func meters(_ component: Int = 0) -> [String: String] {
        guard components.indices.contains(component) else { return [:] }
        return Dictionary(
            uniqueKeysWithValues: components[component].readings.map {
                ($0.meter.rawValue, $0.quantity.plain)
            })
    }

    /// The tokens that enter and leave the model, over all components.
    var sides: [Int64] {
        let readings = components.flatMap(\.readings)
        return [readings.filter(\.meter.isInputTokens), readings.filter(\.meter.isOutputTokens)].map {
            $0.reduce(0) { $0 + ($1.quantity.whole ?? 0) }
        }
    }
}
