// Callers that are not let in are told so in the shape of their SDK's own provider.
import Foundation
import Relay
import Terms
import Testing

@testable import Commands
@testable import Wire

@Suite struct KeyRefusalTests {
    @Test(
        "a refused key is told in each dialect's shape, with AWS's exception where its SDK looks for it",
        arguments: [
            ("openai/chat", "error.message", nil as String?), ("anthropic/messages", "error.message", nil),
            ("gemini/generate", "error.message", nil), ("ollama/chat", "error", nil),
            ("cohere/chat", "message", nil), ("bedrock/converse", "message", "UnrecognizedClientException"),
        ])
    func shapes(dialect: String, place: String, exception: String?) throws {
        var error = LocalError(AccessRefusal.keyUnknown.status, AccessRefusal.keyUnknown.diagnosis)
        error.fields = AccessRefusal.keyUnknown.fields
        let response = error.response(dialect: dialect)
        #expect(response.status == 401)
        var value: Any? = try JSONSerialization.jsonObject(with: Data(response.body))
        for key in place.split(separator: ".") { value = (value as? [String: Any])?[String(key)] }
        #expect((value as? String)?.contains("the gateway key is not known") == true)
        func field(_ name: String) -> String? {
            response.fields.first { $0.name.bytes == Array(name.utf8) }
                .map { String(decoding: $0.value, as: UTF8.self) }
        }
        #expect(field("x-amzn-errortype") == exception)
        #expect(field("x-should-retry") == "false")
    }

    @Test("each status has the exception that AWS's SDKs raise for it")
    func exceptions() {
        #expect(LocalError.awsType(of: 403) == "AccessDeniedException")
        #expect(LocalError.awsType(of: 429) == "ThrottlingException")
        #expect(LocalError.awsType(of: 503) == "ServiceUnavailableException")
        #expect(LocalError.awsType(of: 400) == "ValidationException")
    }
}
