// Which surface a path belongs to, and what all surfaces share: ids, error shapes, the assembly of an
// answer. What a surface says stands in the file that has its name.

/// The surfaces that the simulator speaks.
enum SimulatedDialect: String, Sendable {
    case openAIChat = "openai/chat"
    case openAICompletions = "openai/completions"
    case openAIEmbeddings = "openai/embeddings"
    case openAIResponses = "openai/responses"
    case openAIModels = "openai/models"
    case anthropic = "anthropic/messages"
    case anthropicCount = "anthropic/count_tokens"
    case gemini = "gemini/generateContent"
    case ollamaChat = "ollama/chat"
    case ollamaGenerate = "ollama/generate"

    init?(path: String) {
        let surfaces: [(String, SimulatedDialect)] = [
            ("/chat/completions", .openAIChat), ("/completions", .openAICompletions),
            ("/embeddings", .openAIEmbeddings), ("/responses", .openAIResponses), ("/models", .openAIModels),
            ("/messages/count_tokens", .anthropicCount), ("/messages", .anthropic),
            (":generateContent", .gemini), (":streamGenerateContent", .gemini),
            ("/api/chat", .ollamaChat), ("/api/generate", .ollamaGenerate),
        ]
        guard let found = surfaces.first(where: { path.hasSuffix($0.0) }) else { return nil }
        self = found.1
    }

    /// The whole answer, its pacing apart.
    func answer(to request: SimulatedRequest, identity: Identity) -> Answer {
        var answer: Answer
        if let status = request.hints[.status], status >= 400 {
            answer = Answer.whole(error(status, identity), status: status)
            if status == 429 { answer.headers.append(("Retry-After", "1")) }
        } else {
            answer = speak(request, identity)
            answer.model = request.servedModel
        }
        answer.headers.append(contentsOf: headers(request, identity))
        answer.dialect = rawValue
        return answer
    }

    private func speak(_ request: SimulatedRequest, _ identity: Identity) -> Answer {
        switch self {
        case .openAIChat: OpenAIChat(request, identity).answer
        case .openAICompletions: OpenAICompletions(request, identity).answer
        case .openAIEmbeddings: OpenAIEmbeddings(request).answer
        case .openAIResponses: OpenAIResponses(request, identity).answer
        case .openAIModels: Answer.whole(#"{"object":"list","data":[]}"#)
        case .anthropic: AnthropicMessages(request, identity).answer
        case .anthropicCount: Answer.whole(#"{"input_tokens":\#(request.counts.input)}"#)
        case .gemini: GeminiContent(request, identity).answer
        case .ollamaChat: OllamaGeneration(request, chat: true).answer
        case .ollamaGenerate: OllamaGeneration(request, chat: false).answer
        }
    }

    /// Headers as the provider sends them: the request's id above all.
    private func headers(_ request: SimulatedRequest, _ identity: Identity) -> [(name: String, value: String)]
    {
        switch self {
        case .anthropic, .anthropicCount:
            [("request-id", "req_sim\(identity.digits)"), ("anthropic-organization-id", "org-simulated")]
        case .gemini: [("Server-Timing", "gfet4t7; dur=12"), ("Vary", "Origin"), ("Vary", "X-Origin")]
        case .ollamaChat, .ollamaGenerate: []
        default:
            request.provider == "openai"
                ? [("x-request-id", "req_sim\(identity.digits)"), ("openai-processing-ms", "12")]
                : [("x-request-id", "req_sim\(identity.digits)")]
        }
    }

    /// An error body in the surface's shape.
    func error(_ status: Int, _ identity: Identity) -> String {
        let text = "the simulated provider was asked for status \(status)"
        switch self {
        case .anthropic, .anthropicCount:
            return """
                {"type":"error","error":{"type":"\(Self.anthropicWord(status))","message":"\(text)"},\
                "request_id":"req_sim\(identity.digits)"}
                """
        case .gemini:
            return
                #"{"error":{"code":\#(status),"message":"\#(text)","status":"\#(Self.googleWord(status))"}}"#
        case .ollamaChat, .ollamaGenerate: return #"{"error":"\#(text)"}"#
        default:
            let (type, code) = Self.openAIWords(status)
            return #"{"error":{"message":"\#(text)","type":"\#(type)","param":null,"code":\#(code)}}"#
        }
    }

    private static func anthropicWord(_ status: Int) -> String {
        switch status {
        case 401: "authentication_error"
        case 403: "permission_error"
        case 404: "not_found_error"
        case 413: "request_too_large"
        case 429: "rate_limit_error"
        case 529: "overloaded_error"
        case 500...: "api_error"
        default: "invalid_request_error"
        }
    }

    private static func googleWord(_ status: Int) -> String {
        switch status {
        case 401: "UNAUTHENTICATED"
        case 403: "PERMISSION_DENIED"
        case 404: "NOT_FOUND"
        case 429: "RESOURCE_EXHAUSTED"
        case 503: "UNAVAILABLE"
        case 500...: "INTERNAL"
        default: "INVALID_ARGUMENT"
        }
    }

    private static func openAIWords(_ status: Int) -> (type: String, code: String) {
        switch status {
        case 401: ("invalid_request_error", #""invalid_api_key""#)
        case 404: ("invalid_request_error", #""model_not_found""#)
        case 429: ("requests", #""rate_limit_exceeded""#)
        case 500...: ("server_error", "null")
        default: ("invalid_request_error", "null")
        }
    }
}

extension SimulatedRequest {
    /// The model named in the answer.
    var servedModel: String {
        if let served = hints.served { return served }
        if model.isEmpty, let name = modelOfPath { return name }
        return model
    }

    /// `/v1beta/models/NAME:generateContent` names its model in the path.
    var modelOfPath: String? {
        guard let verb = path.lastIndex(of: ":"), let slash = path[..<verb].lastIndex(of: "/") else {
            return nil
        }
        return String(path[path.index(after: slash)..<verb])
    }

    /// Content frames that are really sent, and whether the stream fails after them.
    var plannedFrames: (count: Int, fails: Bool) {
        if let fail = hints[.fail], fail <= contentFrames { return (fail, true) }
        return (contentFrames, false)
    }
}

/// One SSE event with a `data` line only.
func dataEvent(_ json: String) -> [UInt8] { Array("data: \(json)\n\n".utf8) }

/// One SSE event with a name.
func namedEvent(_ name: String, _ json: String) -> [UInt8] { Array("event: \(name)\ndata: \(json)\n\n".utf8) }
