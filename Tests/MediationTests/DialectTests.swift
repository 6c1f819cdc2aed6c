import Foundation
import Terms
import Testing

@testable import Mediation

/// One exchange written from the facts, with what has to come out of it: `Fixtures/Dialects/*.json`.
struct DialectFixture: CustomTestStringConvertible, Sendable {
    let name: String
    let replay: Arguments
    let forwarded: [UInt8]
    /// Expected fields by name; a missing name is not compared, null is.
    nonisolated(unsafe) let expected: [String: Any]

    struct Arguments: Sendable {
        var path: String
        var host: String
        var provider: String?
        var method: String
        var request: String
        var status: Int
        var headers: [String: String]
        var body: [UInt8]
        var ending: ExchangeEnding
        var asks: Bool

        func play(_ pieces: [[UInt8]]) -> Replay {
            Replay(
                path: path, host: host, provider: provider, request: request, status: status,
                headers: headers, pieces: pieces, ending: ending, asksForUsage: asks, method: method)
        }
    }

    var testDescription: String { name }

    static func all() throws -> [DialectFixture] {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("Fixtures/Dialects")
        return try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
            .filter { $0.pathExtension == "json" }.sorted { $0.path < $1.path }.map { try DialectFixture($0) }
    }

    init(_ file: URL) throws {
        let data = try Data(contentsOf: file)
        let object = try #require(JSONSerialization.jsonObject(with: data) as? [String: Any])
        name = file.deletingPathExtension().lastPathComponent
        let fragments = try Self.fragments(object)
        let withheld = object["withheld"] as? [Int] ?? []
        let request = try JSONSerialization.data(
            withJSONObject: object["request"] as Any, options: [.sortedKeys, .withoutEscapingSlashes])
        replay = Arguments(
            path: try #require(object["path"] as? String), host: try #require(object["host"] as? String),
            provider: object["provider"] as? String, method: object["method"] as? String ?? "POST",
            request: String(decoding: request, as: UTF8.self),
            status: try #require(object["status"] as? Int),
            headers: try #require(object["headers"] as? [String: String]),
            body: fragments.flatMap { $0 }, ending: Self.ending(object["ending"] as? String),
            asks: object["asks"] as? Bool ?? false)
        forwarded = fragments.enumerated().filter { !withheld.contains($0.offset) }.flatMap(\.element)
        expected = try #require(object["expected"] as? [String: Any])
    }

    /// The body's pieces: text as it stands, or messages of an AWS event stream.
    private static func fragments(_ object: [String: Any]) throws -> [[UInt8]] {
        guard let frames = object["frames"] as? [[String: Any]] else {
            return try #require(object["body"] as? [String]).map { Array($0.utf8) }
        }
        let isWrapped = object["wrapped"] as? Bool ?? false
        return try frames.map { frame in
            var payload = Data(try #require(frame["payload"] as? String).utf8)
            if isWrapped {
                payload = Data(#"{"p":"ab","bytes":"\#(payload.base64EncodedString())"}"#.utf8)
            }
            var message = EventStreamMessage.bytes(
                Array(payload), type: frame["type"] as? String ?? "event")
            if frame["damaged"] as? Bool == true { message[message.count - 5] ^= 1 }
            return message
        }
    }

    private static func ending(_ name: String?) -> ExchangeEnding {
        switch name {
        case "truncated": .truncated
        case "client_gone": .clientGone(drained: false)
        case "client_drained": .clientGone(drained: true)
        default: .complete
        }
    }

    /// The record's fields in the form of the fixtures.
    static func fields(_ usage: Usage) -> [String: Any] {
        let tokens = usage.tokens
        let plain: [String: Any?] = [
            "usage_status": usage.status.rawValue, "completeness": usage.completeness.rawValue,
            "not_billable": usage.notBillable?.rawValue, "api": usage.api, "stream": usage.stream,
            "model": usage.model, "model_requested": usage.modelRequested, "response_id": usage.responseID,
            "finish_reason": usage.finishReason, "service_tier": usage.serviceTier,
            "provider_cost_usd": usage.providerCostUSD, "raw_usage": usage.rawUsage,
            "input_tokens": tokens.input, "cache_read_tokens": tokens.cacheRead,
            "cache_write_tokens": tokens.cacheWrite, "cache_write_1h_tokens": tokens.cacheWrite1h,
            "audio_input_tokens": tokens.audioInput, "image_input_tokens": tokens.imageInput,
            "tool_prompt_tokens": tokens.toolPrompt, "output_tokens": tokens.output,
            "reasoning_tokens": tokens.reasoning, "audio_output_tokens": tokens.audioOutput,
            "web_searches": tokens.webSearches, "anomalies": usage.anomalies.map(\.rawValue),
            "components": usage.components.map { component in
                [
                    "role": component.role.rawValue, "model": component.model ?? "",
                    "meters": Dictionary(
                        uniqueKeysWithValues: component.readings.map {
                            ($0.meter.rawValue, $0.quantity.plain)
                        }),
                ] as [String: Any]
            }, "estimate": usage.estimate.map { estimate(of: $0) },
            "selectors": usage.components.first.map { selectors(of: $0.selectors) },
        ]
        return plain.mapValues { $0 ?? NSNull() }
    }

    private static func estimate(of estimate: Estimate) -> [String: Any] {
        [
            "input_tokens": estimate.inputTokens as Any? ?? NSNull(),
            "output_tokens": estimate.outputTokens as Any? ?? NSNull(),
            "upper_output_tokens": estimate.upperOutputTokens as Any? ?? NSNull(),
        ]
    }

    private static func selectors(of selectors: Selectors) -> [String: Any] {
        [
            "speed": selectors.speed as Any? ?? NSNull(), "geo": selectors.geo as Any? ?? NSNull(),
            "region": selectors.region as Any? ?? NSNull(),
            "service_tier": selectors.serviceTier as Any? ?? NSNull(),
            "context_tokens": selectors.contextTokens as Any? ?? NSNull(),
        ]
    }
}

@Suite struct DialectTests {
    @Test("an exchange yields what is written beside it", arguments: try DialectFixture.all())
    func fields(of fixture: DialectFixture) {
        let replay = fixture.replay.play([fixture.replay.body])
        var expected = fixture.expected
        if expected["anomalies"] == nil { expected["anomalies"] = [String]() }
        let made = DialectFixture.fields(replay.usage)
        for (name, value) in expected.sorted(by: { $0.key < $1.key }) {
            let found = made[name].map { Self.canonical($0) }
            #expect(found == Self.canonical(value), "\(fixture.name): \(name)")
        }
        #expect(replay.forwarded == fixture.forwarded)
    }

    /// One spelling per value.
    static func canonical(_ value: Any) -> String {
        let data = try? JSONSerialization.data(
            withJSONObject: ["": value], options: [.sortedKeys, .withoutEscapingSlashes])
        return data.map { String(decoding: $0, as: UTF8.self) } ?? "no JSON"
    }

    @Test("it does not matter where the bytes are cut", arguments: try DialectFixture.all())
    func cuts(of fixture: DialectFixture) {
        let body = fixture.replay.body
        let whole = fixture.replay.play([body])
        for cut in 0...body.count {
            let replay = fixture.replay.play([Array(body[..<cut]), Array(body[cut...])])
            #expect(replay.usage == whole.usage, "cut at \(cut)")
            #expect(replay.forwarded == whole.forwarded, "cut at \(cut)")
        }
        let single = fixture.replay.play(body.map { [$0] })
        #expect(single.usage == whole.usage)
        #expect(single.forwarded == whole.forwarded)
    }
}
