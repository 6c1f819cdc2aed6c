// OpenAI responses: one object, or the events response.created … response.completed, each with its number.

struct OpenAIResponses {
    private let request: SimulatedRequest
    private let counts: Counts
    private let id: String
    private let item: String

    init(_ request: SimulatedRequest, _ identity: Identity) {
        self.request = request
        counts = request.counts
        id = request.hints.id ?? "resp_sim\(identity.digits)"
        item = "msg_sim\(identity.digits)"
    }

    var answer: Answer {
        var answer = request.stream == true ? streamed : unary
        answer.id = id
        answer.billed = counts
        return answer
    }

    private var unary: Answer {
        var answer = Answer.whole(object("completed", output: "[\(output)]", usage: usage))
        answer.reportsUsage = request.hints.usage != .never
        return answer
    }

    private var usage: String {
        guard request.hints.usage != .never else { return "null" }
        return """
            {"input_tokens":\(counts.input),"input_tokens_details":{"cached_tokens":\(counts.cached)},\
            "output_tokens":\(counts.output),\
            "output_tokens_details":{"reasoning_tokens":\(counts.reasoning)},\
            "total_tokens":\(counts.input + counts.output)}
            """
    }

    /// The output items: searches first, then reasoning when there was some, then the message.
    private var output: String {
        var items = (0..<counts.searches).map { index in
            """
            {"id":"ws_\(index)\(item)","type":"web_search_call","status":"completed",\
            "action":{"type":"search","query":"simulated"}}
            """
        }
        if counts.reasoning > 0 { items.append(#"{"id":"rs_\#(item)","type":"reasoning","summary":[]}"#) }
        items.append(message("completed", content: "[\(part(request.quotedText))]"))
        return items.joined(separator: ",")
    }

    private func message(_ status: String, content: String) -> String {
        #"{"id":"\#(item)","type":"message","status":"\#(status)","content":\#(content),"role":"assistant"}"#
    }

    private func part(_ text: String) -> String {
        #"{"type":"output_text","annotations":[],"logprobs":[],"text":\#(text)}"#
    }

    private func object(_ status: String, output: String, usage: String, error: String = "null") -> String {
        let tier = quoted(request.hints.tier ?? (status == "completed" ? "default" : "auto"))
        let searches =
            counts.searches > 0 && status == "completed"
            ? #","tool_usage":{"web_search":{"num_requests":\#(counts.searches)}}"# : ""
        return """
            {"id":\(quoted(id)),"object":"response","created_at":\(simulatedCreation),"status":"\(status)",\
            "background":false,"error":\(error),"incomplete_details":null,"instructions":null,\
            "max_output_tokens":null,"model":\(quoted(request.servedModel)),"output":\(output),\
            "parallel_tool_calls":true,"previous_response_id":null,\
            "reasoning":{"effort":null,"summary":null},"service_tier":\(tier),"store":true,\
            "temperature":1.0,"text":{"format":{"type":"text"}},"tool_choice":"auto","tools":[],"top_p":1.0,\
            "truncation":"disabled"\(searches),"usage":\(usage),"user":null,"metadata":{}}
            """
    }

    private func event(_ type: String, _ sequence: Int, _ members: String) -> [UInt8] {
        namedEvent(type, #"{"type":"\#(type)","sequence_number":\#(sequence),\#(members)}"#)
    }

    private var streamed: Answer {
        let plan = request.plannedFrames
        let place = #""item_id":"\#(item)","output_index":0,"content_index":0"#
        let begun = #""response":\#(object("in_progress", output: "[]", usage: "null"))"#
        let opened = message("in_progress", content: "[]")
        var script = Script()
        script.opening = [
            event("response.created", 0, begun), event("response.in_progress", 1, begun),
            event("response.output_item.added", 2, #""output_index":0,"item":\#(opened)"#),
            event("response.content_part.added", 3, #"\#(place),"part":\#(part(#""""#))"#),
        ]
        let delta = #"{"type":"response.output_text.delta","sequence_number":«sequence»,\#(place),"#
        script.content = FrameTemplate(
            "event: response.output_text.delta\ndata: \(delta)\"delta\":\"«word»\",\"logprobs\":[]}\n\n")
        script.content.sequenceStart = 4
        script.count = plan.count
        script.closing = plan.fails ? failure(4 + plan.count) : ending(4 + plan.count, place)
        return eventStream(script, reportsUsage: !plan.fails && request.hints.usage != .never)
    }

    private func failure(_ sequence: Int) -> [[UInt8]] {
        let reason = #"{"code":"server_error","message":"the simulated provider fails here"}"#
        let object = object("failed", output: "[]", usage: "null", error: reason)
        return [event("response.failed", sequence, #""response":\#(object)"#)]
    }

    private func ending(_ sequence: Int, _ place: String) -> [[UInt8]] {
        let text = request.quotedText
        let done = message("completed", content: "[\(part(text))]")
        let completed = object("completed", output: "[\(output)]", usage: usage)
        return [
            event("response.output_text.done", sequence, #"\#(place),"text":\#(text),"logprobs":[]"#),
            event("response.content_part.done", sequence + 1, #"\#(place),"part":\#(part(text))"#),
            event("response.output_item.done", sequence + 2, #""output_index":0,"item":\#(done)"#),
            event("response.completed", sequence + 3, #""response":\#(completed)"#),
        ]
    }
}
