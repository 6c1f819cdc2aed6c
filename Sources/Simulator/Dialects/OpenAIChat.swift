// OpenAI chat completions and the servers that speak the same JSON: DeepSeek with its hit and miss counts,
// Mistral with bare totals, and a server that never says what it used (provider `silent`).

/// Seconds since 1970 that stand in every answer: 2026-10-15T12:00:00Z. Fixed, so that answers are
/// predictable.
let simulatedCreation = 1_792_065_600

/// The `usage` object of the OpenAI family.
struct OpenAIUsage {
    let counts: Counts
    let provider: String

    /// JSON text.
    var text: String {
        let total = counts.input + counts.output
        let sides = """
            "prompt_tokens":\(counts.input),"completion_tokens":\(counts.output),"total_tokens":\(total)
            """
        switch provider {
        case "deepseek":
            return """
                {\(sides),"prompt_tokens_details":{"cached_tokens":\(counts.cached)},\
                "completion_tokens_details":{"reasoning_tokens":\(counts.reasoning)},\
                "prompt_cache_hit_tokens":\(counts.cached),\
                "prompt_cache_miss_tokens":\(counts.input - counts.cached)}
                """
        case "mistral": return "{\(sides)}"
        default:
            return """
                {\(sides),"prompt_tokens_details":{"cached_tokens":\(counts.cached),"audio_tokens":0},\
                "completion_tokens_details":{"reasoning_tokens":\(counts.reasoning),"audio_tokens":0,\
                "accepted_prediction_tokens":0,"rejected_prediction_tokens":0}}
                """
        }
    }
}

struct OpenAIChat {
    private let request: SimulatedRequest
    private let counts: Counts
    private let id: String
    private let model: String

    init(_ request: SimulatedRequest, _ identity: Identity) {
        self.request = request
        counts = request.counts
        id = request.hints.id ?? "chatcmpl-sim\(identity.digits)"
        model = quoted(request.servedModel)
    }

    private var usage: String { OpenAIUsage(counts: counts, provider: request.provider).text }
    private var isSilent: Bool { request.hints.usage == .never || request.provider == "silent" }

    /// What stands in every object of this answer behind `choices` and `usage`.
    private var tail: String {
        guard request.provider == "openai" else { return "" }
        let tier = quoted(request.hints.tier ?? (request.tier == "auto" ? nil : request.tier) ?? "default")
        return #","service_tier":\#(tier),"system_fingerprint":"fp_simulated""#
    }

    var answer: Answer {
        var answer = request.stream == true ? streamed : unary
        answer.id = id
        answer.billed = counts
        return answer
    }

    private var unary: Answer {
        let text = request.quotedText
        let choices = (0..<request.choices).map { index in
            """
            {"index":\(index),"message":{"role":"assistant","content":\(text),"refusal":null,\
            "annotations":[]},"logprobs":null,"finish_reason":"stop"}
            """
        }
        let usage = isSilent ? "" : #","usage":\#(self.usage)"#
        var answer = Answer.whole(
            """
            {"id":\(quoted(id)),"object":"chat.completion","created":\(simulatedCreation),"model":\(model),\
            "choices":[\(choices.joined(separator: ","))]\(usage)\(tail)}
            """)
        answer.reportsUsage = !isSilent
        return answer
    }

    private var streamed: Answer {
        // OpenAI sends `usage:null` on every other chunk once it was asked for usage. DeepSeek and Mistral
        // are not asked: they state it on the chunk with the finish reason.
        let volunteers = ["deepseek", "mistral"].contains(request.provider) && !isSilent
        let asked = request.includeUsage && !isSilent && !volunteers
        let states = asked || request.hints.usage == .always && !volunteers
        let null = asked ? #","usage":null"# : ""
        let plan = request.plannedFrames
        var script = Script()
        for choice in 0..<request.choices {
            let delta = #"{"role":"assistant","content":"","refusal":null}"#
            script.opening.append(dataEvent(chunk(choice: "\(choice)", delta: delta, finish: "null", null)))
        }
        let content = chunk(choice: "«choice»", delta: #"{"content":"«word»"}"#, finish: "null", null)
        script.content = FrameTemplate("data: \(content)\n\n")
        script.content.choices = request.choices
        script.count = plan.count
        if plan.fails {
            let failure = #"{"error":{"message":"the simulated provider fails here","type":"server_error"}}"#
            script.closing = [dataEvent(failure)]
        } else {
            for choice in 0..<request.choices {
                let stated = volunteers && choice == request.choices - 1 ? #","usage":\#(usage)"# : null
                script.closing.append(
                    dataEvent(chunk(choice: "\(choice)", delta: "{}", finish: #""stop""#, stated)))
            }
            if states { script.closing.append(dataEvent(envelope(choices: "[]", #","usage":\#(usage)"#))) }
            script.closing.append(dataEvent("[DONE]"))
        }
        // What keeps the connection alive while DeepSeek's queue is long; no event.
        if request.provider == "deepseek" { script.opening.insert(Array(": keep-alive\n\n".utf8), at: 0) }
        return eventStream(script, reportsUsage: (states || volunteers) && !plan.fails)
    }

    private func chunk(choice: String, delta: String, finish: String, _ usage: String) -> String {
        let choices = #"[{"index":\#(choice),"delta":\#(delta),"logprobs":null,"finish_reason":\#(finish)}]"#
        return envelope(choices: choices, usage)
    }

    private func envelope(choices: String, _ usage: String) -> String {
        """
        {"id":\(quoted(id)),"object":"chat.completion.chunk","created":\(simulatedCreation),"model":\(model),\
        "choices":\(choices)\(usage)\(tail)}
        """
    }
}

/// An answer of SSE frames.
func eventStream(_ script: Script, reportsUsage: Bool) -> Answer {
    var answer = Answer()
    answer.headers = [("Content-Type", "text/event-stream; charset=utf-8"), ("Cache-Control", "no-cache")]
    answer.script = script
    answer.transfer = .chunked
    answer.stream = true
    answer.reportsUsage = reportsUsage
    return answer
}
