// What users of other gateways complained about, through the built program: calls whose clients leave, and
// answers that cannot be told apart by the provider's id.
import CLinux
import Foundation
import Testing

@Suite(.serialized) struct ComplaintServingTests {
    @Test("complaint 24: a plain call to Bedrock outlives its client, and its record has both sides")
    func abandoned() throws {
        let gate = DispatchSemaphore(value: 0)
        let answer =
            #"{"output":{"message":{"content":[{"text":"At four."}]}},"stopReason":"end_turn","#
            + #""usage":{"inputTokens":21,"outputTokens":33,"totalTokens":54}}"#
        let upstream = try ScriptedUpstream { _ in
            gate.wait()
            return Array(
                ("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                    + "Content-Length: \(answer.utf8.count)\r\n\r\n" + answer).utf8)
        }
        defer { upstream.stop() }
        let deployment = try Deployment(
            "abandoned",
            extra: "  bed:\n    url: http://127.0.0.1:\(upstream.port)\n    provider: bedrock\n")
        defer { deployment.tearDown() }
        try deployment.start()
        let request = #"{"messages":[{"role":"user","content":[{"text":"When is tea?"}]}]}"#
        let client = try #require(
            HTTPClient.sendOnly(
                port: deployment.port, path: "/bed/model/amazon.tea-v1%3A0/converse", body: request))
        try waitUntil("the upstream has the request") { upstream.bodies == [request] }
        close(client)
        // Else the answer may be there first, and the call is a complete one.
        try waitUntil("its leaving is noticed") { try deployment.metrics().contains("\ntollbook_drains 1\n") }
        gate.signal()
        try waitUntil("the record is made") {
            let status = try deployment.spoolStatus()
            return status["open"] as? Int == 0
        }
        try deployment.stop()
        let record = try #require(try deployment.records().first)
        #expect(record["completeness"] as? String == "client_aborted_drained")
        #expect(record["usage_status"] as? String == "reported")
        #expect(record["input_tokens"] as? Int == 21 && record["output_tokens"] as? Int == 33)
        #expect(record["model_requested"] as? String == "amazon.tea-v1:0")
    }

    @Test("complaint 29: answers with an empty id, or with the same, are records of their own")
    func sameID() throws {
        let empty = NamedSystemsTests.answer(
            #"{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5}"#
        ).replacing("c-1", with: "")
        let same = NamedSystemsTests.answer(#"{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5}"#)
        let records = try NamedSystemsTests.records(
            "same-id",
            [empty, empty, same, same].map {
                NamedSystemsTests.Call(upstream: "vllm", type: "application/json", response: $0)
            })
        #expect(Set(records.compactMap { $0["record_id"] as? String }).count == 4)
        #expect(records.compactMap { $0["seq"] as? Int }.sorted() == [1, 2, 3, 4])
        #expect(records.allSatisfy { $0["billable"] as? Bool == true })
    }
}
