import Terms
import Testing

@testable import Mediation

@Suite struct RequestTests {
    static func mediator(
        _ body: String, path: String = "/v1/chat/completions", host: String = "llm.example", cut: Int? = nil
    ) -> Mediator {
        var mediator = Mediator(ExchangeOpening(method: "POST", path: path, host: host))
        let bytes = Array(body.utf8)
        let middle = cut ?? bytes.count
        mediator.requestBody(Array(bytes[..<middle]).span)
        mediator.requestBody(Array(bytes[middle...]).span)
        mediator.requestEnd()
        return mediator
    }

    /// The body after the splice, or the body itself when there is none.
    static func spliced(_ body: String, path: String = "/v1/chat/completions", host: String = "llm.example")
        -> String
    {
        guard let splice = mediator(body, path: path, host: host).usageSplice() else { return body }
        var bytes = Array(body.utf8)
        bytes.replaceSubrange(splice.offset..<splice.offset + splice.removed, with: splice.inserted)
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test(arguments: [
        (#"{"stream":true,"n":1}"#, #"{"stream":true,"stream_options":{"include_usage":true},"n":1}"#),
        (
            #"{"n":1, "stream" : true }"#,
            #"{"n":1, "stream" : true,"stream_options":{"include_usage":true} }"#
        ),
        (
            #"{"stream":true,"stream_options":null}"#,
            #"{"stream":true,"stream_options":{"include_usage":true}}"#
        ),
        (
            #"{"stream_options":{},"stream":true}"#,
            #"{"stream_options":{"include_usage":true},"stream":true}"#
        ),
        (
            #"{"stream_options":{ "include_obfuscation":false},"stream":true}"#,
            #"{"stream_options":{"include_usage":true, "include_obfuscation":false},"stream":true}"#
        ),
        (
            #"{"stream":true,"stream_options":{"include_usage":false}}"#,
            #"{"stream":true,"stream_options":{"include_usage":true}}"#
        ),
        (
            #"{"str\u0065am":true,"stream_options":{"include_usage":null}}"#,
            #"{"str\u0065am":true,"stream_options":{"include_usage":true}}"#
        ),
    ])
    func usageIsAskedForByTheSmallestChange(_ body: String, _ expected: String) {
        #expect(Self.spliced(body) == expected)
    }

    @Test(arguments: [
        #"{"stream":false}"#, #"{}"#, #"{"stream":"true"}"#, #"{"stream":true,"stream":true}"#,
        #"{"stream":true,"stream_options":{"include_usage":true}}"#, #"{"stream":true,"stream_options":"x"}"#,
        #"{"stream":true"#, #"{"stream":true}}"#, #"[{"stream":true}]"#, "",
    ])
    func nothingIsChangedWhereItIsNotClear(_ body: String) { #expect(Self.spliced(body) == body) }

    @Test func nothingIsAskedOfThoseWhoTellOrRefuse() {
        let body = #"{"stream":true}"#
        #expect(Self.spliced(body, host: "api.deepseek.com") == body)
        #expect(Self.spliced(body, path: "/v1/messages") == body)
        let azure = "/openai/deployments/d/chat/completions?api-version="
        #expect(Self.spliced(body, path: azure + "2024-06-01", host: "x.openai.azure.com") == body)
        #expect(Self.spliced(body, path: azure + "2024-10-21", host: "x.openai.azure.com") != body)
    }

    @Test func theBodySaysWhoseItIsAndHowMuchItMayCost() {
        let body = #"""
            {"model":"gpt-5.4","stream":true,"max_tokens":100,"max_completion_tokens":250,"n":3,"user":"u-1",
            "safety_identifier":"s-1","service_tier":"flex",
            "metadata":{"tenant_id":"acme","user_id":"u-2","playbook_id":"p\u002d7","x":1},
            "messages":[{"role":"user","content":"caf\u00e9"},{"content":[{"type":"text","text":"abc"},
            {"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA"}}]}]}
            """#
        for cut in 0...body.utf8.count {
            let facts = Self.mediator(body, cut: cut).request
            #expect(facts.model == "gpt-5.4")
            #expect(facts.stream == true)
            #expect(facts.maximumOutput == 250)
            #expect(facts.candidates == 3)
            #expect(facts.serviceTier == "flex")
            #expect(facts.textBytes == 8)
            #expect(facts.bodyBytes == body.utf8.count)
            #expect(
                facts.hints == [
                    AttributionHint(.tenant, "acme", source: "metadata.tenant_id"),
                    AttributionHint(.user, "u-2", source: "metadata.user_id"),
                    AttributionHint(.label("playbook_id"), "p-7", source: "metadata.playbook_id"),
                    AttributionHint(.user, "u-1", source: "user"),
                    AttributionHint(.user, "s-1", source: "safety_identifier"),
                ])
        }
    }

    @Test("what curl says of every body is read as JSON, other types are not")
    func bodyTypes() {
        let opening = ExchangeOpening(
            method: "POST", path: "/v1/chat/completions", host: "llm.example",
            requestContentType: "application/x-www-form-urlencoded")
        var mediator = Mediator(opening)
        mediator.requestBody(Array(#"{"model":"m","max_tokens":7}"#.utf8).span)
        mediator.requestEnd()
        #expect(mediator.request.model == "m" && mediator.request.maximumOutput == 7)
        #expect(Mediator.readsAsJSON(nil) && Mediator.readsAsJSON("Application/JSON; charset=utf-8"))
        for type in ["multipart/form-data; boundary=x", "text/plain", "audio/wav"] {
            #expect(!Mediator.readsAsJSON(type))
        }
    }

    @Test(
        "only surfaces that know the question are asked for usage",
        arguments: [
            ("/v1/chat/completions", "llm.example", true), ("/v1/completions", "llm.example", true),
            ("/v1/threads/t/runs", "api.openai.com", false),
            ("/client/v4/accounts/a/ai/run/@cf/m", "api.cloudflare.com", false),
            ("/serving-endpoints/e/invocations", "x.cloud.databricks.com", false),
            ("/v1/responses", "api.openai.com", false), ("/v2/chat", "api.cohere.com", false),
            ("/model/m/invoke-with-response-stream", "bedrock-runtime.us-east-1.amazonaws.com", false),
            ("/api/v1/services/aigc/text-generation/generation", "dashscope.aliyuncs.com", false),
        ])
    func whoIsAsked(_ path: String, _ host: String, _ isAsked: Bool) {
        let mediator = Self.mediator(
            #"{"model":"m","stream":true,"messages":[]}"#, path: path, host: host)
        #expect((mediator.usageSplice() != nil) == isAsked)
    }

    @Test func labelsOfAnyNameAreRead() {
        let facts = Self.mediator(
            #"{"labels":{"team":"search","n":3,"stage":"prod"},"contents":[]}"#,
            path: "/v1beta/models/gemini-x:generateContent", host: "generativelanguage.googleapis.com"
        ).request
        #expect(facts.model == "gemini-x")
        #expect(
            facts.hints == [
                AttributionHint(.label("team"), "search", source: "labels"),
                AttributionHint(.label("stage"), "prod", source: "labels"),
            ])
    }

    @Test func repeatedKeysAreTold() {
        #expect(Self.mediator(#"{"model":"a","model":"b"}"#).request.duplicateKeys)
        #expect(Self.mediator(#"{"model":"a","model":"b"}"#).request.model == "b")
        #expect(!Self.mediator(#"{"model":"a","x":1,"x":2}"#).request.duplicateKeys)
    }

    @Test(arguments: [
        ("api.openai.com", "a", "openai"), ("eu.api.openai.com:443", "a", "openai"),
        ("acme.openai.azure.com", "a", "azure"), ("us-central1-aiplatform.googleapis.com", "a", "vertex"),
        ("bedrock-mantle.us-east-1.api.aws", "a", "bedrock_mantle"), ("localhost:8000", "vllm", "vllm"),
        ("localhost", "text-generation-webui", "text_generation_webui"), ("10.0.0.7", "mine", "unknown"),
    ])
    func providersAreKnownByHostThenByName(_ host: String, _ upstream: String, _ provider: String) {
        #expect(providerName(host: host, upstream: upstream) == provider)
    }
}
