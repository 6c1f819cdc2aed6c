// OpenAI's surfaces, frame by frame.
import Simulator
import Testing

@Suite struct OpenAITests {
    @Test("a unary chat completion states the counts that the hints asked for")
    func unary() throws {
        try withSimulator { simulator in
            let client = try RawClient(simulator)
            client.post(
                "/v1/chat/completions",
                #"{"model":"gpt-4o-mini","simulate":"input=1000,output=200,cached=400,reasoning=50,text=5"}"#)
            let response = try client.response()
            #expect(response.status == 200)
            #expect(response.field("content-type") == "application/json")
            #expect(response.field("x-request-id") == "req_sim0000000000000001")
            #expect(
                response.body == """
                    {"id":"chatcmpl-sim0000000000000001","object":"chat.completion","created":1792065600,\
                    "model":"gpt-4o-mini","choices":[{"index":0,"message":{"role":"assistant",\
                    "content":"This ","refusal":null,"annotations":[]},"logprobs":null,\
                    "finish_reason":"stop"}],"usage":{"prompt_tokens":1000,"completion_tokens":200,\
                    "total_tokens":1200,"prompt_tokens_details":{"cached_tokens":400,"audio_tokens":0},\
                    "completion_tokens_details":{"reasoning_tokens":50,"audio_tokens":0,\
                    "accepted_prediction_tokens":0,"rejected_prediction_tokens":0}},\
                    "service_tier":"default","system_fingerprint":"fp_simulated"}
                    """)
        }
    }

    @Test("a stream that asked for usage has null on every chunk and one chunk of usage before [DONE]")
    func streamWithUsage() throws {
        try withSimulator { simulator in
            let client = try RawClient(simulator)
            client.post(
                "/v1/chat/completions",
                #"{"model":"gpt-4o-mini","stream":true,"stream_options":{"include_usage":true}}"#,
                ["x-sim-input": "10", "x-sim-output": "2", "x-sim-frames": "2"])
            let response = try client.response()
            let before = """
                data: {"id":"chatcmpl-sim0000000000000001","object":"chat.completion.chunk",\
                "created":1792065600,"model":"gpt-4o-mini","choices":
                """
            let after = #","service_tier":"default","system_fingerprint":"fp_simulated"}"# + "\n\n"
            func choice(_ delta: String, _ finish: String) -> String {
                "\(before)[{\"index\":0,\"delta\":\(delta),\"logprobs\":null,\"finish_reason\":\(finish)}]"
                    + #","usage":null"# + after
            }
            let usage = """
                {"prompt_tokens":10,"completion_tokens":2,"total_tokens":12,\
                "prompt_tokens_details":{"cached_tokens":0,"audio_tokens":0},\
                "completion_tokens_details":{"reasoning_tokens":0,"audio_tokens":0,\
                "accepted_prediction_tokens":0,"rejected_prediction_tokens":0}}
                """
            #expect(
                response.frames == [
                    choice(#"{"role":"assistant","content":"","refusal":null}"#, "null"),
                    choice(#"{"content":" the"}"#, "null"), choice(#"{"content":" meter"}"#, "null"),
                    choice("{}", #""stop""#), "\(before)[],\"usage\":\(usage)\(after)", "data: [DONE]\n\n",
                ])
            #expect(response.isWhole)
            #expect(response.field("content-length") == nil)
        }
    }

    @Test(
        "a stream that did not ask is told nothing", arguments: ["/v1/chat/completions", "/v1/completions"])
    func streamWithoutUsage(path: String) throws {
        try withSimulator { simulator in
            let client = try RawClient(simulator)
            client.post(path, #"{"model":"gpt-4o-mini","stream":true}"#)
            let response = try client.response()
            #expect(!response.body.contains("usage"))
            #expect(response.frames.last == "data: [DONE]\n\n")
        }
    }

    @Test("two choices interleave and share one usage")
    func choices() throws {
        try withSimulator { simulator in
            let client = try RawClient(simulator)
            client.post(
                "/v1/chat/completions", #"{"model":"m","n":2,"stream":true}"#,
                ["x-sim-frames": "4", "x-sim-usage": "always"])
            let frames = try client.response().frames
            #expect(frames.count == 2 + 4 + 2 + 1 + 1)
            #expect(frames[2].contains(#""index":0,"delta":{"content":" the"}"#))
            #expect(frames[3].contains(#""index":1,"delta":{"content":" the"}"#))
            #expect(frames[5].contains(#""index":1,"delta":{"content":" meter"}"#))
            #expect(frames[8].contains(#""choices":[],"usage":{"#))
        }
    }

    @Test("DeepSeek says hit and miss, Mistral bare totals, a silent server nothing")
    func families() throws {
        try withSimulator { simulator in
            let client = try RawClient(simulator)
            let hints = ["x-sim-input": "100", "x-sim-output": "10", "x-sim-cached": "64"]
            client.post("/deepseek/v1/chat/completions", #"{"model":"deepseek-chat"}"#, hints)
            #expect(
                try client.response().body.contains(
                    #""prompt_cache_hit_tokens":64,"prompt_cache_miss_tokens":36}"#))
            client.post("/mistral/v1/chat/completions", #"{"model":"mistral-small-latest"}"#, hints)
            #expect(
                try client.response().body.hasSuffix(
                    #""usage":{"prompt_tokens":100,"completion_tokens":10,"total_tokens":110}}"#))
            for provider in ["deepseek", "mistral"] {
                client.post("/\(provider)/v1/chat/completions", #"{"model":"m","stream":true}"#, hints)
                let frames = try client.response().frames
                #expect(frames.count(where: { $0.contains("usage") }) == 1)
                #expect(frames[frames.count - 2].contains(#""finish_reason":"stop"}],"usage":{"#))
                #expect((frames[0] == ": keep-alive\n\n") == (provider == "deepseek"))
            }
            client.post("/silent/v1/chat/completions", #"{"model":"llama"}"#, hints)
            #expect(try !client.response().body.contains("usage"))
        }
    }

    @Test("embeddings have input only")
    func embeddings() throws {
        try withSimulator { simulator in
            let client = try RawClient(simulator)
            client.post("/v1/embeddings", #"{"model":"e","input":"x"}"#, ["x-sim-input": "7"])
            #expect(try client.response().body.hasSuffix(#""usage":{"prompt_tokens":7,"total_tokens":7}}"#))
        }
    }

    @Test("responses number their events and put usage into the last")
    func responses() throws {
        try withSimulator { simulator in
            let client = try RawClient(simulator)
            client.post(
                "/v1/responses", #"{"model":"gpt-5-mini","stream":true}"#,
                ["x-sim-input": "100", "x-sim-output": "20", "x-sim-reasoning": "5", "x-sim-frames": "2"])
            let response = try client.response()
            #expect(
                response.frames.map { String($0.prefix(while: { $0 != "\n" })) } == [
                    "event: response.created", "event: response.in_progress",
                    "event: response.output_item.added", "event: response.content_part.added",
                    "event: response.output_text.delta", "event: response.output_text.delta",
                    "event: response.output_text.done", "event: response.content_part.done",
                    "event: response.output_item.done", "event: response.completed",
                ])
            for (number, frame) in response.frames.enumerated() {
                #expect(frame.contains(#","sequence_number":\#(number),"#))
            }
            #expect(
                response.frames[9].contains(
                    """
                    "usage":{"input_tokens":100,"input_tokens_details":{"cached_tokens":0},\
                    "output_tokens":20,"output_tokens_details":{"reasoning_tokens":5},"total_tokens":120}
                    """))
            #expect(response.frames[0].contains(#""usage":null"#))
        }
    }
}
