// Callers who bring their own provider key, told apart without keeping it.
import Foundation
import Testing

@Suite(.serialized) struct FingerprintTests {
    @Test("a caller has one fingerprint: where its key stands, and however it signs")
    func stable() throws {
        let deployment = try Deployment("fingerprints", hasFewPrices: true)
        defer { deployment.tearDown() }
        try deployment.start()
        let body = #"{"model":"gpt-4o-mini","messages":[{"role":"user","content":"When is tea?"}]}"#
        func call(_ headers: String, _ query: String = "") {
            let outcome = HTTPClient.post(
                port: deployment.port, path: "/openai/v1/chat/completions" + query, headers: headers,
                body: body)
            guard case .complete(200, _) = outcome else {
                Issue.record("\(headers): \(outcome)")
                return
            }
        }
        func signed(_ key: String, _ signature: String) -> String {
            "Authorization: AWS4-HMAC-SHA256 Credential=\(key)/20261121/us-east-1/bedrock/aws4_request, "
                + "SignedHeaders=host;x-amz-date, Signature=\(signature)\r\n"
        }
        call(signed("AKIAONE", "aa11"))
        call(signed("AKIAONE", "bb22"))
        call(signed("AKIATWO", "cc33"))
        call("", "?key=AIzaOne")
        call("x-goog-api-key: AIzaOne\r\n")
        call("", "?alt=sse&key=AIzaTwo")
        call("")
        try deployment.stop()
        let keys = try deployment.records().map { $0["key_id"] as? String ?? "none" }
        try #require(keys.count == 7)
        #expect(keys[0] == keys[1] && keys[3] == keys[4])
        #expect(Set(keys).count == 5)
        #expect(keys.dropLast().allSatisfy { $0.hasPrefix("fp_") } && !keys[6].hasPrefix("fp_"))
    }
}
