import Terms
import Testing

@testable import Mediation
@testable import Wire

@Suite struct RecordedExchangeTests {
    static func read(_ line: String) throws -> (id: String, usage: Usage) {
        try normalize(line: Array(line.utf8).span)
    }

    static let body =
        #"{\"id\":\"c-1\",\"model\":\"m\",\"choices\":[],"#
        + #"\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":4}}"#

    static func line(_ response: String) -> String {
        #"{"id":"x-1","provider":"mistral","request":{"method":"POST","path":"/v1/chat/completions","#
            + #""host":"api.mistral.ai","headers":{"Content-Type":"application/json"},"#
            + #""body":"{\"model\":\"m\"}"},"#
            + #""response":"# + response + "}"
    }

    @Test func aLineIsNormalizedAsIfItHadPassed() throws {
        let (id, usage) = try Self.read(
            Self.line(#"{"status":200,"headers":{"X-Request-Id":"r-1"},"body":"\#(Self.body)"}"#))
        #expect(id == "x-1")
        #expect(usage.provider == "mistral")
        #expect(usage.providerRequestID == "r-1")
        #expect(usage.tokens.input == 3)
        #expect(usage.tokens.output == 4)
    }

    @Test func bodiesMayBeBase64() throws {
        // {"usage":{"prompt_tokens":3,"completion_tokens":4}}
        let text = "eyJ1c2FnZSI6eyJwcm9tcHRfdG9rZW5zIjozLCJjb21wbGV0aW9uX3Rva2VucyI6NH19"
        let (_, usage) = try Self.read(Self.line(#"{"status":200,"body_b64":"\#(text)"}"#))
        #expect(usage.tokens.input == 3)
    }

    @Test func aRecordersPlaceholderIsNoRequestID() throws {
        let (_, usage) = try Self.read(
            Self.line(#"{"status":200,"headers":{"x-request-id":"X-REQUEST-ID-XXX"},"body":"{}"}"#))
        #expect(usage.providerRequestID == nil)
    }

    @Test(arguments: [
        ("", RecordedExchangeError.notJSON), ("[1]", .missing("id")), ("{", .notJSON), ("{} {}", .notJSON),
        (#"{"id":7}"#, .missing("id")), (#"{"id":"a"}"#, .missing("response.status")),
        (#"{"id":"a","response":{"status":"x"}}"#, .missing("response.status")),
        (#"{"id":"a","request":{"path":"x"},"response":{"status":200}}"#, .missing("request.path")),
        (#"{"id":"a","response":{"status":200,"body":7}}"#, .missing("response.body")),
        (#"{"id":"a","response":{"status":200,"body_b64":"$"}}"#, .notBase64("response.body_b64")),
    ])
    func whatCannotBeReadIsTold(_ line: String, _ error: RecordedExchangeError) {
        #expect(throws: error) { try Self.read(line) }
    }

    @Test(arguments: [
        ("", ""), ("Zg==", "f"), ("Zm8", "fo"), ("Zm9v", "foo"), ("Zm9vYmE=", "fooba"),
        ("Zm9v\nYmFy", "foobar"),
    ])
    func base64IsDecoded(_ text: String, _ plain: String) {
        #expect(decodedBase64(Array(text.utf8)).map { String(decoding: $0, as: UTF8.self) } == plain)
    }

    @Test(arguments: ["Z", "Zg=g", "Zm9v!", "===="])
    func whatIsNoBase64IsRefused(_ text: String) {
        let decoded = decodedBase64(Array(text.utf8))
        #expect(decoded == nil || decoded == [])
    }
}
