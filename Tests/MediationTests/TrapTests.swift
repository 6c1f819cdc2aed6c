import Foundation
import Terms
import Testing

@testable import Mediation

/// The collection of known traps named by `$TOLLBOOK_TRAPS`, for the surfaces that are read so far: a
/// trap that is not exact and not in the list of what comes later fails.
@Suite struct TrapTests {
    static let path = ProcessInfo.processInfo.environment["TOLLBOOK_TRAPS"]

    /// Traps of surfaces and rules that are not read yet.
    static let later: Set<String> = [
        "ant-fallback-credit-redeemed",  // needs the refused attempt's record
        "oai-moderation-free-no-usage",  // the request itself as a meter
        "gem-continuation-hops-sum", "openrouter-byok-cost-plus-upstream",
        "openrouter-nonbyok-upstream-not-added", "oai-images-svg-usage-second-model",
        "oai-images-text-image-split", "oai-realtime-multi-response-cancelled",
        "oai-transcription-token-split", "groq-whisper-10s-minimum", "mistral-ocr-pages-annotation",
        "cohere-billed-units-vs-tokens", "cohere-rerank-search-units", "cloudflare-result-usage",
    ]

    static let statuses = ["reported_partial": "partial", "mixed": "estimated"]
    static let endings = ["aborted_by_client": "client_aborted"]
    static let roles = ["fallback_served": "fallback"]

    @Test(.enabled(if: path != nil, "TOLLBOOK_TRAPS is not set")) func trapsAreExact() throws {
        let data = try Data(contentsOf: URL(fileURLWithPath: Self.path!))
        let traps = try #require(JSONSerialization.jsonObject(with: data) as? [[String: Any]])
        var exact = 0
        for trap in traps {
            let id = trap["id"] as! String
            if Self.later.contains(id) || trap["provider"] as! String == "aws-bedrock" { continue }
            let expected = trap["expected"] as! [String: Any]
            let usage = Self.usage(of: trap)
            #expect(Self.components(usage) == Self.components(expected), "\(id)")
            let status = expected["usage_status"] as! String
            #expect(usage.status.rawValue == Self.statuses[status] ?? status, "\(id)")
            let completeness = expected["completeness"] as! String
            #expect(usage.completeness.rawValue == Self.endings[completeness] ?? completeness, "\(id)")
            exact += 1
        }
        #expect(exact > 40)
    }

    static func usage(of trap: [String: Any]) -> Usage {
        let request = trap["request"] as! [String: Any]
        let fragments = (trap["response_fragments"] as? [String] ?? []).map { Array($0.utf8) }
        let headers = trap["response_headers"] as? [String: String] ?? [:]
        let numbers = (trap["context"] as? [String: Any])?["estimator"] as? [String: Int] ?? [:]
        let estimator = Estimator(
            method: "given", version: 1,
            input: { _ in EstimatedTokens(point: Int64(numbers["input_tokens"] ?? 0), upper: 0) },
            output: { _ in EstimatedTokens(point: Int64(numbers["output_tokens"] ?? 0), upper: 0) })
        var body = "{}"
        if let object = request["body"], let data = try? JSONSerialization.data(withJSONObject: object) {
            body = String(decoding: data, as: UTF8.self)
        }
        let aborted = (trap["expected"] as! [String: Any])["completeness"] as! String == "aborted_by_client"
        // Polls of background work are one exchange each; the last one carries the usage.
        let pieces = request["method"] as? String == "GET" ? [fragments.last!] : fragments
        return Replay(
            path: request["path"] as! String, host: request["host"] as! String,
            provider: (trap["provider"] as? String).flatMap { Provider.named($0)?.name }, request: body,
            headers: Dictionary(uniqueKeysWithValues: headers.map { ($0.key.lowercased(), $0.value) }),
            pieces: pieces, ending: aborted ? .clientGone(drained: false) : .complete,
            method: request["method"] as? String ?? "POST", estimator: estimator
        ).usage
    }

    static func components(_ usage: Usage) -> [[String: String]] {
        usage.components.map { component in
            var cells = ["role": component.role.rawValue, "model": component.model ?? ""]
            for reading in component.readings { cells[reading.meter.rawValue] = reading.quantity.plain }
            return cells
        }
    }

    static func components(_ expected: [String: Any]) -> [[String: String]] {
        (expected["components"] as! [[String: Any]]).map { component in
            let role = component["role"] as! String
            var cells = ["role": roles[role] ?? role, "model": component["model"] as? String ?? ""]
            for key in ["cells", "meters"] {
                for (name, value) in component[key] as? [String: Any] ?? [:] where "\(value)" != "0" {
                    cells[name] = "\(value)"
                }
            }
            return cells
        }
    }
}
