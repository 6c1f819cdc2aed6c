// Labels that the caller need not send: out of headers that it sends anyway, and out of the paths that it
// calls.
import Access
import Mediation
import Terms
import Wire

struct LabelRules: Sendable {
    /// Label and the header field that it is taken from.
    private let headers: [(label: String, field: String)]
    /// A pattern over path and query as the caller sent them, and what it puts on the call.
    private let paths: [(pattern: Glob, labels: [Label])]

    /// - Returns: nil when there are none, so that a call without rules costs nothing.
    init?(headers: [String: String], paths: [String: String]) {
        if headers.isEmpty, paths.isEmpty { return nil }
        self.headers = headers.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
        // The longest pattern says the most.
        self.paths = paths.sorted { ($1.key.utf8.count, $0.key) < ($0.key.utf8.count, $1.key) }.map {
            (Glob($0.key), Self.labels($0.value))
        }
    }

    /// Reads `a=1,b=2`.
    static func labels(_ text: String) -> [Label] {
        text.split(separator: ",").compactMap { pair in
            let halves = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard halves.count == 2, let key = AttributionRules.name(String(halves[0]), limit: 64),
                let value = AttributionRules.name(String(halves[1]))
            else { return nil }
            return Label(key: key, value: value)
        }
    }

    func claim(for head: RequestHead) -> AttributionClaim {
        var claim = AttributionClaim()
        for (label, field) in headers {
            guard let value = head.value(of: field), let name = AttributionRules.name(value) else { continue }
            claim.labels.append(Label(key: label, value: name))
        }
        if !paths.isEmpty {
            let path = head.path
            for (pattern, labels) in paths where pattern.matches(path) {
                for label in labels where !claim.labels.contains(where: { $0.key == label.key }) {
                    claim.labels.append(label)
                }
            }
        }
        return claim
    }
}
