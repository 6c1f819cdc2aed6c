// What a sidecar knows of tenants and keys at one moment, made for looking keys up. It never changes: a
// change in the ledger makes a new one, and whoever holds the old one finishes with it.
public import Terms

/// What a valid key allows and says.
public final class KeyGrant: Sendable {
    public let key: GatewayKey
    private let models: [Glob]
    /// When this secret stops working; `nil` when nothing is foreseen.
    public let until: Instant?

    init(_ key: GatewayKey, secret: KeySecret) {
        self.key = key
        models = key.models.map { Glob($0) }
        until = [key.expiresAt, key.revokedAt, secret.expiresAt].compactMap(\.self).min()
    }

    public func allows(upstream: String) -> Bool { key.upstreams.isEmpty || key.upstreams.contains(upstream) }

    /// Whether any model may be named.
    public var allowsAnyModel: Bool { models.isEmpty }

    public func allows(model: String) -> Bool {
        models.isEmpty || models.contains { $0.matches(model) }
    }
}

/// What becomes of a presented key.
public enum KeyVerdict: Sendable {
    case valid(KeyGrant)
    /// No key has this secret, or it is not spelled like one.
    case unknown
    case expired(keyID: String)
    case revoked(keyID: String)
    /// Its tenant is archived.
    case archived(tenant: String)
    /// Nobody can say yet: neither the ledger nor a local copy was read, or the key's pepper is not here.
    case notKnownYet
}

public final class AccessSnapshot: Sendable {
    /// Of the ledger's tables.
    public let version: Int64
    /// Whether it comes from the ledger or a local copy, and not from nowhere.
    public let isKnown: Bool
    private let candidates: [String: [Candidate]]
    private let archived: Set<String>
    private let peppers: Peppers
    /// Names of peppers that live secrets need and that are not at hand.
    public let missingPeppers: Set<String>
    public let keyCount: Int
    /// At least one live key can be checked.
    public let hasUsableKey: Bool

    private struct Candidate: Sendable {
        let secret: KeySecret
        let grant: KeyGrant
    }

    /// Nothing is known yet.
    public init() {
        version = -1
        isKnown = false
        candidates = [:]
        archived = []
        peppers = Peppers()
        missingPeppers = []
        keyCount = 0
        hasUsableKey = false
    }

    public init(_ state: AccessState, peppers: Peppers, at now: Instant) {
        version = state.version
        isKnown = true
        self.peppers = peppers
        archived = Set(state.tenants.lazy.filter { $0.archivedAt.map { $0 <= now } ?? false }.map(\.name))
        let keys = Dictionary(
            state.keys.map { (KeyName(tenant: $0.tenant, id: $0.id), $0) },
            uniquingKeysWith: { first, _ in first })
        var candidates: [String: [Candidate]] = [:]
        var missing: Set<String> = []
        var usable = false
        for secret in state.secrets {
            guard let key = keys[KeyName(tenant: secret.tenant, id: secret.keyID)] else { continue }
            if key.state(at: now) == .active, secret.expiresAt.map({ now < $0 }) ?? true {
                if peppers[secret.pepperID] == nil { missing.insert(secret.pepperID) } else { usable = true }
            }
            candidates[secret.prefix, default: []].append(
                Candidate(secret: secret, grant: KeyGrant(key, secret: secret)))
        }
        self.candidates = candidates
        missingPeppers = missing
        keyCount = keys.count
        hasUsableKey = usable
    }

    private struct KeyName: Hashable {
        let tenant: String
        let id: String
    }

    /// Whether a presented key could mean anything: with no key in the ledger nobody looks for one.
    public var mayHaveKeys: Bool { !isKnown || !candidates.isEmpty }

    public func isArchived(tenant: String) -> Bool { !archived.isEmpty && archived.contains(tenant) }

    /// Looks a key up by its prefix and compares its digest in constant time.
    public func verdict(on text: String, at now: Instant) -> KeyVerdict {
        guard let prefix = KeyText.prefix(of: text) else { return .unknown }
        guard isKnown else { return .notKnownYet }
        var isUncertain = false
        for candidate in candidates[prefix] ?? [] {
            guard let pepper = peppers[candidate.secret.pepperID] else {
                isUncertain = true
                continue
            }
            guard isSame(pepper.digest(of: text.utf8), candidate.secret.digest) else { continue }
            let grant = candidate.grant
            switch grant.key.state(at: now) {
            case .revoked: return .revoked(keyID: grant.key.id)
            case .expired: return .expired(keyID: grant.key.id)
            case .active: break
            }
            if let end = candidate.secret.expiresAt, end <= now { return .expired(keyID: grant.key.id) }
            if isArchived(tenant: grant.key.tenant) { return .archived(tenant: grant.key.tenant) }
            return .valid(grant)
        }
        return isUncertain ? .notKnownYet : .unknown
    }
}

/// A name, or a pattern in which `*` stands for any characters.
public struct Glob: Hashable, Sendable {
    private let parts: [[UInt8]]

    public init(_ pattern: String) {
        parts = pattern.utf8.split(separator: UInt8(ascii: "*"), omittingEmptySubsequences: false).map {
            Array($0)
        }
    }

    /// Linear in both: the earliest place of each part is as good as any later one.
    public func matches(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        guard let first = parts.first, bytes.starts(with: first) else { return false }
        if parts.count == 1 { return bytes.count == first.count }
        let last = parts[parts.count - 1]
        var at = first.count
        for part in parts[1..<(parts.count - 1)] where !part.isEmpty {
            guard let found = Self.find(part, in: bytes, from: at) else { return false }
            at = found + part.count
        }
        return bytes.count - at >= last.count && bytes.suffix(last.count).elementsEqual(last)
    }

    private static func find(_ part: [UInt8], in bytes: [UInt8], from start: Int) -> Int? {
        var at = start
        while at + part.count <= bytes.count {
            if bytes[at..<at + part.count].elementsEqual(part) { return at }
            at += 1
        }
        return nil
    }
}
