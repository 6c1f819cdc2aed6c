// Anthropic, Gemini and Ollama, frame by frame, and every dialect's errors.
import Simulator
import Testing

@Suite struct DialectTests {
    static let anthropicHints = [
        "x-sim-input": "1000", "x-sim-output": "50", "x-sim-cached": "300", "x-sim-write": "200",
        "x-sim-write1h": "100", "x-sim-searches": "2", "x-sim-frames": "1",
    ]

    @Test("Anthropic counts input without the cache, and splits writes by time to live")
    func anthropicUnary() throws {
        try withSimulator { simulator in
            let client = try RawClient(simulator)
            client.post("/v1/messages", #"{"model":"claude-sonnet-4-5"}"#, Self.anthropicHints)
            let response = try client.response()
            #expect(response.field("request-id") == "req_sim0000000000000001")
            #expect(
                response.body.hasSuffix(
                    """
                    "usage":{"input_tokens":400,"cache_creation_input_tokens":300,\
                    "cache_read_input_tokens":300,"cache_creation":{"ephemeral_5m_input_tokens":200,\
                    "ephemeral_1h_input_tokens":100},"output_tokens":50,\
                    "server_tool_use":{"web_search_requests":2,"web_fetch_requests":0},\
                    "service_tier":"standard"}}
                    """))
        }
    }

    @Test("an Anthropic stream starts with input and a placeholder, and ends with the output")
    func anthropicStream() throws {
        try withSimulator { simulator in
            let client = try RawClient(simulator)
            client.post("/v1/messages", #"{"model":"claude-sonnet-4-5","stream":true}"#, Self.anthropicHints)
            let frames = try client.response().frames
            #expect(
                frames == [
                    """
                    event: message_start
                    data: {"type":"message_start","message":{"id":"msg_sim0000000000000001",\
                    "type":"message","role":"assistant","model":"claude-sonnet-4-5","content":[],\
                    "stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":400,\
                    "cache_creation_input_tokens":300,"cache_read_input_tokens":300,\
                    "cache_creation":{"ephemeral_5m_input_tokens":200,"ephemeral_1h_input_tokens":100},\
                    "output_tokens":1,"service_tier":"standard"}}}\n\n
                    """,
                    """
                    event: content_block_start
                    data: {"type":"content_block_start","index":0,"content_block":\
                    {"type":"text","text":""}}\n\n
                    """,
                    "event: ping\ndata: {\"type\":\"ping\"}\n\n",
                    """
                    event: content_block_delta
                    data: {"type":"content_block_delta","index":0,"delta":\
                    {"type":"text_delta","text":" the"}}\n\n
                    """,
                    "event: content_block_stop\ndata: {\"type\":\"content_block_stop\",\"index\":0}\n\n",
                    """
                    event: message_delta
                    data: {"type":"message_delta","delta":{"stop_reason":"end_turn",\
                    "stop_sequence":null},"usage":{"input_tokens":400,"cache_creation_input_tokens":300,\
                    "cache_read_input_tokens":300,"output_tokens":50,\
                    "server_tool_use":{"web_search_requests":2,"web_fetch_requests":0}}}\n\n
                    """,
                    "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n",
                ])
        }
    }

    static let geminiHints = [
        "x-sim-input": "100", "x-sim-output": "30", "x-sim-reasoning": "10", "x-sim-cached": "40",
        "x-sim-frames": "2",
    ]
    static let geminiPath = "/v1beta/models/gemini-2.5-flash:"

    static func geminiUsage(_ candidates: Int, _ total: Int) -> String {
        """
        "usageMetadata":{"promptTokenCount":100,"candidatesTokenCount":\(candidates),\
        "totalTokenCount":\(total),"cachedContentTokenCount":40,\
        "promptTokensDetails":[{"modality":"TEXT","tokenCount":100}],"thoughtsTokenCount":10},\
        "modelVersion":"gemini-2.5-flash","responseId":"sim0000000000000001"}
        """
    }

    @Test("Gemini's candidates leave thoughts out; the model stands in the path")
    func geminiUnary() throws {
        try withSimulator { simulator in
            let client = try RawClient(simulator)
            client.post(Self.geminiPath + "generateContent", "{}", Self.geminiHints)
            #expect(try client.response().body.hasSuffix(Self.geminiUsage(20, 130)))
        }
    }

    @Test("Gemini's events carry running totals")
    func geminiEvents() throws {
        try withSimulator { simulator in
            let client = try RawClient(simulator)
            client.post(Self.geminiPath + "streamGenerateContent?alt=sse", "{}", Self.geminiHints)
            let response = try client.response()
            func event(_ text: String, _ finish: String, _ usage: String) -> String {
                """
                data: {"candidates":[{"content":{"parts":[{"text":"\(text)"}],"role":"model"}\(finish),\
                "index":0}],\(usage)\r\n\r\n
                """
            }
            #expect(
                response.frames == [
                    event(" the", "", Self.geminiUsage(10, 120)),
                    event(" meter", "", Self.geminiUsage(20, 130)),
                    event("", #","finishReason":"STOP""#, Self.geminiUsage(20, 130)),
                ])
            #expect(response.field("content-type") == "text/event-stream")
        }
    }

    @Test("without alt=sse Gemini's stream is one JSON array")
    func geminiArray() throws {
        try withSimulator { simulator in
            let client = try RawClient(simulator)
            client.post(Self.geminiPath + "streamGenerateContent", "{}", Self.geminiHints)
            let frames = try client.response().frames
            #expect(frames.count == 5)
            #expect(frames[0].hasPrefix(#"[{"candidates""#) && frames[0].hasSuffix(Self.geminiUsage(0, 110)))
            #expect(frames[1].hasPrefix(",\r\n{"))
            #expect(frames[3].hasSuffix(Self.geminiUsage(20, 130)))
            #expect(frames[4] == "\n]\n")
        }
    }

    @Test("Ollama streams lines unless told not to", arguments: ["chat", "generate"])
    func ollama(surface: String) throws {
        try withSimulator { simulator in
            let client = try RawClient(simulator)
            let hints = ["x-sim-input": "26", "x-sim-output": "9", "x-sim-frames": "2"]
            client.post("/api/\(surface)", #"{"model":"llama3.2"}"#, hints)
            let response = try client.response()
            #expect(response.field("content-type") == "application/x-ndjson")
            #expect(response.frames.count == 3)
            let time = #""created_at":"2026-10-15T12:00:00.000000000Z""#
            let word =
                surface == "chat"
                ? #""message":{"role":"assistant","content":" the"}"# : #""response":" the""#
            #expect(response.frames[0] == #"{"model":"llama3.2",\#(time),\#(word),"done":false}"# + "\n")
            let counts = """
                "prompt_eval_count":26,"prompt_eval_duration":200000000,"eval_count":9,\
                "eval_duration":600000000}
                """
            #expect(response.frames[2].hasSuffix(counts + "\n"))
            client.post("/api/\(surface)", #"{"model":"llama3.2","stream":false}"#, hints)
            let whole = try client.response()
            #expect(whole.field("content-length") != nil)
            #expect(whole.body.hasSuffix(counts))
        }
    }

    @Test(
        "errors have the dialect's shape",
        arguments: [
            ("/v1/chat/completions", 401, #""code":"invalid_api_key"}}"#),
            ("/v1/chat/completions", 429, #""type":"requests","param":null,"code":"rate_limit_exceeded"}}"#),
            ("/v1/responses", 500, #""type":"server_error","param":null,"code":null}}"#),
            ("/v1/messages", 529, #""request_id":"req_sim0000000000000001"}"#),
            ("/v1/messages", 400, #""request_id":"req_sim0000000000000001"}"#),
            (geminiPath + "generateContent", 429, #""status":"RESOURCE_EXHAUSTED"}}"#),
            ("/api/chat", 500, #"{"error":"the simulated provider was asked for status 500"}"#),
        ])
    func errors(path: String, status: Int, ending: String) throws {
        try withSimulator { simulator in
            let client = try RawClient(simulator)
            client.post(path, #"{"model":"m","stream":true}"#, ["x-sim-status": "\(status)"])
            let response = try client.response()
            #expect(response.status == status)
            #expect(response.body.hasSuffix(ending), "\(response.body)")
            #expect(response.field("retry-after") == (status == 429 ? "1" : nil))
        }
    }

    @Test(
        "a stream that fails says so in its own words and then ends",
        arguments: [
            ("/v1/chat/completions", #"data: {"error":{"message":"#),
            ("/v1/responses", #"event: response.failed"#),
            (
                "/v1/messages",
                "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\""
            ),
            (geminiPath + "streamGenerateContent?alt=sse", #"data: {"error":{"code":503"#),
            ("/api/chat", #"{"error":"the simulated provider fails here"}"#),
        ])
    func failures(path: String, start: String) throws {
        try withSimulator { simulator in
            let client = try RawClient(simulator)
            client.post(path, #"{"model":"m","stream":true}"#, ["x-sim-fail": "2", "x-sim-frames": "5"])
            let response = try client.response()
            #expect(response.status == 200)
            #expect(response.isWhole)
            #expect(response.frames.last?.hasPrefix(start) == true)
            #expect(!response.body.contains("[DONE]") && !response.body.contains("every"))
        }
    }
}
