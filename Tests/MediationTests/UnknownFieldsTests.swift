import Testing

@testable import Mediation

@Suite struct UnknownFieldsTests {
    @Test("counts that no table names are found wherever they stand; known, zero and redundant ones are not")
    func paths() {
        let fields = UnknownFields(.openAIChat)
        let raw =
            #"{"prompt_tokens":9,"completion_tokens":4,"total_tokens":13,"dream_tokens":3,"nap_tokens":0,"#
            + #""completion_tokens_details":{"reasoning_tokens":1,"accepted_prediction_tokens":2,"#
            + #""ghost_tokens":7},"prompt_tokens_details":{"cached_tokens":2},"queue_time":0.05,"#
            + #""parts":[{"odd_count":1},{"odd_count":2}],"note":"12","ratio":0.0e5}"#
        #expect(
            fields.paths(in: raw) == [
                "dream_tokens", "completion_tokens_details.ghost_tokens", "parts[].odd_count",
            ])
        #expect(fields.paths(in: "[\(raw),{\"x_groq.usage\":{\"new_tokens\":5}}]").last == "new_tokens")
        for text in ["", "null", "{", "[", "[1,{", "{\"a\":", "{\"a\":{\"b\":{\"c\":[{\"d\":1"] {
            _ = fields.paths(in: text)
        }
    }

    @Test("the shape of an object does not depend on its numbers, but on which of them are zero")
    func shapes() {
        func shape(_ raw: String) -> UInt64 { UnknownFields.shape(of: raw, dialect: "d") }
        #expect(shape(#"{"a":12,"b":0}"#) == shape(#"{"a":7,"b":0}"#))
        #expect(shape(#"{"a":10,"b":0}"#) == shape(#"{"a":9005,"b":0}"#))
        #expect(shape(#"{"a":12,"b":0}"#) != shape(#"{"a":12,"b":3}"#))
        #expect(shape(#"{"a":12}"#) != shape(#"{"c":12}"#))
        // Wherever the eight bytes begin that are read at once.
        #expect(
            shape(#"{"prompt_tokens":1234567,"completion_tokens":9}"#)
                == shape(#"{"prompt_tokens":5,"completion_tokens":88888888888}"#))
        #expect(
            shape(#"{"prompt_tokens":1234567,"completion_tokens":9}"#)
                != shape(#"{"prompt_tokens":5,"completion_tokenz":88888888888}"#))
        #expect(
            shape(#"{"prompt_tokens":1234567,"completion_tokens":9}"#)
                != shape(#"{"prompt_tokens":5,"completion_tokens":9,"x":1}"#))
        #expect(UnknownFields.shape(of: "{}", dialect: "d") != UnknownFields.shape(of: "{}", dialect: "e"))
    }
}
