// What the sidecar does with requests to one upstream: which fields stay here, which credential is set.
import Relay
import Wire

/// One configured upstream as the gateway sees it.
struct SidecarUpstream: Sendable {
    let name: String
    let host: String
    /// Path prefix without a trailing slash, empty for none.
    let prefix: String
    /// As configured, or `nil` for detection.
    let provider: String?
    let dialect: String?
    /// Ask streams to report their usage, where the dialect can.
    let includesUsage: Bool
    /// The caller's own credential goes upstream, and its fingerprint into the record.
    let passesCredential: Bool
    private let edits: RequestEdits

    /// Header fields that carry a caller's credential in some SDK.
    static let credentialFields: [FieldName] = ["authorization", "x-api-key", "api-key", "x-goog-api-key"]

    init(
        name: String, host: String, prefix: String, provider: String?, dialect: String?,
        apiKey: String?, includesUsage: Bool
    ) {
        self.name = name
        self.host = host
        self.prefix = prefix
        self.provider = provider
        self.dialect = dialect
        self.includesUsage = includesUsage
        passesCredential = apiKey == nil
        var edits = RequestEdits()
        edits.remove = [
            "x-tollbook-tenant", "x-tollbook-user", "x-tollbook-labels", "x-tollbook-operation",
        ]
        if let apiKey {
            edits.remove += Self.credentialFields
            if let field = Self.credential(apiKey, host: host, provider: provider ?? name) {
                edits.set.append(field)
            }
        }
        self.edits = edits
    }

    /// The edits that every request to this upstream gets.
    ///
    /// - Parameter acceptEncoding: what the caller accepts; `nil` when it does not say. The tap can undo
    ///   gzip, so nothing else is let through.
    func edits(acceptEncoding: String?) -> RequestEdits {
        var edits = edits
        if let acceptEncoding {
            let gzip =
                acceptEncoding.utf8.contains { $0 == UInt8(ascii: "*") }
                || acceptEncoding.lowercased().split(separator: ",").contains { Self.accepts($0, "gzip") }
            edits.set.append(gzip ? Self.gzip : Self.identity)
        }
        return edits
    }

    static let identity = HeaderField("accept-encoding", "identity")!
    private static let gzip = HeaderField("accept-encoding", "gzip, identity")!

    private static func accepts(_ element: Substring, _ coding: String) -> Bool {
        let parts = element.split(separator: ";", maxSplits: 1)
        guard let name = parts.first?.split(separator: " ").first, name == coding else { return false }
        let weight = parts.count > 1 ? parts[1].filter { $0 != " " } : "q=1"
        return weight != "q=0" && !weight.hasPrefix("q=0.0") || weight.contains { ("1"..."9").contains($0) }
    }

    /// The field in which a provider expects its key.
    private static func credential(_ key: String, host: String, provider: String) -> HeaderField? {
        if provider == "anthropic" || host.hasSuffix("anthropic.com") { return HeaderField("x-api-key", key) }
        if provider == "azure" || host.hasSuffix(".azure.com") { return HeaderField("api-key", key) }
        if host == "generativelanguage.googleapis.com" || provider == "google" {
            return HeaderField("x-goog-api-key", key)
        }
        return HeaderField("authorization", "Bearer \(key)")
    }
}
