// Signed tokens (JWT, RFC 7519): who signed, for whom, until when, and what is said in it. Everything that
// could be read in two ways is refused: `none`, an algorithm that is not the key's, critical extensions,
// keys that the token itself brings, fields that stand twice.
import Documents
public import Terms

/// What a valid token says.
public struct TokenClaims: Hashable, Sendable {
    public var tenant: String?
    public var user: String?
    /// Ascending by key.
    public var labels: [Label]
    /// From then on it is refused.
    public var expiresAt: Instant
}

/// Why a token is not accepted.
public enum TokenProblem: Error, Hashable, Sendable {
    case malformed
    case algorithm(String)
    case unknownKey
    case badSignature
    case expired
    case notYetValid
    case noExpiry
    case otherIssuer
    case otherAudience

    public var words: String {
        switch self {
        case .malformed: "it is no signed JSON token"
        case .algorithm(let name): "its algorithm \(name.prefix(16)) is not accepted"
        case .unknownKey: "no configured key has its kid and algorithm"
        case .badSignature: "its signature is not valid"
        case .expired: "it has expired"
        case .notYetValid: "it is not valid yet"
        case .noExpiry: "it has no exp"
        case .otherIssuer: "it is of another issuer"
        case .otherAudience: "it is for another audience"
        }
    }
}

/// Judges tokens by configured keys and claims.
public struct TokenVerifier: Sendable {
    private let keys: [TokenKey]
    public var issuer: String?
    public var audience: String?
    /// Seconds by which clocks may differ.
    public var leeway: Int64 = 30
    /// Names of claims; levels joined by dots where no claim has the whole name.
    public var tenantClaim = "tenant"
    public var userClaim = "sub"
    /// Labels and the claims that they are taken from.
    public var labelClaims: [String: String] = [:]

    /// Bytes of a token.
    public static let sizeLimit = 8 << 10

    /// - Precondition: there is a key.
    public init(keys: [TokenKey]) {
        precondition(!keys.isEmpty, "tokens need a key")
        self.keys = keys
    }

    public func verify(_ text: String, at now: Instant) throws(TokenProblem) -> TokenClaims {
        let bytes = Array(text.utf8)
        let parts = bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard bytes.count <= Self.sizeLimit, parts.count == 3, let head = Self.object(parts[0]),
            let body = Self.object(parts[1]), let signature = Base64URL.bytes(parts[2])
        else { throw .malformed }
        // Before the signature, because it only decides whose token it is: nothing is believed yet.
        let isOurs = issuer == nil || Self.string(body["iss"]) == issuer
        guard isOurs else { throw .otherIssuer }
        let key = try key(for: head)
        let message = Array(bytes[..<parts[1].endIndex])
        guard key.contains(where: { $0.verifies(signature, of: message) }) else { throw .badSignature }
        return try claims(body, at: now)
    }

    private func key(for head: Document) throws(TokenProblem) -> [TokenKey] {
        let name = Self.string(head["alg"]) ?? ""
        guard let algorithm = TokenAlgorithm(rawValue: name) else { throw .algorithm(name) }
        // RFC 7515 section 4.1.11: whoever does not understand a critical extension must refuse.
        guard head["crit"] == nil else { throw .malformed }
        let id = Self.string(head["kid"])
        let found = keys.filter { key in
            key.algorithm == algorithm && (id == nil || key.id == nil || key.id == id)
        }
        guard !found.isEmpty else { throw .unknownKey }
        return found
    }

    private func claims(_ body: Document, at now: Instant) throws(TokenProblem) -> TokenClaims {
        guard let expires = Self.seconds(body["exp"]) else { throw .noExpiry }
        guard now.seconds < expires + leeway else { throw .expired }
        if let from = body["nbf"] {
            guard let from = Self.seconds(from), from - leeway <= now.seconds else { throw .notYetValid }
        }
        let audiences: [String] =
            switch body["aud"]?.content {
            case .list(let items)?: items.compactMap { Self.string($0) }
            case .scalar?: [Self.string(body["aud"]) ?? ""]
            default: []
            }
        // RFC 7519 section 4.1.3: a token for somebody is not for those whom it does not name.
        guard audience.map({ audiences.contains($0) }) ?? (body["aud"] == nil) else { throw .otherAudience }
        let labels = labelClaims.compactMap { label, claim in
            value(claim, in: body).map { Label(key: label, value: $0) }
        }
        return TokenClaims(
            tenant: value(tenantClaim, in: body), user: value(userClaim, in: body), labels: labels.sorted(),
            expiresAt: Instant(microseconds: (expires + leeway) * 1_000_000))
    }

    /// A claim that is a string or a number, by its whole name or level by level.
    private func value(_ name: String, in body: Document) -> String? {
        if let whole = body[name] { return whole.text }
        var node = body
        for level in name.split(separator: ".") {
            guard let next = node[String(level)] else { return nil }
            node = next
        }
        return node.text
    }

    private static func object(_ part: ArraySlice<UInt8>) -> Document? {
        guard let bytes = Base64URL.bytes(part), let document = try? Document.json(bytes),
            case .map = document.content
        else { return nil }
        return document
    }

    private static func string(_ node: Document?) -> String? {
        guard case .scalar(let text, quoted: true)? = node?.content else { return nil }
        return text
    }

    /// A NumericDate (RFC 7519 section 2) in whole seconds; absurd ones are none.
    private static func seconds(_ node: Document?) -> Int64? {
        guard case .scalar(let text, quoted: false)? = node?.content,
            let seconds = Int64(text.prefix { $0 != "." }), (0..<100_000_000_000).contains(seconds)
        else { return nil }
        return seconds
    }
}
