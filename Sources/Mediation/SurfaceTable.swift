// The paths that name surfaces. The words of a path decide, from its end; a few native surfaces share
// their last word with others and are told apart by an earlier one or by the host.

extension Surface {
    /// The suffixes by the word behind their last slash or colon.
    static let byLastWord = Dictionary(grouping: suffixes) { Target.lastWord(of: $0.0) }

    /// A suffix that contains another one stands before it.
    private static let suffixes: [(String, Dialect)] = [
        ("/chat/completions", .openAIChat),
        ("/agents/completions", .openAIChat),
        ("/text/chatcompletion_v2", .openAIChat),
        ("/text/chat", .openAIChat),
        ("/text/chat_stream", .openAIChat),
        ("/fim/completions", .fimCompletions),
        ("/responses/input_tokens", .countTokens),
        ("/messages/count_tokens", .countTokens),
        ("/count_tokens", .countTokens),
        (":countTokens", .countTokens),
        ("/count-tokens", .countTokens),
        ("count-tokens:rawPredict", .countTokens),
        // Claude on Vertex; the last word of its counting endpoint is the same.
        (":rawPredict", .anthropicMessages),
        (":streamRawPredict", .anthropicMessages),
        ("/tokenize", .countTokens),
        ("/detokenize", .countTokens),
        ("/token-count", .countTokens),
        ("/tokencount", .countTokens),
        ("/responses/compact", .responsesCompact),
        ("/responses", .openAIResponses),
        ("/decisions", .decisions),
        ("/runs", .assistantRuns),
        ("/messages", .anthropicMessages),
        ("/complete", .anthropicComplete),
        (":generateContent", .geminiGenerate),
        (":streamGenerateContent", .geminiGenerate),
        ("/interactions", .geminiInteractions),
        ("/cachedContents", .cachedContents),
        (":predict", .predictEmbeddings),
        (":embedContent", .geminiEmbed),
        (":batchEmbedContents", .geminiEmbed),
        ("/converse", .bedrockConverse),
        ("/converse-stream", .bedrockConverse),
        ("/invoke", .bedrockInvoke),
        ("/invoke-with-response-stream", .bedrockInvoke),
        ("/invoke-with-bidirectional-stream", .bedrockSonic),
        ("/v1/chat", .cohereChatV1),
        ("/v2/chat", .cohereChatV2),
        ("/v1/embed", .cohereEmbed),
        ("/v2/embed", .cohereEmbed),
        ("/v1/classify", .cohereClassify),
        ("/v2/parse", .cohereParse),
        ("/rerank", .rerank),
        ("/ocr", .mistralOCR),
        ("/embeddings", .openAIEmbeddings),
        ("/moderations", .moderations),
        ("/images/generations", .images),
        ("/images/edits", .images),
        ("/images/variations", .images),
        ("/v1/images", .images),
        ("/audio/transcriptions", .transcriptions),
        ("/audio/translations", .transcriptions),
        ("/stt", .transcriptions),
        ("/audio/speech", .speech),
        ("/videos", .videos),
        ("/tts", .speech),
        ("/t2a_v2", .minimaxSpeech),
        ("/messages/batches", .batches),
        ("/batches", .batches),
        (":batchGenerateContent", .batches),
        ("/models", .models),
        ("/api/chat", .ollamaChat),
        ("/api/generate", .ollamaGenerate),
        ("/api/embed", .ollamaEmbed),
        ("/api/v1/generate", .koboldGenerate),
        ("/api/latest/generate", .koboldGenerate),
        ("/api/extra/generate/stream", .koboldGenerate),
        ("/v1/generate", .cohereGenerate),
        ("/generate_stream", .tgiGenerate),
        ("/generate", .tgiGenerate),
        ("/completion", .llamaCompletion),
        ("/infill", .llamaCompletion),
        ("/text/generation", .watsonxGeneration),
        ("/text/generation_stream", .watsonxGeneration),
        ("/generation/text", .watsonxGeneration),
        ("/generation/text_stream", .watsonxGeneration),
        ("/predictions", .replicatePredictions),
    ]

    /// Surfaces whose last word means something else elsewhere.
    static func native(_ target: Target, _ provider: Provider?) -> Dialect? {
        switch provider?.name {
        case "writer" where target.path.ends("/v1/chat"): return .openAIChat
        case "aleph_alpha" where target.path.ends("/complete"): return .alephAlphaComplete
        case "huggingface_tgi" where target.path == "" || target.path == "/": return .tgiGenerate
        case "tencent" where target.path == "" || target.path == "/": return .tencentChat
        case "mistral" where target.path.holds("/conversations"): return .openAIChat
        case "perplexity" where target.path.ends("/search"): return .search
        case "vertex" where target.path.holds("/publishers/mistralai/"): return .openAIChat
        default: break
        }
        return target.path.holds("/v2/models/") && target.lastWord.hasPrefix("generate")
            ? .tritonGenerate : nil
    }

    /// Surfaces that a word in the middle of the path names.
    static func below(_ target: Target) -> Dialect {
        let path = target.path
        if path.ends("/completions") {
            // Stored prompts (Portkey) answer as chat; every other completions path is the older surface.
            return path.holds("/prompts/") ? .openAIChat : .openAICompletions
        }
        if path.holds("/ai/run/") { return .cloudflareRun }
        if path.holds("/services/aigc/") { return .dashscopeGeneration }
        if path.holds("/serving-endpoints/"), path.ends("/invocations") { return .openAIChat }
        if path.holds("/rpc/2.0/ai_custom/") { return .openAIChat }
        if path.holds("/guardrail/"), path.ends("/apply") { return .bedrockGuardrail }
        if path.holds("/batches/") { return .batches }
        return .other
    }

    /// A request that reads what was made before: billed when it was made, unless it was made in the
    /// background or for many at once.
    static func fetched(_ target: Target, _ provider: Provider?) -> Dialect {
        let segments = target.path.pieces("/")
        let parent = segments.dropLast().last
        if segments.last == "models" || parent == "models" { return .models }
        switch segments.last {
        case "realtime": return .realtime
        case "responses": return .responsesSocket
        case "sessions" where parent == "live": return .live
        case "results" where segments.contains("batches"): return .batchResults
        case "content" where segments.dropLast(2).last == "files": return .batchResults
        case "batches", "cachedContents", "predictions": return .lookup
        case "generation": return .lookup
        default: break
        }
        if target.lastWord == "download", segments.contains("files") { return .batchResults }
        switch parent {
        case "responses": return .fetchedResponse
        case "completions": return .fetchedCompletion
        case "interactions": return .fetchedInteraction
        case "predictions": return .fetchedPrediction
        case "runs": return .fetchedRun
        case "videos": return .fetchedVideo
        case "status" where provider?.name == "nvidia": return .fetchedAccepted
        case "tasks" where provider?.name == "alibaba": return .dashscopeTask
        case "batches": return .batches
        case "cachedContents": return .lookup
        default: return .other
        }
    }
}

extension Target {
    /// The segment behind one of this name, with its percent signs undone.
    func segment(after name: String) -> String? {
        let segments = path.pieces("/")
        guard let at = segments.firstIndex(where: { $0 == name }), at + 1 < segments.count else { return nil }
        return Self.decoded(segments[at + 1])
    }

    /// Names in the paths of native surfaces.
    mutating func readNativeModel() {
        if path.holds("/model/") {
            model = segment(after: "model")
            streams = lastWord.hasSuffix("-stream")
        } else if path.holds("/ai/run/") {
            model = path.pieces("/").firstIndex(of: "run").map { at in
                path.pieces("/").dropFirst(at + 1).joined(separator: "/")
            }
        } else if path.holds("/serving-endpoints/") {
            model = segment(after: "serving-endpoints")
        } else if path.holds("/v2/models/") {
            model = segment(after: "models")
            streams = lastWord == "generate_stream"
        } else if path.ends("/predictions"), path.holds("/models/") {
            let segments = path.pieces("/").drop { $0 != "models" }.dropFirst().dropLast()
            model = segments.joined(separator: "/")
        } else if path.ends("/realtime") {
            model = parameter("model").map(String.init)
            streams = true
        } else if lastWord.hasSuffix("_stream") {
            streams = true
        }
    }

    /// Undoes percent encoding; what is none stays as it is.
    static func decoded(_ text: Substring) -> String {
        guard text.utf8.contains(UInt8(ascii: "%")) else { return String(text) }
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            let digits = rest.prefix(2)
            guard byte == UInt8(ascii: "%"), digits.count == 2,
                let value = UInt8(String(decoding: digits, as: UTF8.self), radix: 16)
            else {
                bytes.append(byte)
                continue
            }
            bytes.append(value)
            rest = rest.dropFirst(2)
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

extension Dialect {
    /// Surfaces that answer in another shape for some models, by a part of the model's name.
    private static let byModel: [(surface: Dialect, parts: [String], dialect: Dialect)] = [
        (bedrockConverse, ["openai."], bedrockConverseOpenAI),
        // A profile of one's own does not tell the family.
        (bedrockInvoke, ["anthropic.", "application-inference-profile/"], bedrockInvokeAnthropic),
        (predictEmbeddings, ["imagen"], predictImages),
    ]

    /// The surface as it answers for a model that the path names.
    func sold(as model: String?) -> Dialect {
        guard let model else { return self }
        let found = Self.byModel.first { rule in
            rule.surface === self && rule.parts.contains { model.contains($0) }
        }
        return found?.dialect ?? self
    }

    static let all: [Dialect] = [
        .openAIChat, .openAICompletions, .fimCompletions, .openAIEmbeddings, .openAIResponses,
        .responsesCompact, .responsesSocket, .decisions, .assistantRuns, .realtime, .live, .images,
        .videos, .transcriptions, .speech, .minimaxSpeech,
        .anthropicMessages, .anthropicComplete, .geminiGenerate, .geminiInteractions, .geminiEmbed,
        .predictEmbeddings, .predictImages, .cachedContents, .bedrockConverse, .bedrockConverseOpenAI,
        .bedrockInvoke, .bedrockInvokeAnthropic, .bedrockSonic, .bedrockGuardrail, .cohereChatV1,
        .cohereChatV2, .cohereGenerate, .cohereEmbed, .cohereClassify, .cohereParse, .rerank, .mistralOCR,
        .search, .ollamaChat, .ollamaGenerate, .ollamaEmbed, .llamaCompletion, .tgiGenerate,
        .tritonGenerate, .koboldGenerate, .watsonxGeneration, .replicatePredictions, .cloudflareRun,
        .dashscopeGeneration, .tencentChat, .alephAlphaComplete, .batches, .batchResults, .countTokens,
        .moderations, .models, .fetchedResponse, .fetchedCompletion, .fetchedInteraction,
        .fetchedPrediction, .fetchedRun, .fetchedVideo, .fetchedAccepted, .dashscopeTask, .lookup, .other,
    ]

    /// The dialect of a permanent name.
    public static func named(_ name: String) -> Dialect? { all.first { $0.name == name } }
}
