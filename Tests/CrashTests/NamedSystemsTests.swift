import Foundation
import Testing

/// Clients and servers of other projects, by name: what they send goes through the built program, the client
/// gets the server's bytes, and the ledger the right numbers.
@Suite(.serialized) struct NamedSystemsTests {
    struct Call {
        var upstream: String
        var path = "/v1/chat/completions"
        var method = "POST"
        var request = #"{"model":"m-1","stream":true,"messages":[{"role":"user","content":"When is tea?"}]}"#
        var headers = ""
        var type = "text/event-stream"
        var response: String
        /// What of the response the client gets; nil: all of it.
        var received: String?
    }

    /// Sends the calls in their order and returns their records.
    static func records(_ name: String, _ calls: [Call]) throws -> [[String: Any]] {
        let lines = try calls.enumerated().map { index, call in
            let response: [String: Any] = [
                "status": 200, "headers": ["content-type": call.type], "body": call.response,
            ]
            let text = try JSONSerialization.data(withJSONObject: response)
            let streams = call.type == "text/event-stream"
            return "{\"id\":\"x\(index)\",\"stream\":\(streams),"
                + "\"response\":\(String(decoding: text, as: UTF8.self))}"
        }
        let deployment = try Deployment(
            name, recordings: lines.joined(separator: "\n") + "\n",
            providers: Set(calls.map(\.upstream)).subtracting(["openai"]).sorted())
        defer { deployment.tearDown() }
        try deployment.start()
        for (index, call) in calls.enumerated() {
            let outcome = HTTPClient.post(
                port: deployment.port, path: "/\(call.upstream)\(call.path)",
                headers: "x-sim-exchange: x\(index)\r\n" + call.headers,
                body: call.method == "GET" ? "" : call.request,
                method: call.method)
            guard case .complete(let status, let body) = outcome else {
                Issue.record("the answer to call \(index) broke")
                continue
            }
            #expect(status == 200)
            #expect(String(decoding: body, as: UTF8.self) == call.received ?? call.response)
        }
        try deployment.stop()
        return try deployment.records()
    }

    static func chunk(_ content: String, usage: String? = nil, finish: String = "null") -> String {
        #"{"id":"c-1","object":"chat.completion.chunk","created":1,"model":"m-1","choices":[{"index":0,"#
            + #""delta":{"content":"\#(content)"},"finish_reason":\#(finish)}]"#
            + (usage.map { ",\"usage\":\($0)" } ?? "") + "}"
    }

    static func answer(_ usage: String) -> String {
        #"{"id":"c-1","object":"chat.completion","created":1,"model":"m-1","choices":[{"index":0,"#
            + #""message":{"role":"assistant","content":"At four."},"finish_reason":"stop"}],"#
            + #""usage":\#(usage)}"#
    }

    static func meters(_ record: [String: Any], _ component: Int = 0) -> [String: Int] {
        let components = record["components"] as? [[String: Any]] ?? []
        guard components.indices.contains(component) else { return [:] }
        return components[component]["meters"] as? [String: Int] ?? [:]
    }

    @Test("BreakPilot: whose call it is stands in the metadata; its streams carry no usage")
    func breakPilot() throws {
        let body = """
            data: \(Self.chunk("At four"))\n\ndata: \(Self.chunk("", finish: "\"stop\""))\n\ndata: [DONE]\n\n
            """
        let request = """
            {"model":"m-1","stream":true,"user":"eve","metadata":{"playbook_id":"pb-7","tenant_id":"acme",\
            "user_id":"ada"},"messages":[{"role":"user","content":"When is tea?"}]}
            """
        let record = try #require(
            try Self.records("breakpilot", [Call(upstream: "openai", request: request, response: body)]).first
        )
        #expect(record["tenant"] as? String == "acme")
        #expect(record["user"] as? String == "ada")
        #expect((record["labels"] as? [String: String])?["playbook_id"] == "pb-7")
        #expect(record["usage_status"] as? String == "estimated")
        #expect(record["input_tokens"] is NSNull)
        #expect(Self.meters(record) == ["in.text.fresh": 3, "out.text": 2])
        let estimate = try #require(record["estimate"] as? [String: Any])
        #expect(estimate["upper_output_tokens"] as? Int == 7)
        #expect(estimate["upper_input_tokens"] as? Int == request.utf8.count)
    }

    @Test("Calute: usage on every chunk, a null, zeros at the end; counting tokens is never billed")
    func calute() throws {
        let first =
            #"{"prompt_tokens":12,"completion_tokens":null,"total_tokens":12,"tokens_per_second":0.0}"#
        let second = #"""
            {"prompt_tokens":12,"completion_tokens":18,"total_tokens":30,"tokens_per_second":41.5,\#
            "processing_time":0.43}
            """#
        let zeros = #"""
            {"prompt_tokens":0,"completion_tokens":0,"total_tokens":0,"tokens_per_second":0.0,\#
            "processing_time":0.0}
            """#
        let body = """
            data: \(Self.chunk("At", usage: first))\n\ndata: \(Self.chunk(" four", usage: second))\n
            data: \(Self.chunk("", usage: zeros, finish: "\"stop\""))\n\ndata: [DONE]\n\n
            """
        let records = try Self.records(
            "calute",
            [
                Call(upstream: "calute", response: body),
                Call(
                    upstream: "calute", path: "/v1/count_tokens", type: "application/json",
                    response: #"{"model":"m-1","count":9}"#),
            ])
        #expect(records.count == 2)
        #expect(records[0]["usage_status"] as? String == "reported")
        #expect(records[0]["input_tokens"] as? Int == 12)
        #expect(records[0]["output_tokens"] as? Int == 18)
        #expect(Self.meters(records[0]) == ["in.text.fresh": 12, "out.text": 18])
        #expect(records[1]["billable"] as? Bool == false)
        #expect(records[1]["not_billable_reason"] as? String == "count_only")
        #expect((records[1]["cost"] as? [String: Any])?["list"] as? String == "0")
    }

    @Test("tolerant clients: every spelling, strings and floats, no space, no last blank line, no end mark")
    func tolerant() throws {
        func unary(_ usage: String) -> Call {
            Call(upstream: "vllm", type: "application/json", response: Self.answer(usage))
        }
        let stream =
            "data:\(Self.chunk("At four"))\n\ndata:\(Self.chunk("", finish: "\"stop\""))\n\n"
            + #"data:{"id":"c-1","choices":[],"usage":{"prompt_tokens":"7","completion_tokens":"5"}}"#
        let asked = #"{"model":"m-1","stream":true,"stream_options":{"include_usage":true},"messages":[]}"#
        let records = try Self.records(
            "tolerant",
            [
                unary(
                    #"{"input_tokens":10,"output_tokens":4,"#
                        + #""cache_read_input_tokens":30,"reasoning_tokens":2}"#
                ),
                unary(#"{"prompt_eval_count":"11","eval_count":4.0}"#),
                unary(
                    #"{"prompt_tokens":50,"completion_tokens":9,"total_tokens":59,"#
                        + #""cache_read_input_tokens":20,"cache_creation_input_tokens":5,"#
                        + #""completion_tokens_details":{"reasoning_tokens":3}}"#
                ),
                unary(#"{"prompt_tokens":8,"completion_tokens":true,"total_tokens":10}"#),
                Call(upstream: "vllm", request: asked, response: stream),
            ])
        let sides = records.map { [$0["input_tokens"] as? Int, $0["output_tokens"] as? Int] }
        #expect(sides == [[40, 4], [11, 4], [50, 9], [8, 2], [7, 5]])
        #expect(records.map { $0["reasoning_tokens"] as? Int } == [2, nil, 3, nil, nil])
        #expect(records.map { $0["cache_read_tokens"] as? Int } == [30, nil, 20, nil, nil])
        #expect(records.map { $0["cache_write_tokens"] as? Int } == [nil, nil, 5, nil, nil])
        let meters = ["in.text.fresh": 25, "in.text.cache_read": 20, "in.text.cache_write": 5]
        #expect(Self.meters(records[2]).filter { $0.key.hasPrefix("in.") } == meters)
        let anomalies = records.map { $0["anomalies"] as? [String] ?? [] }
        #expect(anomalies == [[], ["non_integer"], [], ["non_integer"], ["non_integer"]])
        #expect(records.map { $0["completeness"] as? String } == Array(repeating: "complete", count: 5))
    }

    @Test("Reframr: words for tokens in an answer, nothing in a stream")
    func reframr() throws {
        let stream = "data: \(Self.chunk("At four", finish: "\"stop\""))\n\ndata: [DONE]\n\n"
        let records = try Self.records(
            "reframr",
            [
                Call(
                    upstream: "reframr", type: "application/json",
                    response: Self.answer(#"{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5}"#)),
                Call(upstream: "reframr", response: stream),
            ])
        #expect(records.map { $0["usage_status"] as? String } == ["estimated", "estimated"])
        #expect(records[0]["anomalies"] as? [String] == ["placeholder_usage"])
        #expect(records.allSatisfy { $0["input_tokens"] is NSNull && $0["output_tokens"] is NSNull })
        #expect(
            records.map { Self.meters($0) }
                == Array(repeating: ["in.text.fresh": 3, "out.text": 2], count: 2))
    }

    @Test("OpenRouter: what it states is what it charges, caches and reasoning are parts")
    func openRouter() throws {
        let usage =
            #"{"prompt_tokens":194,"completion_tokens":20,"total_tokens":214,"cost":0.0125,"is_byok":false,"#
            + #""cache_discount":-0.0004,"#
            + #""prompt_tokens_details":{"cached_tokens":60,"cache_write_tokens":100},"#
            + #""completion_tokens_details":{"reasoning_tokens":8},"#
            + #""cost_details":{"upstream_inference_cost":0.0125}}"#
        let native =
            #"{"prompt_cache_hit_tokens":30,"prompt_cache_miss_tokens":70,"completion_tokens":5,"#
            + #""native_tokens_cached":30}"#
        let records = try Self.records(
            "openrouter",
            [
                Call(upstream: "openrouter", type: "application/json", response: Self.answer(usage)),
                Call(upstream: "openrouter", type: "application/json", response: Self.answer(native)),
            ])
        #expect(records[0]["provider_cost_usd"] as? String == "0.0125")
        #expect(records[0]["cache_write_tokens"] as? Int == 100)
        let components = try #require(records[0]["components"] as? [[String: Any]])
        let meters = try #require(components[0]["meters"] as? [String: Any])
        #expect(meters["provider_cost.usd"] as? String == "0.0125")
        #expect(meters["upstream_cost.usd"] == nil)
        #expect(meters["in.text.fresh"] as? Int == 34)
        #expect(meters["in.text.cache_read"] as? Int == 60)
        #expect(meters["in.text.cache_write"] as? Int == 100)
        #expect(meters["out.text"] as? Int == 12)
        #expect(meters["out.text.reasoning"] as? Int == 8)
        #expect(records[1]["input_tokens"] as? Int == 100)
        #expect(records[1]["cache_read_tokens"] as? Int == 30)
        #expect(Self.meters(records[1]) == ["in.text.fresh": 70, "in.text.cache_read": 30, "out.text": 5])
    }

    @Test(
        "complaints 81 and 82: a batch's results and background work are charged for once"
    )
    func chargedOnce() throws {
        let line =
            #"{"custom_id":"0","result":{"type":"succeeded","message":{"model":"c-1","usage":{"#
            + #""input_tokens":20,"output_tokens":5,"service_tier":"batch"}}}}"# + "\n"
        let batch = Call(
            upstream: "anthropic", path: "/v1/messages/batches/b-1/results", method: "GET",
            type: "application/x-jsonl", response: line)
        let done = Call(
            upstream: "openai", path: "/v1/responses/resp-1", method: "GET", type: "application/json",
            response: #"{"id":"resp-1","status":"completed","background":true,"model":"m-1","#
                + #""usage":{"input_tokens":9,"output_tokens":4,"total_tokens":13}}"#)
        let records = try Self.records("once", [batch, batch, done, done])
        let reasons = records.map { $0["not_billable_reason"] as? String }
        #expect(reasons == [nil, "replay", nil, "replay"])
        #expect(records[0]["operation_id"] as? String == "batches/b-1")
        #expect(records[1]["operation_id"] as? String == "batches/b-1")
        #expect(records.map { $0["attempt"] as? Int } == [1, 2, 1, 1])
        #expect(Self.meters(records[0]) == ["in.text.fresh": 20, "out.text": 5])
    }
}
