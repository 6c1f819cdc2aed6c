// The same work asked for as a stream and in one piece costs the same, on every surface and whatever the
// counts are: the complaints about streams that cost nothing, or twice, are all cases of this law.
import Foundation
import Rating
import Terms
import Testing

@testable import Mediation

/// Counts of one answer.
private struct Counts {
    var fresh: Int
    var read: Int
    var write: Int
    var text: Int
    var reasoning: Int

    init(seed: UInt64) {
        var state = seed &* 0x9e37_79b9_7f4a_7c15 | 1
        func next(_ limit: UInt64) -> Int {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return Int(state % limit)
        }
        (fresh, read, write) = (1 + next(5000), next(3000), next(2000))
        (text, reasoning) = (1 + next(900), next(700))
    }
}

@Suite struct TwinTests {
    /// The plain call and the streamed one.
    private static func chat(_ c: Counts) -> (PlayedCall, PlayedCall) {
        let usage =
            #"{"prompt_tokens":\#(c.fresh + c.read),"completion_tokens":\#(c.text + c.reasoning),"#
            + #""total_tokens":\#(c.fresh + c.read + c.text + c.reasoning),"#
            + #""prompt_tokens_details":{"cached_tokens":\#(c.read)},"#
            + #""completion_tokens_details":{"reasoning_tokens":\#(c.reasoning)}}"#
        let stream = PlayedCall(
            type: "text/event-stream",
            body: PlayedCall.events([
                #"{"id":"c","model":"m","choices":[{"index":0,"delta":{"content":"At"}}],"usage":null}"#,
                #"{"id":"c","model":"m","choices":[],"usage":\#(usage)}"#,
            ]) + "data: [DONE]\n\n")
        return (PlayedCall.chat(usage), stream)
    }

    private static func responses(_ c: Counts) -> (PlayedCall, PlayedCall) {
        let response =
            #"{"id":"r","model":"m","status":"completed","usage":{"input_tokens":\#(c.fresh + c.read),"#
            + #""input_tokens_details":{"cached_tokens":\#(c.read)},"#
            + #""output_tokens":\#(c.text + c.reasoning),"#
            + #""output_tokens_details":{"reasoning_tokens":\#(c.reasoning)},"#
            + #""total_tokens":\#(c.fresh + c.read + c.text + c.reasoning)}}"#
        let created = #"{"type":"response.created","response":{"id":"r","model":"m","usage":null}}"#
        return (
            PlayedCall(path: "/v1/responses", body: response),
            PlayedCall(
                path: "/v1/responses", type: "text/event-stream",
                body: PlayedCall.events([
                    created, #"{"type":"response.completed","response":\#(response)}"#,
                ]))
        )
    }

    private static func messages(_ c: Counts) -> (PlayedCall, PlayedCall) {
        let input =
            #""input_tokens":\#(c.fresh),"cache_read_input_tokens":\#(c.read),"#
            + #""cache_creation_input_tokens":\#(c.write)"#
        let output =
            #""output_tokens":\#(c.text + c.reasoning),"#
            + #""output_tokens_details":{"thinking_tokens":\#(c.reasoning)}"#
        let plain = PlayedCall.anthropic(
            #"{"type":"message","model":"m","content":[{"type":"text","text":"x"}],"stop_reason":"end_turn","#
                + #""usage":{\#(input),\#(output)}}"#)
        let stream = StreamComplaintTests.stream(
            start: #"{\#(input),"output_tokens":1}"#, delta: #"{\#(output)}"#)
        return (plain, stream)
    }

    private static func gemini(_ c: Counts) -> (PlayedCall, PlayedCall) {
        let usage =
            #"{"promptTokenCount":\#(c.fresh + c.read),"cachedContentTokenCount":\#(c.read),"#
            + #""candidatesTokenCount":\#(c.text),"thoughtsTokenCount":\#(c.reasoning),"#
            + #""totalTokenCount":\#(c.fresh + c.read + c.text + c.reasoning)}"#
        var stream = PlayedCall.gemini(usage)
        stream.path = "/v1beta/models/m:streamGenerateContent?alt=sse"
        stream.type = "text/event-stream"
        stream.body = PlayedCall.events([
            #"{"candidates":[{"content":{"parts":[{"text":"At"}]}}],"modelVersion":"m","#
                + #""usageMetadata":{"promptTokenCount":\#(c.fresh + c.read)}}"#, stream.body,
        ])
        return (PlayedCall.gemini(usage), stream)
    }

    private static func ollama(_ c: Counts) -> (PlayedCall, PlayedCall) {
        let last =
            #"{"model":"m","done":true,"done_reason":"stop","message":{"content":""},"#
            + #""prompt_eval_count":\#(c.fresh),"eval_count":\#(c.text)}"#
        let first = #"{"model":"m","done":false,"message":{"content":"At"}}"#
        return (
            PlayedCall(path: "/api/chat", request: #"{"model":"m","stream":false}"#, body: last),
            PlayedCall(
                path: "/api/chat", request: #"{"model":"m"}"#, type: "application/x-ndjson",
                body: first + "\n" + last + "\n")
        )
    }

    @Test("complaint 27: streamed and plain twins count the same on every surface", arguments: 1...40)
    func twins(seed: Int) {
        let counts = Counts(seed: UInt64(seed))
        for make in [Self.chat, Self.responses, Self.messages, Self.gemini, Self.ollama] {
            let (plain, stream) = make(counts)
            #expect(plain.usage.meters() == stream.usage.meters(), "\(plain.path)")
            #expect(plain.usage.status == .reported && stream.usage.status == .reported, "\(plain.path)")
            #expect(!plain.usage.meters().isEmpty && stream.usage.completeness == .complete, "\(plain.path)")
        }
    }
}
