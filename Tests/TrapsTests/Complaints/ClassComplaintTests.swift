// What users of other gateways complained about: token classes, caches, reasoning. The numbers are those of
// the list of complaints; each test shows what a correct ledger has instead.
import Foundation
import Rating
import Terms
import Testing

@testable import Mediation

@Suite struct ClassComplaintTests {
    static let rates = [
        "in.text.fresh": "3", "in.text.cache_read": "0.3", "in.text.cache_write.5m": "3.75",
        "in.text.cache_write.1h": "6", "out.text": "15", "out.text.reasoning": "15",
    ]

    @Test("complaint 1: cached tokens of Gemini are charged for at one rate; the classes add up to the total")
    func geminiClasses() throws {
        let call = PlayedCall.gemini(
            #"{"promptTokenCount":100000,"cachedContentTokenCount":80000,"candidatesTokenCount":500,"#
                + #""thoughtsTokenCount":100,"totalTokenCount":100600}"#)
        #expect(
            call.usage.meters() == [
                "in.text.fresh": "20000", "in.text.cache_read": "80000", "out.text": "500",
                "out.text.reasoning": "100",
            ])
        #expect(call.usage.sides == [100_000, 600])
        #expect(try call.rated(Self.rates).cost.list == Money("0.093"))
    }

    @Test("complaints 2 and 11: cached tokens are taken out of an inclusive prompt, in both twins")
    func inclusivePrompt() throws {
        let usage =
            #"{"prompt_tokens":2006,"completion_tokens":300,"total_tokens":2306,"#
            + #""prompt_tokens_details":{"cached_tokens":1920}}"#
        let unary = PlayedCall.chat(usage, host: "api.openai.com")
        let stream = PlayedCall(
            host: "api.openai.com",
            request: #"{"model":"m","stream":true,"stream_options":{"include_usage":true}}"#,
            type: "text/event-stream",
            body: PlayedCall.events([
                #"{"id":"c","model":"m","choices":[{"index":0,"delta":{"content":"At"}}],"usage":null}"#,
                #"{"id":"c","model":"m","choices":[],"usage":\#(usage)}"#,
            ]) + "data: [DONE]\n\n")
        for call in [unary, stream] {
            #expect(
                call.usage.meters() == [
                    "in.text.fresh": "86", "in.text.cache_read": "1920", "out.text": "300",
                ])
            #expect(try call.rated(Self.rates).cost.list == Money("0.005334"))
        }
    }

    @Test("complaint 3: reads of Anthropic's cache have their own rate; the report alone says what was read")
    func reads() throws {
        let call = PlayedCall.anthropic(
            #"{"type":"message","model":"m","content":[{"type":"text","text":"x"}],"stop_reason":"end_turn","#
                + #""usage":{"input_tokens":100,"cache_read_input_tokens":10000,"output_tokens":10}}"#)
        #expect(call.usage.tokens.cacheRead == 10_000)
        #expect(try call.rated(Self.rates).cost.list == Money("0.00345"))
    }

    @Test("complaint 4: implicitly cached tokens are read on every surface of Gemini")
    func implicitCache() {
        let report =
            #"{"promptTokenCount":900,"cachedContentTokenCount":700,"candidatesTokenCount":5,"#
            + #""totalTokenCount":905}"#
        let host = "generativelanguage.googleapis.com"
        let calls = [
            PlayedCall.gemini(report),
            PlayedCall(
                path: "/v1beta/models/m:streamGenerateContent?alt=sse", host: host, type: "text/event-stream",
                body: PlayedCall.events([
                    #"{"candidates":[{"finishReason":"STOP"}],"usageMetadata":\#(report),"modelVersion":"m"}"#
                ])),
            PlayedCall(
                path: "/v1beta/interactions", host: host,
                body: #"{"id":"i","model":"m","status":"completed","usage":{"total_input_tokens":900,"#
                    + #""total_cached_tokens":700,"total_output_tokens":5,"total_tokens":905}}"#),
            PlayedCall(
                path: "/v1beta/openai/chat/completions", host: host,
                body: PlayedCall.chat(
                    #"{"prompt_tokens":900,"completion_tokens":5,"total_tokens":905,"#
                        + #""prompt_tokens_details":{"cached_tokens":700}}"#
                ).body),
            PlayedCall(
                path: "/v1beta/files/f:download", host: host, method: "GET", type: "application/jsonl",
                body: #"{"key":"k","response":{"modelVersion":"m","usageMetadata":\#(report)}}"# + "\n"),
        ]
        for call in calls {
            #expect(
                call.usage.meters()
                    == ["in.text.fresh": "200", "in.text.cache_read": "700", "out.text": "5"], "\(call.path)")
        }
    }

    @Test("complaint 5: what passes through to Vertex is read by the same table")
    func vertexPassThrough() {
        let report =
            #"{"promptTokenCount":900,"cachedContentTokenCount":700,"candidatesTokenCount":5,"#
            + #""totalTokenCount":905,"trafficType":"ON_DEMAND"}"#
        var vertex = PlayedCall.gemini(report, host: "us-central1-aiplatform.googleapis.com")
        vertex.path =
            "/v1/projects/p/locations/us-central1/publishers/google/models/m:generateContent"
        #expect(vertex.usage.provider == "vertex")
        #expect(vertex.usage.meters() == PlayedCall.gemini(report).usage.meters())
        #expect(vertex.usage.tokens.cacheRead == 700)
    }

    @Test("complaint 6: a split of cache writes that falls short leaves a remainder, which is charged for")
    func shortSplit() throws {
        let call = PlayedCall.anthropic(
            #"{"type":"message","model":"m","content":[{"type":"text","text":"x"}],"stop_reason":"end_turn","#
                + #""usage":{"input_tokens":10,"cache_creation_input_tokens":1000,"#
                + #""cache_read_input_tokens":0,"cache_creation":{"ephemeral_5m_input_tokens":100,"#
                + #""ephemeral_1h_input_tokens":300},"#
                + #""output_tokens":10}}"#)
        let usage = call.usage
        #expect(usage.meters()["in.text.cache_write.1h"] == "300")
        #expect(usage.meters()["in.text.cache_write.5m"] == "700")
        #expect(usage.anomalies == [.detailMismatch])
        #expect(usage.sides == [1010, 10])
    }

    @Test("complaint 7: cached tokens and image tokens that overlap are charged for once")
    func overlap() {
        let usage = PlayedCall.chat(
            #"{"prompt_tokens":300,"completion_tokens":5,"total_tokens":305,"#
                + #""prompt_tokens_details":{"text_tokens":44,"image_tokens":256,"cached_tokens":200}}"#,
            host: "api.x.ai"
        ).usage
        #expect(usage.sides == [300, 5])
        // Of the 256 at least 156 must have been cached, because 100 were not.
        #expect(usage.meters()["in.image.cache_read"] == "156")
        #expect(usage.meters()["in.image.fresh"] == "100")
        #expect(usage.meters()["in.text.cache_read"] == "44")
    }

    @Test("complaint 8: a price without a rate for cached tokens leaves them unpriced")
    func customPrice() throws {
        let call = PlayedCall.chat(
            #"{"prompt_tokens":2006,"completion_tokens":300,"total_tokens":2306,"#
                + #""prompt_tokens_details":{"cached_tokens":1920}}"#)
        let bare = ["in.text.fresh": "3", "out.text": "15"]
        let silent = try call.rated(bare)
        #expect(silent.cost.list == nil && silent.unpriced.map(\.meter) == [.cacheRead])
        let declared = try call.rated(bare, sameAs: "{in.text.cache_read: in.text.fresh}")
        #expect(declared.cost.list == Money("0.010518"))
    }

    @Test("complaints 9 and 10: an hour's cache writes are a meter of their own, and no other rate stands in")
    func hours() throws {
        let call = PlayedCall(
            path: "/model/eu.m/converse", host: "bedrock-runtime.eu-west-1.amazonaws.com",
            body: #"{"output":{"message":{"content":[{"text":"x"}]}},"stopReason":"end_turn","usage":{"#
                + #""inputTokens":10,"outputTokens":10,"totalTokens":1020,"cacheReadInputTokens":0,"#
                + #""cacheWriteInputTokens":1000,"cacheDetails":[{"ttl":"1h","inputTokens":400},"#
                + #"{"ttl":"5m","inputTokens":600}]}}"#)
        #expect(call.usage.meters()["in.text.cache_write.1h"] == "400")
        #expect(call.usage.meters()["in.text.cache_write.5m"] == "600")
        #expect(try call.rated(Self.rates).cost.list == Money("0.00483"))
        let regional = Self.rates.filter { $0.key != "in.text.cache_write.1h" }
        let missing = try call.rated(regional)
        #expect(missing.cost.list == nil && missing.unpriced.map(\.meter) == [.cacheWrite1h])
    }

    @Test("complaint 19: thinking is charged for, and a total that the classes do not reach is flagged")
    func totals() {
        let whole = PlayedCall.gemini(
            #"{"promptTokenCount":10,"candidatesTokenCount":20,"thoughtsTokenCount":70,"#
                + #""totalTokenCount":100}"#
        )
        #expect(whole.usage.sides == [10, 90] && whole.usage.anomalies.isEmpty)
        let short = PlayedCall.gemini(
            #"{"promptTokenCount":10,"candidatesTokenCount":20,"totalTokenCount":100}"#)
        #expect(short.usage.anomalies == [.totalMismatch])
    }

    @Test("complaint 20: thoughts come on top for Gemini, and lie within the completion for OpenAI")
    func thoughts() {
        let gemini = PlayedCall.gemini(
            #"{"promptTokenCount":10,"candidatesTokenCount":20,"thoughtsTokenCount":400,"#
                + #""totalTokenCount":430}"#
        )
        #expect(gemini.usage.tokens.output == 420)
        let openAI = PlayedCall.chat(
            #"{"prompt_tokens":10,"completion_tokens":420,"total_tokens":430,"#
                + #""completion_tokens_details":{"reasoning_tokens":400}}"#, host: "api.openai.com")
        #expect(openAI.usage.tokens.output == 420)
        #expect(gemini.usage.meters() == openAI.usage.meters())
    }

    @Test("a report of nothing stays nothing: no estimate takes its place, and it is told")
    func reportOfNothing() throws {
        let call = PlayedCall.chat(
            #"{"prompt_tokens":0,"completion_tokens":0,"total_tokens":0}"#, host: "api.openai.com")
        let usage = call.usage
        #expect(usage.status == .reported && usage.tokens.input == 0 && usage.tokens.output == 0)
        #expect(usage.anomalies.contains(.allZeroNonempty))
        #expect(try call.rated(Self.rates).charges.isEmpty && usage.estimate == nil)
    }

    @Test("complaint 21: a usage object of unknown shape is unknown, and told, never zero")
    func unknownShape() {
        let usage = PlayedCall.anthropic(
            #"{"type":"message","model":"m","content":[{"type":"text","text":"At four."}],"#
                + #""stop_reason":"end_turn","usage":{"tokens_in":120,"tokens_out":40}}"#
        ).usage
        #expect(usage.status == .estimated)
        #expect(usage.tokens.input == nil && usage.tokens.output == nil)
        #expect(usage.sides[0] > 0 && usage.sides[1] > 0)
    }
}
