// Which dialect an exchange speaks: by its path first, then by its host. Prefixes before the part of
// the path that names the surface do not matter (`/openai/v1`, `/api`, `/compatible-mode/v1` …).

/// What detection finds. It depends on the upstream, the method and the target alone, so a gateway may keep
/// it for the next exchange of the same three.
public struct Surface: Sendable {
    var provider: String
    var dialect: Dialect
    /// The model that stands in the path.
    var pathModel: String?
    /// The path says that the response streams.
    var pathStreams: Bool?
    /// The surface's version does not know `stream_options` (Azure before 2024-09-01-preview).
    var refusesToBeAsked: Bool

    public init(_ opening: ExchangeOpening) {
        let known =
            opening.provider.flatMap { Provider.named($0) } ?? Provider.behind(opening.host)
        provider = opening.provider ?? known?.name ?? Provider.unknown
        let target = Target(opening.path)
        let found =
            opening.dialect.flatMap { Dialect.named($0) } ?? Self.dialect(opening.method, target, known)
        dialect = found.spoken(by: known)
        statesUsageUnasked = known?.statesUsageUnasked ?? false
        pathModel = target.model
        pathStreams = target.streams
        refusesToBeAsked =
            target.parameter("api-version").map { $0 < "2024-09-01" && $0.first == "2" } ?? false
    }

    /// The provider states usage in streams without being asked.
    let statesUsageUnasked: Bool

    private static func dialect(_ method: String, _ target: Target, _ provider: Provider?) -> Dialect {
        if method == "GET" || method == "DELETE" { return fetched(target) }
        guard method == "POST" else { return .other }
        if provider?.name == "writer", target.path.ends("/v1/chat") { return .openAIChat }
        for (suffix, dialect) in byLastWord[target.lastWord] ?? [] where target.path.ends(suffix) {
            return dialect
        }
        // Stored prompts (Portkey) answer as chat; every other completions path is the older surface.
        guard target.path.ends("/completions") else { return .other }
        return target.path.holds("/prompts/") ? .openAIChat : .openAICompletions
    }

    /// A request that reads what was made before: billed when it was made, unless it was made in the
    /// background.
    private static func fetched(_ target: Target) -> Dialect {
        let segments = target.path.pieces("/")
        if segments.last == "models" || segments.dropLast().last == "models" { return .models }
        switch segments.dropLast().last {
        case "responses": return .fetchedResponse
        case "completions": return .fetchedCompletion
        default: return .other
        }
    }

    /// The suffixes by the word behind their last slash or colon.
    private static let byLastWord = Dictionary(grouping: suffixes) { Target.lastWord(of: $0.0) }

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
    let path: String
    private let query: Substring
    var model: String?
    var streams: Bool?

    init(_ target: String) {
        let mark = target.utf8.firstIndex(of: UInt8(ascii: "?")) ?? target.endIndex
        query = mark == target.endIndex ? "" : target[target.utf8.index(after: mark)...]
        var end = mark
        while end > target.startIndex, target.utf8[target.utf8.index(before: end)] == UInt8(ascii: "/") {
            end = target.utf8.index(before: end)
        }
        path = end == target.endIndex ? target : String(target[..<end])
        readModel()
    }

    /// `…/models/NAME:verb` and `…/deployments/NAME/…` name the model in the path.
    private mutating func readModel() {
        let word = lastWord
        if word.startIndex > path.startIndex,
            path.utf8[path.utf8.index(before: word.startIndex)] == UInt8(ascii: ":"), path.holds("/models/")
        {
            let name = path[..<path.utf8.index(before: word.startIndex)]
            let start = name.utf8.lastIndex(of: UInt8(ascii: "/")).map { name.utf8.index(after: $0) }
            model = String(name[(start ?? name.startIndex)...])
            streams = word.hasPrefix("stream")
        } else if path.holds("/deployments/") {
            let segments = path.pieces("/")
            if let at = segments.firstIndex(of: "deployments"), at + 1 < segments.count {
                model = String(segments[at + 1])
            }
        }
    }

    /// What stands behind the last slash or colon.
    var lastWord: Substring { Self.lastWord(of: path) }

    static func lastWord(of path: String) -> Substring {
        let start = path.utf8.lastIndex { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: ":") }
        return start.map { path[path.utf8.index(after: $0)...] } ?? path[...]
    }

    /// The value of a query parameter.
    func parameter(_ name: String) -> Substring? {
        guard !query.isEmpty else { return nil }
        for pair in query.split(separator: "&") {
            let sides = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if sides[0] == name { return sides.count > 1 ? sides[1] : "" }
        }
        return nil
    }
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
