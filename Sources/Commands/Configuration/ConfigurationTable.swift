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
    /// An empty text is a value and not the same as nothing.
    let emptyCounts: Bool
    /// One sentence for `config example`.
    let meaning: String
    /// Shown in `config example` where there is no default.
    let sample: String?

    init(
        _ path: String, _ kind: SettingKind, _ standard: String? = nil, secret: Bool = false,
        emptyCounts: Bool = false, sample: String? = nil, _ meaning: String
    ) {
        self.path = path
        self.kind = kind
        self.standard = standard
        isSecret = secret
        self.emptyCounts = emptyCounts
        self.meaning = meaning
        self.sample = sample
    }

    var levels: [Substring] { path.split(separator: ".") }
}

enum ConfigurationTable {
    static let keys =
        process + upstreams + attribution + access + prices + limits + spool + budgets + alerts
        + seal

    private static let process: [SettingKey] = [
        SettingKey(
            "listen", .list(.address), "127.0.0.1:4141",
            "where clients connect: host:port or unix:/path, or a list of them"),
        SettingKey(
            "tls.certificate", .path, sample: "certificate.pem",
            "PEM chain for TLS on the listener; with `tls.key`"),
        SettingKey("tls.key", .path, sample: "key.pem", "PEM private key that belongs to `tls.certificate`"),
        SettingKey(
            "tls.client_ca", .path, sample: "clients-ca.pem",
            "PEM authorities: clients have to show a certificate that one of them signed"),
        SettingKey(
            "tls.client", .word(["require", "optional"]), sample: "require",
            "with `tls.client_ca`: no connection without a certificate, or only none with a wrong one"),
        SettingKey(
            "socket_mode", .mode, "0600", "who may connect to a unix:/path: the permission bits of its file"),
        SettingKey(
            "admin", .optionalAddress, "127.0.0.1:4142",
            "where /healthz, /readyz and /metrics answer; off for nowhere"),
        SettingKey(
            "admin_token", .text, secret: true, sample: "\"${credential:admin-token}\"",
            "bearer token for /metrics and the details of /readyz, at least 16 bytes; without it: anybody"),
        SettingKey("admin_tls", .flag, "false", "the admin listener speaks TLS too, with `tls.certificate`"),
        SettingKey(
            "database", .database, "postgresql:///tollbook",
            "PostgreSQL: a URL, key=value pairs, or private: the program runs its own"),
        SettingKey(
            "replica", .text, secret: true, sample: "postgresql://replica/tollbook",
            "a streaming replica of `database` that report, records and explain read"),
        SettingKey(
            "tenant_databases", .map, secret: true, sample: "{acme: \"postgresql://eu/tollbook\"}",
            "tenants whose ledger is in a database of their own"),
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
            "what is written to stderr: this and what is graver"),
        SettingKey("log.format", .word(["json", "text"]), "json", "a JSON object or words, a line each"),
        SettingKey(
            "metrics.series", .count(0...100_000), "1000",
            "tenant, upstream and model together with metrics of their own; the rest counts as `other`"),
        SettingKey(
            "core_dumps", .flag, "false",
            "let a crash write a core file: it holds keys and whatever passed at that moment"),
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
            "upstreams.*.unpriced", .word(["deny", "hold-upper-bound", "allow"]), sample: "allow",
            "budgets.unpriced for this upstream alone"),
        SettingKey(
            "upstreams.*.ca_file", .path, sample: "ca.pem",
            "PEM authorities to trust instead of the system's; https only"),
        SettingKey(
            "upstreams.*.allow_addresses", .callers, sample: "[loopback, 169.254.0.0/16]",
            "addresses of this machine, its link or a metadata service that the name in `url` may mean"),
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

    private static let sources = ["token", "header", "body", "rule"]

    private static let access: [SettingKey] = [
        SettingKey(
            "attribution.require_key", .flag, "false", "refuse with 401 who shows no gateway key or token"),
        SettingKey(
            "attribution.tenant_order", .list(.word(["header", "body"])), sample: "[header, body]",
            "who may name a tenant where no key or token proves one, the first that does wins"),
        SettingKey(
            "attribution.user_order", .list(.word(sources)), sample: "[token, header, body, rule]",
            "who names the user where no key fixes one"),
        SettingKey(
            "attribution.labels_order", .list(.word(sources)), sample: "[token, header, body, rule]",
            "whose labels win where no key has the label"),
        SettingKey(
            "attribution.label_headers", .map, sample: "{team: X-Team}",
            "labels and the request header that each is taken from"),
        SettingKey(
            "attribution.path_labels", .map, sample: "{\"/openai/v1/embeddings*\": \"kind=embeddings\"}",
            "patterns of paths and the labels that they put on a call"),
        SettingKey(
            "jwt.secret", .text, secret: true, sample: "\"${JWT_SECRET}\"",
            "shared secret of tokens signed with HS256, at least 32 bytes"),
        SettingKey(
            "jwt.jwks", .path, sample: "jwks.json",
            "file with the keys of tokens signed with HS256, RS256 or ES256"),
        SettingKey(
            "jwt.issuer", .text, sample: "https://login.example.com", "required `iss` of tokens"),
        SettingKey("jwt.audience", .text, sample: "tollbook", "required `aud` of tokens"),
        SettingKey("jwt.leeway", .duration, "30s", "by which clocks may differ"),
        SettingKey("jwt.tenant_claim", .text, "tenant", "the claim that names the tenant"),
        SettingKey("jwt.user_claim", .text, "sub", "the claim that names the user"),
        SettingKey(
            "jwt.label_claims", .map, sample: "{team: groups.team}",
            "labels and the claim that each is taken from"),
        SettingKey(
            "privacy.user", .word(["plain", "hmac"]), "plain",
            "how users are recorded: as named, or under a pseudonym made with the pepper of keys"),
        SettingKey(
            "keys.pepper", .text, secret: true, emptyCounts: true, sample: "\"${KEY_PEPPER}\"",
            "secret that gateway keys are digested with, the same for all sidecars; instead of a file"),
        SettingKey(
            "keys.previous_pepper", .text, secret: true, sample: "\"${OLD_KEY_PEPPER}\"",
            "the pepper before it, while keys that it made are still in use"),
        SettingKey(
            "keys.pepper_file", .path, sample: "key-pepper",
            "file with the pepper; without it key-pepper in data_dir, made with the first key"),
    ]

    private static let prices: [SettingKey] = [
        SettingKey(
            "prices", .list(.path), sample: "pricing/",
            "price files or directories for a database without a book; without it: the built-in prices")
    ]

    private static let limits: [SettingKey] = [
        SettingKey("limits.connections", .count(1...1_000_000), "16384", "client connections per thread"),
        SettingKey(
            "limits.connections_per_address", .count(0...1_000_000), "0",
            "of them from one address; further ones are closed. 0: all of them"),
        SettingKey(
            "limits.header_timeout", .duration, "10s", "from a head's first byte to its last; then 408"),
        SettingKey("limits.body_timeout", .duration, "60s", "between two pieces of a request's body"),
        SettingKey(
            "limits.body_rate", .count(0...1_000_000_000), "128",
            "bytes a second that a request's body must reach on average; 0: none"),
        SettingKey("limits.client_timeout", .duration, "5m", "without progress of a client that should read"),
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
        SettingKey(
            "spool.open_after", .duration, "0s",
            "age at which an exchange that a killed process left open is booked as open"),
    ]

    private static let budgets: [SettingKey] = [
        SettingKey(
            "budgets.mode", .word(["worst", "capped", "learned"]), "capped",
            "what a call holds: all it may cost, a part of that, or what such calls wrote"),
        SettingKey(
            "budgets.output_cap", .count(1...10_000_000), "16384",
            "output tokens of a call that states no maximum"),
        SettingKey(
            "budgets.worst_input", .count(1...100_000_000), "2000000",
            "input tokens that a call may have at worst whose body does not hold all that the model reads"),
        SettingKey(
            "budgets.worst_output", .count(1...10_000_000), "131072",
            "output tokens that a call may have at worst to whose upstream nobody stated a maximum"),
        SettingKey(
            "budgets.unpriced", .word(["deny", "hold-upper-bound", "allow"]), "deny",
            "models without a price under a budget in money"),
        SettingKey(
            "budgets.database_away", .word(["closed", "allowance", "open"]), "closed",
            "when PostgreSQL is away and the lease is over: refuse, pass up to an allowance, or pass"),
        SettingKey(
            "budgets.allowance", .text, "0",
            "what may pass of each budget meanwhile, in the budget's unit, per sidecar"),
        SettingKey(
            "budgets.dead_sidecars", .word(["strict", "released"]), "strict",
            "what a sidecar had leased that is not heard of: stays charged, or is given back"),
        SettingKey(
            "budgets.lease", .duration, "10s", "how long a lease is good without a word from PostgreSQL"),
    ]

    private static let alerts: [SettingKey] = [
        SettingKey(
            "alerts.webhooks", .list(.url), sample: "https://hooks.example.com/tollbook",
            "where thresholds and forecasts of budgets are posted; a URL or a list of them"),
        SettingKey(
            "alerts.secret", .text, secret: true, emptyCounts: true,
            "what webhooks are signed with: at least 16 bytes"),
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
