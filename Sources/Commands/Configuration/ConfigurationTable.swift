// Every setting there is: its place, kind, default and meaning. What the file may contain, the names in
// the environment, `config example`, `config show` and the defaults all come from this table.

/// One line of the table.
struct SettingKey: Hashable, Sendable {
    /// Levels joined by dots; `*` stands for a name that the user chooses.
    let path: String
    let kind: SettingKind
    /// As the user would write it; nil when the setting has none.
    let standard: String?
    /// Never shown.
    let isSecret: Bool
    /// One sentence for `config example`.
    let meaning: String
    /// Shown in `config example` where there is no default.
    let sample: String?

    init(
        _ path: String, _ kind: SettingKind, _ standard: String? = nil, secret: Bool = false,
        sample: String? = nil, _ meaning: String
    ) {
        self.path = path
        self.kind = kind
        self.standard = standard
        isSecret = secret
        self.meaning = meaning
        self.sample = sample
    }

    var levels: [Substring] { path.split(separator: ".") }
}

enum ConfigurationTable {
    static let keys = process + upstreams + attribution + prices + limits + spool + seal

    private static let process: [SettingKey] = [
        SettingKey(
            "listen", .list(.address), "127.0.0.1:4141",
            "where clients connect: host:port or unix:/path, or a list of them"),
        SettingKey(
            "tls.certificate", .path, sample: "certificate.pem",
            "PEM chain for TLS on the listener; with `tls.key`"),
        SettingKey("tls.key", .path, sample: "key.pem", "PEM private key that belongs to `tls.certificate`"),
        SettingKey(
            "admin", .optionalAddress, "127.0.0.1:4142",
            "where /healthz, /readyz and /metrics answer; off for nowhere"),
        SettingKey(
            "database", .database, "postgresql:///tollbook",
            "PostgreSQL: a URL, key=value pairs, or private: the program runs its own"),
        SettingKey(
            "data_dir", .path, "./tollbook-data", "the spool, and the private database; one process each"),
        SettingKey(
            "durability", .word(["strict", "relaxed"]), "strict",
            "strict: a response ends only when its record is on disk; relaxed: it does not wait"),
        SettingKey("threads", .threads, "auto", "relay threads; auto is one for each core"),
        SettingKey(
            "drain_timeout", .duration, "30s",
            "after SIGTERM: how long open exchanges may finish and the spool is posted"),
        SettingKey(
            "log.level", .word(["debug", "info", "warn", "error"]), "info",
            "what is written to stderr, as JSON lines"),
    ]

    private static let upstreams: [SettingKey] = [
        SettingKey(
            "default_upstream", .text, sample: "openai",
            "where a path goes whose first segment names no upstream; without it: 404"),
        SettingKey("upstreams.*.url", .url, nil, "the provider's base address; a path is kept as prefix"),
        SettingKey(
            "upstreams.*.api_key", .text, secret: true,
            "sent instead of the caller's credential; without it the caller's passes through"),
        SettingKey(
            "upstreams.*.provider", .text, sample: "openai",
            "name of the provider, where its host does not tell"),
        SettingKey(
            "upstreams.*.dialect", .text, sample: "openai/chat",
            "how it spells usage, where path and shape do not tell"),
        SettingKey(
            "upstreams.*.include_usage", .flag, "true", "ask for usage in streams that would not report it"),
        SettingKey(
            "upstreams.*.ca_file", .path, sample: "ca.pem",
            "PEM authorities to trust instead of the system's; https only"),
        SettingKey(
            "upstreams.*.headers", .map, secret: true,
            "header fields to set on each request, such as OpenAI-Organization"),
    ]

    private static let attribution: [SettingKey] = [
        SettingKey(
            "attribution.require_tenant", .flag, "false", "refuse with 401 what names no tenant"),
        SettingKey(
            "attribution.default_tenant", .text, "unattributed", "tenant of what names none"),
        SettingKey(
            "attribution.trust_headers", .callers, "loopback",
            "whose headers and bodies may name a tenant: loopback, none, or networks"),
    ]

    private static let prices: [SettingKey] = [
        SettingKey(
            "prices", .list(.path), sample: "pricing/",
            "price files or directories for a database without a book; without it: the built-in prices")
    ]

    private static let limits: [SettingKey] = [
        SettingKey("limits.connections", .count(1...1_000_000), "16384", "client connections per thread"),
        SettingKey("limits.request_body", .size, "1 GiB", "of one request; above it 413"),
        SettingKey(
            "limits.inspect_body", .size, "16 MiB",
            "JSON requests up to this size are held and read before they are sent on"),
        SettingKey("limits.held_bodies", .size, "512 MiB", "all held requests together, per thread"),
        SettingKey("limits.connect_timeout", .duration, "10s", "name, connection and TLS of an upstream"),
        SettingKey(
            "limits.response_timeout", .duration, "10m", "from the request's end to the response's head"),
        SettingKey("limits.idle_timeout", .duration, "5m", "between two pieces of a response"),
        SettingKey("limits.exchange_timeout", .duration, "1h", "one exchange from first byte to last"),
        SettingKey("limits.keep_alive", .duration, "75s", "an idle client connection"),
        SettingKey(
            "limits.drain_seconds", .count(0...3600), "60",
            "how long a response is read on after its client left, to learn its usage"),
        SettingKey("limits.drain_bytes", .size, "64 MiB", "how much of it"),
        SettingKey("limits.drains", .count(0...100_000), "256", "how many at a time, per thread"),
    ]

    private static let spool: [SettingKey] = [
        SettingKey(
            "spool.max_bytes", .size, "1 GiB", "records that PostgreSQL does not have yet; then it is full"),
        SettingKey(
            "spool.policy", .word(["refuse", "pass"]), "refuse",
            "full or failed: refuse new exchanges, or pass them unrecorded and count them"),
        SettingKey("spool.keep", .duration, "24h", "how long posted records stay for `spool replay`"),
    ]

    private static let seal: [SettingKey] = [
        SettingKey(
            "seal.key", .text, secret: true,
            "key of the ledger's daily seals, at least 16 bytes; `serve` seals each day that is over"),
        SettingKey(
            "seal.key_file", .path, sample: "seal.keys",
            "the same from a file: a key per line, the first makes seals, the others still check old ones"),
    ]
}
