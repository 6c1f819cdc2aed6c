// The local copy of what a sidecar knows of tenants and keys, so that keys work while PostgreSQL is away.
// One line with the HMAC of the rest, then the rest as JSON. It holds digests and no secrets; without the
// pepper it can neither be made nor changed.
import Documents
public import Terms

public enum AccessFile {
    /// Bytes; some hundred thousand keys.
    public static let sizeLimit = 64 << 20

    /// What the file is to contain.
    public static func bytes(of state: AccessState, signedWith pepper: Pepper) -> [UInt8] {
        var json = JSONWriter()
        json.beginObject()
        json.field("format", Int64(1))
        json.field("version", state.version)
        json.key("tenants")
        json.beginArray()
        for tenant in state.tenants { json.write(tenant) }
        json.endArray()
        json.key("keys")
        json.beginArray()
        for key in state.keys { json.write(key) }
        json.endArray()
        json.key("secrets")
        json.beginArray()
        for secret in state.secrets { json.write(secret) }
        json.endArray()
        json.endObject()
        json.newline()
        return Array((signature(of: json.bytes, pepper) + "\n").utf8) + json.bytes
    }

    /// Reads a file back.
    ///
    /// - Returns: nil when it is not signed with one of the peppers, or not of this format.
    public static func state(from bytes: [UInt8], peppers: Peppers) -> AccessState? {
        guard bytes.count <= sizeLimit, let end = bytes.firstIndex(of: UInt8(ascii: "\n")) else { return nil }
        let signed = Array(bytes[(end + 1)...])
        let claimed = Array(bytes[..<end])
        let known = [peppers.current, peppers.previous].compactMap(\.self)
        guard known.contains(where: { isSame(Array(signature(of: signed, $0).utf8), claimed) }) else {
            return nil
        }
        var limits = DocumentLimits()
        limits.bytes = sizeLimit
        limits.nodes = 16_000_000
        guard let document = try? Document.json(signed, limits: limits),
            document["format"]?.text == "1", let version = document["version"]?.text.flatMap({ Int64($0) }),
            let tenants = document["tenants"]?.items.map(Tenant.init),
            let keys = document["keys"]?.items.map(GatewayKey.init),
            let secrets = document["secrets"]?.items.map(KeySecret.init)
        else { return nil }
        let state = AccessState(
            version: version, tenants: tenants.compactMap(\.self), keys: keys.compactMap(\.self),
            secrets: secrets.compactMap(\.self))
        let isWhole =
            state.tenants.count == tenants.count && state.keys.count == keys.count
            && state.secrets.count == secrets.count
        return isWhole ? state : nil
    }

    private static func signature(of bytes: [UInt8], _ pepper: Pepper) -> String {
        Pepper.hex(pepper.derived(for: "access file").digest(of: bytes))
    }
}

extension JSONWriter {
    fileprivate mutating func write(_ tenant: Tenant) {
        beginObject()
        field("tenant", tenant.name)
        field("currency", tenant.currency)
        field("timezone", tenant.timezone)
        field("cost_center", tenant.costCenter)
        field("created_at", tenant.createdAt.microseconds)
        field("archived_at", tenant.archivedAt?.microseconds)
        endObject()
    }

    fileprivate mutating func write(_ gatewayKey: GatewayKey) {
        beginObject()
        field("key_id", gatewayKey.id)
        field("tenant", gatewayKey.tenant)
        field("name", gatewayKey.name)
        field("user", gatewayKey.user)
        for (name, texts) in [("upstreams", gatewayKey.upstreams), ("models", gatewayKey.models)] {
            key(name)
            beginArray()
            for text in texts { string(text) }
            endArray()
        }
        key("labels")
        labels(gatewayKey.labels)
        field("created_at", gatewayKey.createdAt.microseconds)
        field("expires_at", gatewayKey.expiresAt?.microseconds)
        field("revoked_at", gatewayKey.revokedAt?.microseconds)
        endObject()
    }

    fileprivate mutating func write(_ secret: KeySecret) {
        beginObject()
        field("tenant", secret.tenant)
        field("key_id", secret.keyID)
        field("prefix", secret.prefix)
        field("pepper_id", secret.pepperID)
        field("digest", Base64URL.text(secret.digest))
        field("created_at", secret.createdAt.microseconds)
        field("expires_at", secret.expiresAt?.microseconds)
        endObject()
    }
}

extension Document {
    fileprivate var items: [Document] {
        if case .list(let items) = content { items } else { [] }
    }

    fileprivate func instant(_ key: String) -> Instant? {
        self[key]?.text.flatMap { Int64($0) }.map { Instant(microseconds: $0) }
    }

    fileprivate func texts(_ key: String) -> [String] { self[key]?.items.compactMap(\.text) ?? [] }
}

extension Tenant {
    fileprivate init?(_ document: Document) {
        guard let name = document["tenant"]?.text, let currency = document["currency"]?.text,
            let timezone = document["timezone"]?.text, let createdAt = document.instant("created_at")
        else { return nil }
        self.init(
            name: name, currency: currency, timezone: timezone,
            costCenter: document["cost_center"]?.text ?? "", createdAt: createdAt,
            archivedAt: document.instant("archived_at"))
    }
}

extension GatewayKey {
    fileprivate init?(_ document: Document) {
        guard let id = document["key_id"]?.text, let tenant = document["tenant"]?.text,
            let createdAt = document.instant("created_at"),
            case .map(let labels)? = document["labels"]?.content
        else { return nil }
        self.init(
            id: id, tenant: tenant, name: document["name"]?.text ?? "", user: document["user"]?.text ?? "",
            upstreams: document.texts("upstreams"), models: document.texts("models"),
            labels: labels.map { Label(key: $0.key, value: $0.value.text ?? "") }, createdAt: createdAt,
            expiresAt: document.instant("expires_at"), revokedAt: document.instant("revoked_at"))
    }
}

extension KeySecret {
    fileprivate init?(_ document: Document) {
        guard let tenant = document["tenant"]?.text, let keyID = document["key_id"]?.text,
            let prefix = document["prefix"]?.text, let pepperID = document["pepper_id"]?.text,
            let digest = document["digest"]?.text.flatMap({ Base64URL.bytes($0.utf8) }),
            let createdAt = document.instant("created_at")
        else { return nil }
        self.init(
            tenant: tenant, keyID: keyID, prefix: prefix, pepperID: pepperID, digest: digest,
            createdAt: createdAt, expiresAt: document.instant("expires_at"))
    }
}
