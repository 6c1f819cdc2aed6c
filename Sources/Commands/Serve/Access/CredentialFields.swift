// Where callers put a credential: the header fields in which the SDKs of the dialects send their provider's
// key, and the query parameter `key`. Gateway keys and tokens come in the same places; what is neither is the
// caller's own, and its fingerprint tells callers apart.
import Wire

enum CredentialFields {
    static let names = ["authorization", "x-api-key", "api-key", "x-goog-api-key"]

    static let fields = names.compactMap { FieldName($0) }

    /// What a caller shows that stays the same from call to call; nil when it shows nothing.
    static func own(in head: RequestHead) -> String? {
        for name in names {
            if let value = head.value(of: name) { return signer(of: value) ?? value }
        }
        return QueryKeys.own(in: head.path)
    }

    /// A signature is another one for every request; who signs is the same.
    private static func signer(of value: String) -> String? {
        guard isSignature(value), let name = value.firstRange(of: "Credential=") else { return nil }
        let signer = value[name.upperBound...].prefix { $0 != "/" && $0 != "," && $0 != " " }
        return signer.isEmpty ? nil : String(signer)
    }

    /// Whether a request with this `authorization` is signed: its body must not change.
    static func isSignature(_ value: String) -> Bool { value.hasPrefix("AWS4-HMAC-SHA256") }
}
