import Reporting
import Terms

/// Keys in each notation; no notation has a secret.
struct KeyRows {
    let state: AccessState
    let now: Instant

    /// The public prefixes of a key's working secrets, the newest first.
    func prefixes(of key: GatewayKey) -> [String] {
        state.secrets.filter { secret in
            secret.keyID == key.id && secret.tenant == key.tenant
                && (secret.expiresAt.map { now < $0 } ?? true)
        }.sorted { ($1.createdAt, $1.prefix) < ($0.createdAt, $0.prefix) }.map(\.prefix)
    }

    func text(_ keys: [GatewayKey], _ format: Format, columns: Int?) -> String {
        var json = JSONWriter()
        switch format {
        case .json:
            json.beginArray()
            for key in keys { write(key, &json) }
            json.endArray()
            json.newline()
        case .jsonl:
            for key in keys {
                write(key, &json)
                json.newline()
            }
        case .csv:
            var csv = CSV()
            csv.line([
                "key_id", "tenant", "name", "user", "prefix", "state", "upstreams", "models", "labels",
                "created_at", "expires_at", "revoked_at",
            ])
            for key in keys {
                csv.line([
                    key.id, key.tenant, key.name, key.user, prefixes(of: key).first ?? "",
                    key.state(at: now).rawValue, key.upstreams.joined(separator: " "),
                    key.models.joined(separator: " "),
                    key.labels.map { "\($0.key)=\($0.value)" }.joined(separator: " "), key.createdAt.rfc3339,
                    key.expiresAt?.rfc3339 ?? "", key.revokedAt?.rfc3339 ?? "",
                ])
            }
            return csv.take()
        case .text, .markdown, .html:
            if keys.isEmpty, format == .text { return "No keys.\n" }
            let table = table(keys)
            return format == .markdown ? table.markdown : table.text(columns: columns)
        }
        return json.text
    }

    private func table(_ keys: [GatewayKey]) -> TextTable {
        var table = TextTable([
            .init("key"), .init("tenant"), .init("name"), .init("user"), .init("prefix"), .init("state"),
            .init("expires"), .init("upstreams", dispensable: 2), .init("models", dispensable: 1),
        ])
        table.rows = keys.map { key in
            [
                key.id, key.tenant.visible, Self.shown(key.name), Self.shown(key.user),
                Self.shown(prefixes(of: key).first ?? ""), key.state(at: now).rawValue,
                key.expiresAt?.date.iso8601 ?? "never",
                key.upstreams.isEmpty ? "all" : key.upstreams.joined(separator: " ").visible,
                key.models.isEmpty ? "all" : key.models.joined(separator: " ").visible,
            ]
        }
        return table
    }

    private static func shown(_ text: String) -> String { text.isEmpty ? "-" : text.visible }

    func write(_ key: GatewayKey, _ json: inout JSONWriter) {
        json.beginObject()
        json.field("key_id", key.id)
        json.field("tenant", key.tenant)
        json.field("name", key.name.isEmpty ? nil : key.name)
        json.field("user", key.user.isEmpty ? nil : key.user)
        json.field("prefix", prefixes(of: key).first)
        json.strings("prefixes", prefixes(of: key))
        json.field("state", key.state(at: now).rawValue)
        json.strings("upstreams", key.upstreams)
        json.strings("models", key.models)
        json.key("labels")
        json.labels(key.labels)
        json.field("created_at", key.createdAt.rfc3339)
        json.field("expires_at", key.expiresAt?.rfc3339)
        json.field("revoked_at", key.revokedAt?.rfc3339)
        json.endObject()
    }
}

/// A secret that is shown once, with what belongs to it.
struct ShownSecret {
    let key: GatewayKey
    let secret: String
    let prefix: String

    init(_ key: GatewayKey, _ secret: String) {
        self.key = key
        self.secret = secret
        prefix = String(secret.dropFirst(3).prefix(8))
    }

    func show(_ format: Format, in world: World) {
        var json = JSONWriter()
        json.beginObject()
        json.field("key_id", key.id)
        json.field("prefix", prefix)
        json.field("secret", secret)
        json.field("tenant", key.tenant)
        json.field("user", key.user.isEmpty ? nil : key.user)
        json.field("expires_at", key.expiresAt?.rfc3339)
        json.endObject()
        json.newline()
        let user = key.user.isEmpty ? "" : "user     \(key.user.visible)\n"
        let text = """
            key      \(key.id)
            tenant   \(key.tenant.visible)
            \(user)expires  \(key.expiresAt?.rfc3339 ?? "never")
            secret   \(secret)

            """
        world.out.write(format == .json ? json.text : text)
        world.out.flush()
        world.err.write("The secret is shown this once and kept nowhere.\n")
    }
}
