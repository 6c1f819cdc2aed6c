// Gemini generateContent in its three framings: one object, SSE (`alt=sse`), a JSON array. Candidates do not
// count thoughts; the prompt counts the cache; running totals stand on every element of a stream.

struct GeminiContent {
    private let request: SimulatedRequest
    private let counts: Counts
    private let id: String

    init(_ request: SimulatedRequest, _ identity: Identity) {
        self.request = request
        counts = request.counts
        id = request.hints.id ?? "sim\(identity.digits)"
    }

    private var isSilent: Bool { request.hints.usage == .never }
    private var prompt: Int { counts.input - counts.toolPrompt }

    var answer: Answer {
        let streams = request.path.hasSuffix(":streamGenerateContent")
        let sse = request.query.split(separator: "&").contains("alt=sse")
        var answer = !streams ? unary : sse ? events : array
        answer.id = id
        answer.billed = counts
        return answer
    }

    private func element(text: String, finish: Bool, usage: String) -> String {
        let reason = finish ? #","finishReason":"STOP""# : ""
        return """
            {"candidates":[{"content":{"parts":[{"text":\(text)}],"role":"model"}\(reason),"index":0}]\
            \(usage),"modelVersion":\(quoted(request.servedModel)),"responseId":\(quoted(id))}
            """
    }

    /// `usageMetadata` with the given text for candidates and total.
    private func usage(candidates: String, total: String) -> String {
        guard !isSilent else { return "" }
        let cached = counts.cached > 0 ? #","cachedContentTokenCount":\#(counts.cached)"# : ""
        let thoughts = counts.reasoning > 0 ? #","thoughtsTokenCount":\#(counts.reasoning)"# : ""
        let tools = counts.toolPrompt > 0 ? #","toolUsePromptTokenCount":\#(counts.toolPrompt)"# : ""
        return """
            ,"usageMetadata":{"promptTokenCount":\(prompt),"candidatesTokenCount":\(candidates)\
            ,"totalTokenCount":\(total)\(cached),"promptTokensDetails":[{"modality":"TEXT",\
            "tokenCount":\(prompt)}]\(thoughts)\(tools)}
            """
    }

    private var complete: String {
        usage(candidates: "\(counts.visible)", total: "\(counts.input + counts.output)")
    }

    private var unary: Answer {
        var answer = Answer.whole(
            element(text: request.quotedText, finish: true, usage: complete),
            type: "application/json; charset=UTF-8")
        answer.reportsUsage = !isSilent
        return answer
    }

    /// The repeated element between what stands before and behind it in the framing.
    private func script(before: String, after: String) -> Script {
        let plan = request.plannedFrames
        var script = Script()
        let running = usage(candidates: "«tokens»", total: "«total»")
        script.content = FrameTemplate(
            before + element(text: #""«word»""#, finish: false, usage: running) + after)
        script.content.tokens = counts.visible
        script.content.base = counts.input + counts.reasoning
        script.count = plan.count
        let failure = """
            {"error":{"code":503,"message":"the simulated provider fails here","status":"UNAVAILABLE"}}
            """
        let last = plan.fails ? failure : element(text: #""""#, finish: true, usage: complete)
        script.closing = [Array((before + last + after).utf8)]
        return script
    }

    private var events: Answer {
        var answer = eventStream(
            script(before: "data: ", after: "\r\n\r\n"),
            reportsUsage: !isSilent && !request.plannedFrames.fails)
        answer.headers = [("Content-Type", "text/event-stream")]
        return answer
    }

    private var array: Answer {
        var script = script(before: ",\r\n", after: "")
        // An empty first frame opens the array; the separator stands before every element but the first.
        let first = element(
            text: #""""#, finish: false,
            usage: usage(candidates: "0", total: "\(counts.input + counts.reasoning)"))
        script.opening = [Array("[\(first)".utf8)]
        script.closing.append(Array("\n]\n".utf8))
        var answer = eventStream(script, reportsUsage: !isSilent && !request.plannedFrames.fails)
        answer.headers = [("Content-Type", "application/json; charset=UTF-8")]
        return answer
    }
}
