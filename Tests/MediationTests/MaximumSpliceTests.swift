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

    @Test("nothing is put where a maximum stands, where none belongs, or into what is no object")
    func refusals() {
        #expect(spliced(#"{"model":"m","max_tokens":5}"#) == nil)
        #expect(spliced(#"{"model":"m","max_completion_tokens":5}"#) == nil)
        #expect(spliced(#"{"model":"m","input":"x"}"#, path: "/v1/embeddings") == nil)
        #expect(
            spliced(
                #"{"contents":[]}"#, path: "/v1beta/models/g:generateContent",
                host: "generativelanguage.googleapis.com") == nil)
        for body in ["", " ", "[]", "{", #"{"model":"m""#, #"{"model":1,"model":2}"#] {
            #expect(spliced(body) == nil, "\(body)")
        }
    }
}
