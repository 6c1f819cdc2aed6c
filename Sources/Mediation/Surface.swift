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
        let found = opening.dialect.flatMap { Dialect.named($0) } ?? Self.dialect(opening.method, target)
        dialect = found.spoken(by: known)
        pathModel = target.model
        pathStreams = target.streams
        refusesToBeAsked = target.query("api-version").map { $0 < "2024-09-01" && $0.first == "2" } ?? false
    }

    /// The provider states usage in streams without being asked.
    var statesUsageUnasked: Bool { Provider.named(provider)?.statesUsageUnasked ?? false }

    private static func dialect(_ method: String, _ target: Target) -> Dialect {
        for (suffix, dialect) in suffixes where target.path.hasSuffix(suffix) { return dialect }
        return .other
    }

    /// The longest suffix first where one contains another.
    private static let suffixes: [(String, Dialect)] = [
        ("/chat/completions", .openAIChat)
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
        query = []
        if parts.count > 1 {
            query = parts[1].split(separator: "&").map { pair in
                let sides = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                return (String(sides[0]), sides.count > 1 ? String(sides[1]) : "")
            }
        }
    }

    func query(_ name: String) -> String? { query.first { $0.name == name }?.value }
}

extension Dialect {
    /// Forwarded and recorded; nothing is read from it.
    static let other = Dialect("other", api: "other", fields: [])

    static let all: [Dialect] = [.openAIChat, .other]

    /// The dialect of a permanent name.
    public static func named(_ name: String) -> Dialect? { all.first { $0.name == name } }

    /// The surface as this provider speaks it.
    func spoken(by provider: Provider?) -> Dialect { self }
}
