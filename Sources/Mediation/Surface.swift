// Which dialect an exchange speaks: by its path first, then by its host. Prefixes before the part of
// the path that names the surface do not matter (`/openai/v1`, `/api`, `/compatible-mode/v1` …).

/// What detection finds. It depends on the upstream, the method and the target alone, so a gateway may keep
/// it for the next exchange of the same three. An object, because every exchange of a surface shares it.
public final class Surface: Sendable {
    let provider: String
    let dialect: Dialect
    /// The model that stands in the path.
    let pathModel: String?
    /// The path says that the response streams.
    let pathStreams: Bool?
    /// The surface's version does not know `stream_options` (Azure before 2024-09-01-preview).
    let refusesToBeAsked: Bool
    let target: Target
    /// Where the work is done, for prices that depend on it.
    let place: Place

    public init(_ opening: ExchangeOpening) {
        let known =
            opening.provider.flatMap { Provider.named($0) } ?? Provider.behind(opening.host)
        provider = opening.provider ?? known?.name ?? Provider.unknown
        target = Target(opening.path)
        place = Place(provider: provider, host: opening.host, path: target.path)
        let found =
            opening.dialect.flatMap { Dialect.named($0) } ?? Self.dialect(opening.method, target, known)
        dialect = found.spoken(by: known).sold(as: target.model)
        statesUsageUnasked = known?.statesUsageUnasked ?? false
        pathModel = target.model
        pathStreams = target.streams
        refusesToBeAsked =
            target.parameter("api-version").map { $0 < "2024-09-01" && $0.first == "2" } ?? false
    }

    /// The provider states usage in streams without being asked.
    let statesUsageUnasked: Bool

    /// A surface of which only provider and dialect are known.
    init(provider: String, dialect: Dialect) {
        self.provider = provider
        self.dialect = dialect
        target = Target("/")
        place = Place()
        statesUsageUnasked = false
        pathModel = nil
        pathStreams = nil
        refusesToBeAsked = false
    }

    private static func dialect(_ method: String, _ target: Target, _ provider: Provider?) -> Dialect {
        if method == "GET" || method == "DELETE" { return fetched(target, provider) }
        guard method == "POST" else { return .other }
        if let native = native(target, provider) { return native }
        for (suffix, dialect) in byLastWord[target.lastWord] ?? [] where target.path.ends(suffix) {
            return dialect
        }
        return below(target)
    }
}

/// A request target taken apart.
struct Target: Sendable {
    /// The target as it was sent, and its path without the query.
    let whole: String
    let path: String
    private let query: Substring
    var model: String?
    var streams: Bool?

    init(_ target: String) {
        whole = target
        let mark = target.utf8.firstIndex(of: UInt8(ascii: "?")) ?? target.endIndex
        query = mark == target.endIndex ? "" : target[target.utf8.index(after: mark)...]
        var end = mark
        while end > target.startIndex, target.utf8[target.utf8.index(before: end)] == UInt8(ascii: "/") {
            end = target.utf8.index(before: end)
        }
        path = end == target.endIndex ? target : String(target[..<end])
        readModel()
    }

    /// `…/models/NAME:verb`, `…/deployments/NAME/…` and their like name the model in the path.
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
            model = segment(after: "deployments")
        } else {
            readNativeModel()
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
