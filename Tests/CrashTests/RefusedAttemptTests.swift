import Testing

/// A provider that declines grants a credit, and the attempt that redeems it does not say how much it is
/// worth: the declined attempt of the same operation did.
@Suite(.serialized) struct RefusedAttemptTests {
    private static func call(_ operation: String, _ usage: String, stop: String) -> NamedSystemsTests.Call {
        NamedSystemsTests.Call(
            upstream: "anthropic", path: "/v1/messages",
            request: #"{"model":"m-1","max_tokens":9,"messages":[{"role":"user","content":"When is tea?"}]}"#,
            headers: "idempotency-key: \(operation)\r\n", type: "application/json",
            response: #"{"id":"msg_1","type":"message","role":"assistant","model":"m-1","content":[],"#
                + #""stop_reason":"\#(stop)","usage":\#(usage)}"#)
    }

    @Test("a redeemed credit makes reads of what the declined attempt had read, in its own operation only")
    func credit() throws {
        let declined = #"{"input_tokens":5,"cache_read_input_tokens":1000,"output_tokens":1}"#
        let redeemed =
            #"{"input_tokens":5,"cache_creation_input_tokens":1400,"cache_read_input_tokens":0,"#
            + #""output_tokens":3,"fallback_credit":{"status":{"type":"redeemed"}}}"#
        let records = try NamedSystemsTests.records(
            "credit",
            [
                Self.call("tea", declined, stop: "refusal"), Self.call("tea", redeemed, stop: "end_turn"),
                Self.call("cake", redeemed, stop: "end_turn"),
            ])
        try #require(records.count == 3)
        func meters(_ operation: String, attempt: Int) -> [String: Int] {
            records.first {
                $0["operation_id"] as? String == operation && $0["attempt"] as? Int == attempt
            }.map { NamedSystemsTests.meters($0) } ?? [:]
        }
        #expect(
            meters("tea", attempt: 2)
                == [
                    "in.text.cache_read": 1000, "in.text.cache_write.5m": 400, "in.text.fresh": 5,
                    "out.text": 3,
                ])
        #expect(
            meters("cake", attempt: 1) == ["in.text.cache_write.5m": 1400, "in.text.fresh": 5, "out.text": 3])
    }
}
