// What users of other gateways complained about: streams, missing usage, clients that leave.
import Foundation
import Rating
import Terms
import Testing

@testable import Mediation

@Suite struct StreamComplaintTests {
    /// An Anthropic stream of these two usage objects.
    static func stream(start: String, delta: String, path: String = "/v1/messages") -> PlayedCall {
        var call = PlayedCall.anthropic(
            PlayedCall.events([
                #"{"type":"message_start","message":{"id":"msg","model":"m","usage":\#(start)}}"#,
                #"{"type":"content_block_delta","delta":{"type":"text_delta","text":"At four."}}"#,
                #"{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":\#(delta)}"#,
                #"{"type":"message_stop"}"#,
            ]), streams: true)
        call.path = path
        return call
    }

    @Test("complaints 12 and 15: counts that start and delta both state are charged for once")
    func statedTwice() throws {
        let cache = #""cache_creation_input_tokens":200000,"cache_read_input_tokens":30000"#
        let call = Self.stream(
            start: #"{"input_tokens":12,\#(cache),"output_tokens":1}"#,
            delta: #"{"input_tokens":12,\#(cache),"output_tokens":40}"#)
        let meters = [
            "in.text.fresh": "12", "in.text.cache_write.5m": "200000", "in.text.cache_read": "30000",
            "out.text": "40",
        ]
        #expect(call.usage.meters() == meters)
        #expect(try call.rated(ClassComplaintTests.rates).cost.list == Money("0.759636"))
    }

    @Test("complaints 13 and 16: what only the delta states is taken from it, and doubles nothing")
    func onlyInDelta() {
        let usage = Self.stream(
            start: #"{"input_tokens":0,"output_tokens":0}"#,
            delta: #"{"input_tokens":50,"cache_read_input_tokens":900,"output_tokens":7}"#
        ).usage
        #expect(usage.meters() == ["in.text.fresh": "50", "in.text.cache_read": "900", "out.text": "7"])
        #expect(usage.tokens.input == 950)
    }

    @Test("complaint 14: snapshots of a stream are replaced, never added")
    func snapshots() {
        let running = #"{"input_tokens":100,"output_tokens":5,"total_tokens":105}"#
        let last = #"{"input_tokens":100,"output_tokens":20,"total_tokens":120}"#
        let usage = PlayedCall(
            path: "/v1/responses", host: "api.openai.com", type: "text/event-stream",
            body: PlayedCall.events([
                #"{"type":"response.in_progress","response":{"id":"r","model":"m","usage":\#(running)}}"#,
                #"{"type":"response.output_text.done","response":{"usage":\#(running)}}"#,
                #"{"type":"response.completed","response":{"id":"r","model":"m","usage":\#(last)}}"#,
            ])
        ).usage
        #expect(usage.meters() == ["in.text.fresh": "100", "out.text": "20"])
    }

    @Test("complaints 17 and 27: a streamed Claude on Vertex counts what its plain twin counts")
    func vertexTwins() {
        let path = "/v1/projects/p/locations/global/publishers/anthropic/models/m:"
        var stream = Self.stream(
            start: #"{"input_tokens":30,"cache_read_input_tokens":200,"output_tokens":1}"#,
            delta: #"{"output_tokens":812}"#, path: path + "streamRawPredict")
        stream.host = "aiplatform.googleapis.com"
        var plain = PlayedCall.anthropic(
            #"{"type":"message","model":"m","content":[{"type":"text","text":"x"}],"stop_reason":"end_turn","#
                + #""usage":{"input_tokens":30,"cache_read_input_tokens":200,"output_tokens":812}}"#)
        plain.path = path + "rawPredict"
        plain.host = stream.host
        #expect(plain.usage.meters()["out.text"] == "812")
        #expect(stream.usage.meters() == plain.usage.meters())
        #expect(stream.usage.status == .reported && stream.usage.components[0].model == "m")
    }

    @Test("complaint 28: a stated cost is a claim; a price in tokens is not replaced by one in other units")
    func claim() throws {
        let call = PlayedCall.chat(
            #"{"prompt_tokens":1000,"completion_tokens":10,"total_tokens":1010,"cost":3144000}"#)
        let rated = try call.rated(ClassComplaintTests.rates)
        #expect(rated.cost.list == Money("0.00315"))
        var usage = call.usage
        usage.noteStatedCost(besides: rated)
        #expect(usage.providerCostUSD == "3144000" && usage.anomalies == [.statedCostMismatch])
    }

    @Test("complaint 30: a socket's responses are charged for one by one")
    func socket() {
        let usage = PlayedCall(
            path: "/v1/responses", host: "api.openai.com", method: "GET", type: "application/x-ndjson",
            body: [1, 2].map { number in
                #"{"type":"response.completed","response":{"id":"r\#(number)","model":"m","#
                    + #""usage":{"input_tokens":\#(number)00,"output_tokens":\#(number)}}}"# + "\n"
            }.joined()
        ).usage
        #expect(usage.components.count == 2)
        #expect(usage.meters(0) == ["in.text.fresh": "100", "out.text": "1"])
        #expect(usage.meters(1) == ["in.text.fresh": "200", "out.text": "2"])
    }

    @Test(
        "complaints 23, 31, 37: a stream without a report is assumed to have cost what it showed, and bounded"
    )
    func noReport() throws {
        let call = PlayedCall(
            request: #"{"model":"m","stream":true,"max_tokens":500,"messages":[{"content":"When is tea?"}]}"#,
            type: "text/event-stream",
            body: PlayedCall.events([
                #"{"id":"c","model":"m","choices":[{"index":0,"delta":{"content":"At four o'clock."}}]}"#
            ]), ending: .clientGone(drained: false))
        let usage = call.usage
        let estimate = try #require(usage.estimate)
        #expect(usage.status == .estimated && usage.completeness == .clientAborted)
        #expect(usage.tokens.output == nil && usage.sides == [3, 4])
        #expect(estimate.upperOutputTokens == 500)
        #expect(estimate.upperInputTokens == Int64(call.request.utf8.count))
        #expect(try call.rated(ClassComplaintTests.rates).cost.list == Money("0.000069"))
    }

    @Test("complaint 32: only what the model wrote is counted, never the text of an error")
    func errorText() {
        let error = #"{"error":{"message":"\#(String(repeating: "the provider is sorry ", count: 40))"}}"#
        let chunk = #"{"id":"c","model":"m","choices":[{"index":0,"delta":{"content":"At four."}}]}"#
        let request = #"{"model":"m","stream":true,"messages":[{"content":"When is tea?"}]}"#
        func usage(_ payloads: [String]) -> Usage {
            PlayedCall(request: request, type: "text/event-stream", body: PlayedCall.events(payloads)).usage
        }
        let failed = usage([chunk, error])
        #expect(failed.completeness == .upstreamError && failed.sides == [3, 2])
        let nothing = usage([error])
        #expect(nothing.notBillable == .providerError && nothing.components.isEmpty)
    }

    @Test(
        "complaint 33: a client gone before the first token: the prompt is assumed, and the record says why")
    func beforeTheFirstToken() {
        let usage = PlayedCall(
            request: #"{"model":"m","stream":true,"messages":[{"content":"When is tea?"}]}"#,
            type: "text/event-stream", body: "", ending: .clientGone(drained: false)
        ).usage
        #expect(usage.completeness == .clientAborted && usage.status == .estimated)
        #expect(usage.sides == [3, 0] && usage.notBillable == nil)
    }
}
