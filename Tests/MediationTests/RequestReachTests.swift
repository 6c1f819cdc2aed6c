// What a request makes a model read or do that its bytes do not bound.
import Mediation
import Testing

@Suite struct RequestReachTests {
    private func reach(_ body: String) -> (reads: Bool, tools: Bool) {
        let found = RequestReach(Array(body.utf8).span)
        return (found.readsElsewhere, found.runsTools)
    }

    @Test(
        "files and pages by address, and what the provider keeps, are read from elsewhere",
        arguments: [
            #"{"image_url":{"url":"https://example.com/cat.png"}}"#, #"{"image_url": "http://a/b"}"#,
            #"{"source":{"type":"file","file_id":"f1"}}"#, #"{"fileData":{"fileUri":"gs://a/b.mp4"}}"#,
            #"{"s3Location":{"uri":"s3://a/b"}}"#, #"{"previous_response_id":"resp_1"}"#,
            #"{"cachedContent":"cachedContents/1"}"#,
        ])
    func elsewhere(body: String) { #expect(reach(body).reads && !reach(body).tools, "\(body)") }

    @Test(
        "tools that the provider runs are seen",
        arguments: [
            #"{"tools":[{"type":"web_search_20250305"}]}"#, #"{"tools":[{"googleSearch":{}}]}"#,
            #"{"web_search_options":{}}"#, #"{"tools":[{"type":"mcp"}]}"#,
            #"{"tools":[{"type":"code_interpreter"}]}"#, #"{"search_parameters":{"mode":"on"}}"#,
            #"{"tools":[{"type":"x_search"}]}"#, #"{"tools":[{"type":"browser_search"}]}"#,
            #"{"tools":[{"retrieval":{"vertexAiSearch":{}}}]}"#, #"{"tools":[{"enterpriseWebSearch":{}}]}"#,
            #"{"assistant_id":"asst_1"}"#, #"{"agent_id": "ag_1"}"#, #"{"prompt":{"id":"pmpt_1"}}"#,
        ])
    func tools(body: String) { #expect(reach(body).tools, "\(body)") }

    @Test(
        "letters that are written as escapes may hide anything; what encoders escape hides nothing",
        arguments: [
            (#"{"url":"\u0068ttps://example.com"}"#, true),
            (#"{"tools":[{"type":"w\u0065b_search"}]}"#, true),
            (#"{"tools":[{"type":"web\u005Fsearch"}]}"#, true),
            (#"{"a":"\u00e9t\u00e9 \u0001\n\u003cb\u003e"}"#, false),
            (#"{"a":"\\u0068ttps"}"#, false), (#"{"a":"\u006"#, false), (#"{"a":"\"#, false),
        ])
    func escapes(body: String, hides: Bool) {
        #expect(reach(body) == (hides, hides), "\(body)")
    }

    @Test("models that are made for searching search without being asked to")
    func models() {
        for model in ["gpt-4o-search-preview", "sonar-pro", "groq/compound-mini", "x/y:online"] {
            #expect(RequestReach.searchesByItself(model))
        }
        for model in ["gpt-5-mini", "claude-sonnet-4-5", "gemini-2.5-flash", ""] {
            #expect(!RequestReach.searchesByItself(model))
        }
    }

    @Test("what is sent whole, text about addresses, and schemas are bounded by their bytes")
    func inside() {
        for body in [
            "", "{}", #"""#, #"{"a":"\"#, #"{"url":"data:image/png;base64,aaaa"}"#,
            #"{"content":"see \"https://example.com\" and http://a"}"#,
            #"{"parameters":{"$schema":"http://json-schema.org/draft-07/schema#"}}"#,
            #"{"model":"gpt","messages":[{"role":"user","content":"When is tea?"}]}"#,
        ] {
            #expect(!reach(body).reads && !reach(body).tools, "\(body)")
        }
    }
}
