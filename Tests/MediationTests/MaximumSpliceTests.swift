// The maximum that admission puts into a body that states none: one field more, and nothing else changed.
import Foundation
import Mediation
import Testing

@Suite struct MaximumSpliceTests {
    private func spliced(
        _ body: String, path: String = "/v1/chat/completions", host: String = "api.openai.com"
    ) -> String? {
        var mediator = Mediator(ExchangeOpening(method: "POST", path: path, host: host))
        let bytes = Array(body.utf8)
        mediator.requestBody(bytes.span)
        mediator.requestEnd()
        guard let splice = mediator.maximumSplice(100, in: bytes.span) else { return nil }
        var edited = bytes
        edited.replaceSubrange(splice.offset..<splice.offset + splice.removed, with: splice.inserted)
        return String(decoding: edited, as: UTF8.self)
    }

    @Test("the field stands first, in the surface's own name")
    func fields() {
        #expect(
            spliced(#"{"model":"m","messages":[]}"#)
                == #"{"max_completion_tokens":100,"model":"m","messages":[]}"#)
        #expect(
            spliced(#" { "model":"m" }"#, host: "api.mistral.ai") == #" {"max_tokens":100, "model":"m" }"#)
        #expect(
            spliced(#"{"model":"m","input":"x"}"#, path: "/v1/responses")
                == #"{"max_output_tokens":100,"model":"m","input":"x"}"#)
        #expect(spliced("{}") == #"{"max_completion_tokens":100}"#)
    }

    private static let google = "generativelanguage.googleapis.com"
    private static let bedrock = "bedrock-runtime.us-east-1.amazonaws.com"

    @Test("where the field stands in an object, it is put into it, or the object is made")
    func nested() {
        let gemini = "/v1beta/models/g:generateContent"
        for (body, expected) in [
            (#"{"contents":[]}"#, #"{"generationConfig":{"maxOutputTokens":100},"contents":[]}"#),
            (
                #"{"contents":[{"generationConfig":{}}],"generationConfig": {"temperature":1}}"#,
                #"{"contents":[{"generationConfig":{}}],"generationConfig": {"maxOutputTokens":100,"#
                    + #""temperature":1}}"#
            ),
            (
                #"{"generation_config":{}}"#, #"{"generation_config":{"max_output_tokens":100}}"#
            ),
        ] { #expect(spliced(body, path: gemini, host: Self.google) == expected) }
        #expect(
            spliced(#"{"messages":[]}"#, path: "/model/amazon.nova-lite-v1:0/converse", host: Self.bedrock)
                == #"{"inferenceConfig":{"maxTokens":100},"messages":[]}"#)
        #expect(
            spliced(
                #"{"prompt":"x"}"#, path: "/model/meta.llama3-8b-instruct-v1:0/invoke", host: Self.bedrock)
                == #"{"max_gen_len":100,"prompt":"x"}"#)
        #expect(
            spliced(#"{"model":"l","options":{"seed":1}}"#, path: "/api/chat", host: "localhost:11434")
                == #"{"model":"l","options":{"num_predict":100,"seed":1}}"#)
        #expect(
            spliced(#"{"model":"l"}"#, path: "/api/generate", host: "localhost:11434")
                == #"{"options":{"num_predict":100},"model":"l"}"#)
    }

    @Test("a field that is there and states no number is left alone: twice the same field would be worse")
    func present() {
        #expect(spliced(#"{"model":"l","options":{"num_predict":-1}}"#, path: "/api/chat") == nil)
        #expect(spliced(#"{"model":"m","max_tokens":null}"#, host: "api.mistral.ai") == nil)
        #expect(
            spliced(
                #"{"generationConfig":null}"#, path: "/v1beta/models/g:generateContent", host: Self.google)
                == nil)
        #expect(
            spliced(#"{"messages":[]}"#, path: "/model/unknown.family/invoke", host: Self.bedrock) == nil)
    }

    @Test("nothing is put where a maximum stands, where none belongs, or into what is no object")
    func refusals() {
        #expect(spliced(#"{"model":"m","max_tokens":5}"#) == nil)
        #expect(spliced(#"{"model":"m","max_completion_tokens":5}"#) == nil)
        #expect(spliced(#"{"model":"m","input":"x"}"#, path: "/v1/embeddings") == nil)
        for body in ["", " ", "[]", "{", #"{"model":"m""#, #"{"model":1,"model":2}"#] {
            #expect(spliced(body) == nil, "\(body)")
        }
    }
}
