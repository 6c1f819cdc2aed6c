// Ollama's own surface, chat and generate: lines of JSON, streamed unless the request says `stream: false`.

struct OllamaGeneration {
    private let request: SimulatedRequest
    private let counts: Counts
    private let chat: Bool

    init(_ request: SimulatedRequest, chat: Bool) {
        self.request = request
        self.chat = chat
        counts = request.counts
    }

    var answer: Answer {
        var answer = request.stream == false ? unary : streamed
        answer.billed = counts
        answer.reportsUsage = request.hints.usage != .never && !(answer.stream && request.plannedFrames.fails)
        return answer
    }

    private func line(text: String, done: Bool) -> String {
        let content = chat ? #""message":{"role":"assistant","content":\#(text)}"# : #""response":\#(text)"#
        return """
            {"model":\(quoted(request.servedModel)),"created_at":"2026-10-15T12:00:00.000000000Z",\
            \(content),"done":\(done)\(done ? ending : "")}
            """
    }

    private var ending: String {
        let times = #","total_duration":900000000,"load_duration":100000000"#
        guard request.hints.usage != .never else { return #","done_reason":"stop"\#(times)"# }
        return """
            ,"done_reason":"stop"\(times),"prompt_eval_count":\(counts.input),\
            "prompt_eval_duration":200000000,"eval_count":\(counts.output),"eval_duration":600000000
            """
    }

    private var unary: Answer {
        Answer.whole(line(text: request.quotedText, done: true), type: "application/json; charset=utf-8")
    }

    private var streamed: Answer {
        let plan = request.plannedFrames
        var script = Script()
        script.content = FrameTemplate(line(text: #""«word»""#, done: false) + "\n")
        script.count = plan.count
        let failure = #"{"error":"the simulated provider fails here"}"#
        script.closing = [Array(((plan.fails ? failure : line(text: #""""#, done: true)) + "\n").utf8)]
        var answer = eventStream(script, reportsUsage: true)
        answer.headers = [("Content-Type", "application/x-ndjson")]
        return answer
    }
}
