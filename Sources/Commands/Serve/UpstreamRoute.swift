// Which upstream a request goes to: the first segment of its path names it. Nothing else in a request can
// choose, so no header or body field can send a credential somewhere new.

/// A request's way to an upstream.
struct UpstreamRoute: Equatable {
    /// Index into the configured upstreams.
    let upstream: Int
    /// Path and query as the upstream sees them, its prefix included.
    let target: String

    /// Finds the upstream of a request target in origin form.
    ///
    /// - Parameters:
    ///   - names: the configured upstreams' names.
    ///   - prefixes: one path prefix for each, without a trailing slash.
    ///   - fallback: index of `default_upstream`.
    /// - Returns: nil when the first segment names no upstream and there is no default.
    init?(target: String, names: [String], prefixes: [String], fallback: Int?) {
        let path = target.utf8.dropFirst()
        let end = path.firstIndex { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "?") } ?? path.endIndex
        let segment = path[..<end]
        if let index = names.firstIndex(where: { $0.utf8.elementsEqual(segment) }) {
            let rest = String(target[end...])
            upstream = index
            self.target = prefixes[index] + (rest.utf8.first == UInt8(ascii: "/") ? rest : "/" + rest)
        } else if let fallback {
            upstream = fallback
            self.target = prefixes[fallback] + target
        } else {
            return nil
        }
    }

    /// Takes the query parameter that carries a caller's key out of a target.
    static func removingKey(from target: String) -> String {
        guard let mark = target.firstIndex(of: "?") else { return target }
        let kept = target[target.index(after: mark)...].split(
            separator: "&", omittingEmptySubsequences: false
        )
        .filter { !$0.hasPrefix("key=") }
        return kept.isEmpty ? String(target[..<mark]) : target[...mark] + kept.joined(separator: "&")
    }
}
