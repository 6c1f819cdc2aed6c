/// What a caller of the proxy shows to say who pays: its rules, without its secret.
public struct GatewayKey: Hashable, Sendable {
    /// `key_` and sixteen characters; stays when the secret is rotated.
    public var id: String
    public var tenant: String
    /// Empty for none.
    public var name: String
    /// Fixes the user of every call; empty leaves it to the caller.
    public var user: String
    /// Allowed upstreams by name; empty for all.
    public var upstreams: [String]
    /// Allowed models: names, or patterns in which `*` stands for any characters; empty for all.
    public var models: [String]
    /// Put on every call. Ascending by key.
    public var labels: [Label]
    public var createdAt: Instant
    /// From then on it is refused.
    public var expiresAt: Instant?
    public var revokedAt: Instant?

    public init(
        id: String, tenant: String, name: String = "", user: String = "", upstreams: [String] = [],
        models: [String] = [], labels: [Label] = [], createdAt: Instant, expiresAt: Instant? = nil,
        revokedAt: Instant? = nil
    ) {
        self.id = id
        self.tenant = tenant
        self.name = name
        self.user = user
        self.upstreams = upstreams
        self.models = models
        self.labels = labels
        self.createdAt = createdAt
        self.expiresAt = expiresAt
        self.revokedAt = revokedAt
    }

    public enum State: String, CaseIterable, Sendable { case active, expired, revoked }

    public func state(at now: Instant) -> State {
        if let revokedAt, revokedAt <= now { return .revoked }
        if let expiresAt, expiresAt <= now { return .expired }
        return .active
    }
}

/// What is kept of one secret of a key.
public struct KeySecret: Hashable, Sendable {
    public var tenant: String
    public var keyID: String
    /// The eight characters behind `tb_`, which may be shown.
    public var prefix: String
    /// Which pepper made the digest.
    public var pepperID: String
    /// HMAC-SHA-256 of the whole secret, 32 bytes.
    public var digest: [UInt8]
    public var createdAt: Instant
    /// The one before, after a rotation.
    public var expiresAt: Instant?

    public init(
        tenant: String, keyID: String, prefix: String, pepperID: String, digest: [UInt8], createdAt: Instant,
        expiresAt: Instant? = nil
    ) {
        self.tenant = tenant
        self.keyID = keyID
        self.prefix = prefix
        self.pepperID = pepperID
        self.digest = digest
        self.createdAt = createdAt
        self.expiresAt = expiresAt
    }
}

/// Everything that a sidecar has to know to let callers in: one state of the ledger's access tables.
public struct AccessState: Hashable, Sendable {
    /// Counted up by every change.
    public var version: Int64
    /// Ascending by name.
    public var tenants: [Tenant]
    /// Ascending by tenant, then id.
    public var keys: [GatewayKey]
    /// Ascending by tenant, then prefix.
    public var secrets: [KeySecret]

    public init(
        version: Int64 = 0, tenants: [Tenant] = [], keys: [GatewayKey] = [], secrets: [KeySecret] = []
    ) {
        self.version = version
        self.tenants = tenants
        self.keys = keys
        self.secrets = secrets
    }
}

/// One change of what the ledger is told by hand, and who made it.
public struct AuditNote: Hashable, Sendable {
    public var at: Instant
    /// The user of the operating system.
    public var actor: String
    /// Kind and verb, such as `key.create`.
    public var action: String
    public var objectKind: String
    public var object: String
    /// A JSON object.
    public var detail: String

    public init(
        at: Instant, actor: String, action: String, objectKind: String, object: String, detail: String = "{}"
    ) {
        self.at = at
        self.actor = actor
        self.action = action
        self.objectKind = objectKind
        self.object = object
        self.detail = detail
    }
}
