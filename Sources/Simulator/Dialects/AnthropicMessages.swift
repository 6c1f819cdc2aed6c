// Anthropic messages. Input is exclusive here: `input_tokens` is what neither came from nor went to a cache.

struct AnthropicMessages {
    private let request: SimulatedRequest
    private let counts: Counts
    private let id: String

    init(_ request: SimulatedRequest, _ identity: Identity) {
        self.request = request
        counts = request.counts
        id = request.hints.id ?? "msg_sim\(identity.digits)"
    }

    private var isSilent: Bool { request.hints.usage == .never }
    private var tier: String { quoted(request.hints.tier ?? "standard") }

    var answer: Answer {
        var answer = request.stream == true ? streamed : unary
        answer.id = id
        answer.billed = counts
        return answer
    }

    /// The input side, with the cache's split by time to live.
    private var input: String {
        """
        "input_tokens":\(counts.fresh),"cache_creation_input_tokens":\(counts.written + counts.writtenHour),\
        "cache_read_input_tokens":\(counts.cached),"cache_creation":{\
        "ephemeral_5m_input_tokens":\(counts.written),"ephemeral_1h_input_tokens":\(counts.writtenHour)}
        """
    }

    private var tools: String {
        counts.searches > 0
            ? #","server_tool_use":{"web_search_requests":\#(counts.searches),"web_fetch_requests":0}"# : ""
    }

    /// Thinking is part of the output.
    private var thinking: String {
        counts.reasoning > 0 ? #","output_tokens_details":{"thinking_tokens":\#(counts.reasoning)}"# : ""
    }

    private var unary: Answer {
        let usage =
            isSilent
            ? ""
            : """
            ,"usage":{\(input),"output_tokens":\(counts.output)\(thinking)\(tools),"service_tier":\(tier)}
            """
        var answer = Answer.whole(
            """
            {"id":\(quoted(id)),"type":"message","role":"assistant","model":\(quoted(request.servedModel)),\
            "content":[{"type":"text","text":\(request.quotedText)}],"stop_reason":"end_turn",\
            "stop_sequence":null\(usage)}
            """)
        answer.reportsUsage = !isSilent
        return answer
    }

    private var streamed: Answer {
        let plan = request.plannedFrames
        // The output count of the first event is a placeholder, as with the real provider.
        let first = isSilent ? "" : #","usage":{\#(input),"output_tokens":1,"service_tier":\#(tier)}"#
        let message = """
            {"id":\(quoted(id)),"type":"message","role":"assistant","model":\(quoted(request.servedModel)),\
            "content":[],"stop_reason":null,"stop_sequence":null\(first)}
            """
        var script = Script()
        script.opening = [
            event("message_start", #""message":\#(message)"#),
            event("content_block_start", #""index":0,"content_block":{"type":"text","text":""}"#),
            event("ping", ""),
        ]
        let delta = #"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"«word»"}}"#
        script.content = FrameTemplate("event: content_block_delta\ndata: \(delta)\n\n")
        script.count = plan.count
        script.closing = plan.fails ? failure : ending
        return eventStream(script, reportsUsage: !isSilent && !plan.fails)
    }

    private var failure: [[UInt8]] {
        [
            event(
                "error", #""error":{"type":"overloaded_error","message":"the simulated provider fails here"}"#
            )
        ]
    }

    private var ending: [[UInt8]] {
        let last = """
            "usage":{"input_tokens":\(counts.fresh),\
            "cache_creation_input_tokens":\(counts.written + counts.writtenHour),\
            "cache_read_input_tokens":\(counts.cached),"output_tokens":\(counts.output)\(thinking)\(tools)}
            """
        let stop = #""delta":{"stop_reason":"end_turn","stop_sequence":null}"#
        return [
            event("content_block_stop", #""index":0"#),
            event("message_delta", isSilent ? stop : "\(stop),\(last)"),
            event("message_stop", ""),
        ]
    }

    private func event(_ type: String, _ members: String) -> [UInt8] {
        namedEvent(type, #"{"type":"\#(type)"\#(members.isEmpty ? "" : ",")\#(members)}"#)
    }
}
