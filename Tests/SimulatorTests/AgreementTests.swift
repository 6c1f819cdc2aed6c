// Two programs that share no code read the same numbers: what the simulator bills is what mediation reads
// from its bytes, for every surface, streamed or not, compressed or not, cut anywhere.
import Mediation
import Terms
import Testing

@testable import Simulator

@Suite struct AgreementTests {
    struct Surface: Sendable, CustomTestStringConvertible {
        let upstream: String
        let path: String
        let body: String
        var reasoning = true
        var cache = true
        var writes = false
        var searches = false
        var output = true
        var testDescription: String { "\(upstream)\(path) \(body)" }
    }

    static let surfaces: [Surface] = [
        Surface(upstream: "openai", path: "/v1/chat/completions", body: #""model":"m""#),
        Surface(upstream: "openai", path: "/v1/chat/completions", body: stream),
        Surface(upstream: "openai", path: "/v1/completions", body: #""model":"m""#),
        Surface(upstream: "openai", path: "/v1/completions", body: stream),
        Surface(upstream: "openai", path: "/v1/responses", body: #""model":"m""#, searches: true),
        Surface(upstream: "openai", path: "/v1/responses", body: stream, searches: true),
        Surface(
            upstream: "openai", path: "/v1/embeddings", body: #""model":"m""#, reasoning: false, cache: false,
            output: false),
        Surface(upstream: "deepseek", path: "/v1/chat/completions", body: #""model":"m""#),
        Surface(upstream: "deepseek", path: "/v1/chat/completions", body: stream),
        Surface(upstream: "deepseek", path: "/v1/chat/completions", body: #""model":"m","stream":true"#),
        Surface(
            upstream: "mistral", path: "/v1/chat/completions", body: stream, reasoning: false, cache: false),
        Surface(
            upstream: "anthropic", path: "/v1/messages", body: #""model":"m""#, writes: true, searches: true),
        Surface(upstream: "anthropic", path: "/v1/messages", body: stream, writes: true, searches: true),
        Surface(upstream: "google", path: "/v1beta/models/m:generateContent", body: #""contents":[]"#),
        Surface(
            upstream: "google", path: "/v1beta/models/m:streamGenerateContent?alt=sse",
            body: #""contents":[]"#),
        Surface(upstream: "google", path: "/v1beta/models/m:streamGenerateContent", body: #""contents":[]"#),
        Surface(upstream: "ollama", path: "/api/chat", body: #""model":"m""#, reasoning: false, cache: false),
        Surface(
            upstream: "ollama", path: "/api/generate", body: #""model":"m","stream":false"#, reasoning: false,
            cache: false),
    ]
    static let stream = #""model":"m","stream":true,"stream_options":{"include_usage":true}"#

    @Test("mediation reads what the simulator bills", arguments: surfaces)
    func agreement(surface: Surface) throws {
        let seed = surface.testDescription.utf8.reduce(7 as UInt64) { $0 &* 31 &+ UInt64($1) }
        var random = PartsTests.Random(state: seed)
        for round in 0..<25 {
            var hints = Self.hints(for: surface, &random)
            if round % 3 == 1 { hints["gzip"] = "always" }
            if round % 3 == 2 { hints["pieces"] = "\(round)" }
            let (answer, bytes) = try Self.answer(surface, hints)
            let usage = Self.usage(surface, answer, bytes, cut: random.next(bytes.count + 1))
            try Self.compare(usage, answer, surface)
        }
    }

    static func hints(for surface: Surface, _ random: inout PartsTests.Random) -> [String: String] {
        let input = 1 + random.next(100_000)
        let output = 1 + random.next(10_000)
        var hints = ["input": "\(input)", "output": "\(output)", "frames": "\(random.next(12))"]
        if surface.reasoning { hints["reasoning"] = "\(random.next(output))" }
        if surface.cache { hints["cached"] = "\(random.next(input / 2 + 1))" }
        if surface.writes {
            hints["write"] = "\(random.next(input / 4 + 1))"
            hints["write1h"] = "\(random.next(input / 4 + 1))"
        }
        if surface.searches { hints["searches"] = "\(random.next(3))" }
        return hints
    }

    /// The answer and its body's bytes, without transfer coding.
    static func answer(_ surface: Surface, _ hints: [String: String]) throws -> (Answer, [UInt8]) {
        var head = RequestHead()
        head.method = "POST"
        head.target = "/\(surface.upstream)\(surface.path)"
        head.fields = hints.sorted { $0.key < $1.key }.map { (name: "x-sim-\($0.key)", value: $0.value) }
        var responder = Responder(seed: 1, recordings: nil, journals: true)
        var answer = responder.answer(head, Array("{\(surface.body)}".utf8), SimulatorStatistics())
        try #require(answer.status == 200)
        answer.transfer = .close
        var delivery = Delivery(answer)
        var output: [UInt8] = []
        while delivery.step(into: &output) != .done(closes: true) {}
        let blank = try #require(
            (0..<output.count - 3).first { output[$0..<$0 + 4].elementsEqual([13, 10, 13, 10]) })
        return (answer, Array(output[(blank + 4)...]))
    }

    static func usage(_ surface: Surface, _ answer: Answer, _ bytes: [UInt8], cut: Int) -> Usage {
        let opening = ExchangeOpening(
            method: "POST", path: surface.path, host: "127.0.0.1", provider: surface.upstream, dialect: nil,
            requestContentType: "application/json")
        var mediator = Mediator(opening)
        mediator.requestBody(Array("{\(surface.body)}".utf8).span)
        mediator.requestEnd()
        mediator.responseHead(status: 200) { name in
            if name == "content-encoding" { return answer.gzip ? "gzip" : nil }
            return answer.headers.first { $0.name.lowercased() == name }?.value
        }
        for part in [Array(bytes[..<cut]), Array(bytes[cut...])] { _ = mediator.responseBody(part.span) }
        return mediator.finish(.complete)
    }

    private static func compare(_ usage: Usage, _ answer: Answer, _ surface: Surface) throws {
        let billed = try #require(answer.billed)
        #expect(usage.status == .reported)
        #expect(usage.model == "m")
        if !answer.id.isEmpty { #expect(usage.responseID == answer.id) }
        #expect(usage.tokens.input == Int64(billed.input))
        #expect((usage.tokens.output ?? 0) == Int64(surface.output ? billed.output : 0))
        #expect((usage.tokens.reasoning ?? 0) == Int64(billed.reasoning))
        #expect((usage.tokens.cacheRead ?? 0) == Int64(billed.cached))
        #expect((usage.tokens.cacheWrite ?? 0) == Int64(billed.written + billed.writtenHour))
        #expect((usage.tokens.cacheWrite1h ?? 0) == Int64(billed.writtenHour))
        #expect((usage.tokens.webSearches ?? 0) == Int64(billed.searches))
        let metered = usage.components.flatMap(\.readings)
        func sum(_ wanted: (Meter) -> Bool) -> Int64 {
            metered.filter { wanted($0.meter) }.reduce(0) { $0 + ($1.quantity.whole ?? 0) }
        }
        #expect(sum { $0.isInputTokens } == Int64(billed.input))
        #expect(sum { $0.isOutputTokens } == Int64(billed.output))
        #expect(sum { $0 == .cacheWrite1h } == Int64(billed.writtenHour))
    }
}
