import Terms
import Testing

@testable import Mediation

@Suite struct OpenAIChatTests {
    static let unary = #"""
        {"id":"chatcmpl-7","object":"chat.completion","model":"gpt-5.4-2026-03-05","service_tier":"default",
        "choices":[{"index":0,"message":{"role":"assistant","content":"Tea at four."},
        "finish_reason":"stop"}],
        "usage":{"prompt_tokens":1200,"completion_tokens":80,"total_tokens":1280,
        "prompt_tokens_details":{"cached_tokens":1024,"audio_tokens":0},
        "completion_tokens_details":{"reasoning_tokens":64}}}
        """#

    static let request =
        #"{"model":"gpt-5.4","stream":true,"messages":[{"role":"user","content":"When is tea?"}]}"#

    private static func event(_ choices: String, usage: String = "null") -> String {
        #"data: {"id":"chatcmpl-8","object":"chat.completion.chunk","created":1,"model":"gpt-5.4","#
            + #""choices":\#(choices),"usage":\#(usage)}"#
    }

    static let stream = [
        event(#"[{"delta":{"role":"assistant","content":""}}]"#),
        event(#"[{"delta":{"content":"Tea"}}]"#),
        event(#"[{"delta":{},"finish_reason":"stop"}]"#),
        event("[]", usage: #"{"prompt_tokens":11,"completion_tokens":2,"total_tokens":13}"#),
        "data: [DONE]",
    ]

    static func body(_ events: [String], end: String = "\n\n") -> [UInt8] {
        Array(events.map { $0 + end }.joined().utf8)
    }

    @Test func unaryIsReadWhole() {
        let usage = Replay(request: #"{"model":"gpt-5.4"}"#, pieces: [Array(Self.unary.utf8)]).usage
        #expect(usage.status == .reported)
        #expect(usage.api == "chat_completions")
        #expect(usage.model == "gpt-5.4-2026-03-05")
        #expect(usage.modelRequested == "gpt-5.4")
        #expect(usage.responseID == "chatcmpl-7")
        #expect(usage.finishReason == "stop")
        #expect(usage.tokens.input == 1200)
        #expect(usage.tokens.cacheRead == 1024)
        #expect(usage.tokens.output == 80)
        #expect(usage.tokens.reasoning == 64)
        #expect(usage.anomalies == [])
        #expect(
            usage.components[0].readings == [
                MeterReading(.cacheRead, Quantity(1024)), MeterReading(.freshInput, Quantity(176)),
                MeterReading(.output, Quantity(16)), MeterReading(.reasoning, Quantity(64)),
            ])
        #expect(usage.rawUsage?.hasPrefix(#"{"prompt_tokens":1200,"#) == true)
    }

    @Test("complaint 36: the event that we asked for is withheld, wherever the stream is cut")
    func theEventThatWeAskedForIsWithheldAtEveryCut() {
        for end in ["\n\n", "\r\n\r\n", "\r\r"] {
            let body = Self.body(Self.stream, end: end)
            let expected = Self.body(
                [Self.stream[0], Self.stream[1], Self.stream[2], Self.stream[4]], end: end)
            let terminal = expected.count - Self.body([Self.stream[4]], end: end).count
            for cut in 0...body.count {
                let replay = Replay(
                    request: Self.request, headers: ["content-type": "text/event-stream"],
                    pieces: [Array(body[..<cut]), Array(body[cut...])], asksForUsage: true)
                #expect(replay.forwarded == expected, "cut at \(cut)")
                #expect(replay.usage.tokens.input == 11 && replay.usage.tokens.output == 2)
                #expect(replay.usage.status == .reported && replay.usage.completeness == .complete)
                #expect(replay.heldFrom ?? 0 >= terminal)
            }
        }
    }

    @Test func nothingIsWithheldThatTheClientAskedFor() {
        let request = Self.request.dropLast() + #","stream_options":{"include_usage":true}}"#
        let body = Self.body(Self.stream)
        let replay = Replay(request: String(request), pieces: [body], asksForUsage: true)
        #expect(replay.forwarded == body)
    }

    @Test func anEventThatCarriesAnythingElsePasses() {
        let extra = Self.stream[3].dropLast(1) + #","error":{"message":"overloaded"}}"#
        for event in [String(extra), Self.stream[3].replacing("[]", with: #"[{"delta":{"content":"x"}}]"#)] {
            let body = Self.body([Self.stream[0], event, Self.stream[4]])
            for cut in 0...body.count {
                let replay = Replay(
                    request: Self.request, pieces: [Array(body[..<cut]), Array(body[cut...])],
                    asksForUsage: true)
                #expect(replay.forwarded == body, "cut at \(cut)")
            }
        }
    }

    @Test func nothingThatWasKeptBackIsLostAtTheEnd() {
        let whole = Self.body(Self.stream)
        let reportAt = Self.body(Array(Self.stream[..<3])).count
        let reportEnd = Self.body(Array(Self.stream[..<4])).count
        for end in 0...whole.count {
            let body = Array(whole[..<end])
            let replay = Replay(request: Self.request, pieces: body.map { [$0] }, asksForUsage: true)
            // The report is withheld as soon as its JSON is whole; a part of it is not ours to drop.
            let isWhole = end >= reportEnd - 2
            let expected = isWhole ? Array(whole[..<reportAt]) + whole[min(end, reportEnd)..<end] : body
            #expect(replay.forwarded == expected, "\(end) bytes")
        }
    }
}
