// Which dialect an exchange speaks: by its path first, then by its host. Prefixes before the part of
// the path that names the surface do not matter (`/openai/v1`, `/api`, `/compatible-mode/v1` …).

/// What detection finds.
struct Surface: Sendable {
    var provider: String
    var dialect: Dialect
    /// The model that stands in the path.
    var pathModel: String?
    /// The path says that the response streams.
    var pathStreams: Bool?
    /// The surface's version does not know `stream_options` (Azure before 2024-09-01-preview).
    var refusesToBeAsked: Bool

    init(_ opening: ExchangeOpening) {
        let known =
            opening.provider.flatMap { Provider.named($0) } ?? Provider.behind(opening.host)
        provider = opening.provider ?? known?.name ?? Provider.unknown
        let target = Target(opening.path)
        let found =
            opening.dialect.flatMap { Dialect.named($0) } ?? Self.dialect(opening.method, target, known)
        dialect = found.spoken(by: known)
        pathModel = target.model
        pathStreams = target.streams
        refusesToBeAsked = target.query("api-version").map { $0 < "2024-09-01" && $0.first == "2" } ?? false
    }

    /// The provider states usage in streams without being asked.
    var statesUsageUnasked: Bool { Provider.named(provider)?.statesUsageUnasked ?? false }

    private static func dialect(_ method: String, _ target: Target, _ provider: Provider?) -> Dialect {
        if method == "GET" || method == "DELETE" { return fetched(target) }
        guard method == "POST" else { return .other }
        if provider?.name == "writer", target.path.hasSuffix("/v1/chat") { return .openAIChat }
        for (suffix, dialect) in suffixes where target.path.hasSuffix(suffix) { return dialect }
        // Stored prompts (Portkey) answer as chat; every other completions path is the older surface.
        guard target.path.hasSuffix("/completions") else { return .other }
        return target.path.contains("/prompts/") ? .openAIChat : .openAICompletions
    }

    /// A request that reads what was made before: billed when it was made, unless it was made in the
    /// background.
    private static func fetched(_ target: Target) -> Dialect {
        let segments = target.path.split(separator: "/")
        if segments.last == "models" || segments.dropLast().last == "models" { return .models }
        switch segments.dropLast().last {
        case "responses": return .fetchedResponse
        case "completions": return .fetchedCompletion
        default: return .other
        }
    }

    /// A suffix that contains another one stands before it.
    private static let suffixes: [(String, Dialect)] = [
        ("/chat/completions", .openAIChat),
        ("/agents/completions", .openAIChat),
        ("/fim/completions", .fimCompletions),
        ("/responses/input_tokens", .countTokens),
        ("/messages/count_tokens", .countTokens),
        (":countTokens", .countTokens),
        ("/count-tokens", .countTokens),
        ("count-tokens:rawPredict", .countTokens),
        ("/tokenize", .countTokens),
        ("/responses", .openAIResponses),
        ("/messages", .anthropicMessages),
        (":generateContent", .geminiGenerate),
        (":streamGenerateContent", .geminiGenerate),
        ("/api/chat", .ollamaChat),
        ("/api/generate", .ollamaGenerate),
        ("/api/embed", .ollamaEmbed),
        (":embedContent", .geminiEmbed),
        (":batchEmbedContents", .geminiEmbed),
        ("/v1/embed", .cohereEmbed),
        ("/v2/embed", .cohereEmbed),
        ("/embeddings", .openAIEmbeddings),
        ("/moderations", .moderations),
        ("/models", .models),
    ]
}

/// A request target taken apart.
struct Target: Sendable {
    var path: String
    var query: [(name: String, value: String)]
    var model: String?
    var streams: Bool?

    init(_ target: String) {
        let parts = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        var path = String(parts.first ?? "")
        while path.hasSuffix("/") { path.removeLast() }
        self.path = path
        let last = path.split(separator: "/").last ?? ""
        if let colon = last.lastIndex(of: ":"), path.contains("/models/") || path.contains("/model/") {
            model = String(last[..<colon])
            streams = last[colon...].hasPrefix(":stream")
        } else if let deployment = Self.segment(after: "deployments", path) {
            model = deployment
        }
        query = []
        if parts.count > 1 {
            query = parts[1].split(separator: "&").map { pair in
                let sides = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                return (String(sides[0]), sides.count > 1 ? String(sides[1]) : "")
            }
        }
    }

    private static func segment(after name: String, _ path: String) -> String? {
        let segments = path.split(separator: "/")
        guard let index = segments.firstIndex(of: name[...]), index + 1 < segments.count else { return nil }
        return String(segments[index + 1])
    }

    func query(_ name: String) -> String? { query.first { $0.name == name }?.value }
}

extension Dialect {
    static let all: [Dialect] = [
        .openAIChat, .openAICompletions, .fimCompletions, .openAIEmbeddings, .openAIResponses,
        .anthropicMessages, .geminiGenerate, .ollamaChat, .ollamaGenerate, .ollamaEmbed, .countTokens,
        .moderations, .models, .geminiEmbed, .cohereEmbed, .fetchedResponse, .fetchedCompletion, .other,
    ]

    /// The dialect of a permanent name.
    public static func named(_ name: String) -> Dialect? { all.first { $0.name == name } }
}
