// What the sidecar does with requests to one upstream: which fields stay here, which credential is set.
import Mediation
import Relay
import Wire

/// One configured upstream as the gateway sees it.
final class SidecarUpstream: Sendable {
    let name: String
    let host: String
    /// Path prefix without a trailing slash, empty for none.
    let prefix: String
    /// As configured, else by the host's or the upstream's name, else `unknown`.
    let provider: String
    /// As configured, or `nil` for detection.
    let dialect: String?
    /// Ask streams to report their usage, where the dialect can.
    let includesUsage: Bool
    /// What its models without a price may do under a budget in money; nil: what the policy says.
    let unpriced: AdmissionPolicy.Unpriced?
    /// The caller's own credential goes upstream, and its fingerprint into the record.
    let passesCredential: Bool
    private let edits: RequestEdits

    init(_ setting: UpstreamSetting) {
        name = setting.name
        host = setting.url.host
        prefix = setting.url.prefix
        provider = setting.provider ?? providerName(host: setting.url.host, upstream: setting.name)
        dialect = setting.dialect
        includesUsage = setting.includeUsage
        unpriced = setting.unpriced
        passesCredential = setting.apiKey == nil
        var edits = RequestEdits()
        edits.remove = [
            "x-tollbook-tenant", "x-tollbook-user", "x-tollbook-labels", "x-tollbook-operation",
            "x-tollbook-token",
        ]
        if let apiKey = setting.apiKey {
            edits.remove += CredentialFields.fields
            if let field = Self.credential(apiKey, provider: provider) { edits.set.append(field) }
        }
        for (name, value) in setting.headers.sorted(by: { $0.key < $1.key }) {
            if let name = FieldName(name), let field = HeaderField(name, value) { edits.set.append(field) }
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
    private static func credential(_ key: String, provider: String) -> HeaderField? {
        switch provider {
        case "anthropic": HeaderField("x-api-key", key)
        case "azure": HeaderField("api-key", key)
        case "google": HeaderField("x-goog-api-key", key)
        default: HeaderField("authorization", "Bearer \(key)")
        }
    }
}
