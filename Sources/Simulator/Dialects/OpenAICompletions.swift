// The old completions endpoint and embeddings: the same usage object around other choices.

struct OpenAICompletions {
    private let request: SimulatedRequest
    private let counts: Counts
    private let id: String

    init(_ request: SimulatedRequest, _ identity: Identity) {
        self.request = request
        counts = request.counts
        id = request.hints.id ?? "cmpl-sim\(identity.digits)"
    }

    private var usage: String { OpenAIUsage(counts: counts, provider: request.provider).text }
    private var isSilent: Bool { request.hints.usage == .never || request.provider == "silent" }

    var answer: Answer {
        var answer = request.stream == true ? streamed : unary
        answer.id = id
        answer.billed = counts
        return answer
    }

    private var unary: Answer {
        let choices = (0..<request.choices).map {
            choice("\($0)", text: request.quotedText, finish: #""stop""#)
        }
        let usage = isSilent ? "" : #","usage":\#(self.usage)"#
        var answer = Answer.whole(envelope("[\(choices.joined(separator: ","))]", usage))
        answer.reportsUsage = !isSilent
        return answer
    }

    private var streamed: Answer {
        let asked = request.includeUsage && !isSilent
        let states = asked || request.hints.usage == .always
        let null = asked ? #","usage":null"# : ""
        let plan = request.plannedFrames
        var script = Script()
        let content = envelope("[\(choice("«choice»", text: #""«word»""#, finish: "null"))]", null)
        script.content = FrameTemplate("data: \(content)\n\n")
        script.content.choices = request.choices
        script.count = plan.count
        if plan.fails {
            script.closing = [dataEvent(#"{"error":{"message":"the simulated provider fails here"}}"#)]
        } else {
            for index in 0..<request.choices {
                let last = choice("\(index)", text: #""""#, finish: #""stop""#)
                script.closing.append(dataEvent(envelope("[\(last)]", null)))
            }
            if states { script.closing.append(dataEvent(envelope("[]", #","usage":\#(usage)"#))) }
            script.closing.append(dataEvent("[DONE]"))
        }
        return eventStream(script, reportsUsage: states && !plan.fails)
    }

    private func choice(_ index: String, text: String, finish: String) -> String {
        #"{"text":\#(text),"index":\#(index),"logprobs":null,"finish_reason":\#(finish)}"#
    }

    private func envelope(_ choices: String, _ usage: String) -> String {
        """
        {"id":\(quoted(id)),"object":"text_completion","created":\(simulatedCreation),\
        "model":\(quoted(request.servedModel)),"choices":\(choices)\(usage)}
        """
    }
}

struct OpenAIEmbeddings {
    private let request: SimulatedRequest

    init(_ request: SimulatedRequest) { self.request = request }

    /// One vector of four numbers; embeddings have input only.
    var answer: Answer {
        var counts = request.counts
        counts.output = 0
        counts.reasoning = 0
        let silent = request.hints.usage == .never || request.provider == "silent"
        let usage =
            silent ? "" : #","usage":{"prompt_tokens":\#(counts.input),"total_tokens":\#(counts.input)}"#
        var answer = Answer.whole(
            """
            {"object":"list","data":[{"object":"embedding","index":0,"embedding":[0.25,-0.5,0.125,1]}],\
            "model":\(quoted(request.servedModel))\(usage)}
            """)
        answer.billed = counts
        answer.reportsUsage = !silent
        return answer
    }
}
