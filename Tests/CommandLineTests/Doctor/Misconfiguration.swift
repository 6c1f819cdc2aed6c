// One planted mistake each, and the line of `doctor` that has to find it.
import Foundation

/// A mistake in an otherwise healthy place.
struct Misconfiguration: Sendable, CustomStringConvertible {
    /// The check that finds it, and the word in front of it.
    let check: String
    let state: String
    /// What its line says, among others.
    let words: String
    /// Settings that replace or join the healthy ones, a YAML line each; `D` is the place's directory.
    var settings: [String] = []
    /// Settings that are left out.
    var without: [String] = []
    var environment: [String: String] = [:]
    /// A shell's words, run in the place's directory before.
    var before = ""
    var now = ""

    var description: String { words }

    init(
        _ check: String, _ state: String, _ words: String, _ settings: String..., without: [String] = [],
        environment: [String: String] = [:], before: String = "", now: String = ""
    ) {
        self.check = check
        self.state = state
        self.words = words
        self.settings = settings
        self.without = without
        self.environment = environment
        self.before = before
        self.now = now
    }

    /// Mistakes in what the file says: the program reads nothing else.
    static let inTheFile: [Misconfiguration] = [
        .init("configuration", "fail", "there is no setting `listn`; did you mean `listen`?", "listn: x"),
        .init("configuration", "fail", "there is no setting `spool.polcy`", "spool: {polcy: pass}"),
        .init("configuration", "fail", "[document.syntax]", "spool: [a"),
        .init(
            "configuration", "fail", "[document.duplicate-key]",
            "upstreams:\n  a: {url: 'http://h'}\n  a: {url: 'http://g'}"),
        .init("configuration", "fail", "`durability` must be one value", "durability: [strict]"),
        .init("configuration", "fail", "did you mean `strict`?", "durability: strickt"),
        .init("configuration", "fail", "`listen` must be host:port", "listen: 4141"),
        .init(
            "configuration", "fail", "the address 127.0.0.1:1 is used twice", "listen: 127.0.0.1:1",
            "admin: 127.0.0.1:1"),
        .init("configuration", "fail", "`threads` must be a whole number from 1 to 1024", "threads: 0"),
        .init(
            "configuration", "fail", "`limits.connections` must be a whole number",
            "limits: {connections: 0}"),
        .init("configuration", "fail", "`spool.max_bytes` must be a size", "spool: {max_bytes: lots}"),
        .init("configuration", "fail", "`drain_timeout` must be a time", "drain_timeout: soon"),
        .init("configuration", "fail", "`database` must be `private`", "database: somewhere"),
        .init(
            "configuration", "fail", "`tenant_databases.acme` must be", "tenant_databases: {acme: nowhere}"),
        .init(
            "configuration", "fail", "must begin with http:// or https://", "upstreams: {a: {url: 'ftp://h'}}"
        ),
        .init(
            "configuration", "fail", "must not hold a credential",
            "upstreams: {a: {url: 'http://me:secret@h'}}"),
        .init("configuration", "fail", "`upstreams.a` has no `url`", "upstreams: {a: {api_key: x}}"),
        .init(
            "configuration", "fail", "`default_upstream` is `opnai`, which is no upstream",
            "default_upstream: opnai"),
        .init("configuration", "fail", "`tls` needs both", "tls: {certificate: a.pem}"),
        .init("configuration", "fail", "`tls.client` needs `tls.client_ca`", "tls: {client: require}"),
        .init("configuration", "fail", "`admin_tls` needs `tls.certificate`", "admin_tls: true"),
        .init("configuration", "fail", "`admin_token` needs at least 16 bytes", "admin_token: short"),
        .init("configuration", "fail", "`socket_mode` must be permission bits", "socket_mode: 0999"),
        .init(
            "configuration", "fail", "larger than `limits.request_body`",
            "limits: {request_body: 1 MiB, inspect_body: 2 MiB}"),
        .init(
            "configuration", "fail", "`upstreams.a.ca_file` needs",
            "upstreams: {a: {url: 'http://h', ca_file: x}}"),
        .init(
            "configuration", "fail", "which names no header field",
            "upstreams: {a: {url: 'http://h', headers: {'a b': c}}}"),
        .init(
            "configuration", "fail", "a character that no key has",
            "upstreams: {a: {url: 'http://h', api_key: 'a b'}}"),
        .init(
            "configuration", "fail", "needs the variable NOT_SET",
            "upstreams: {a: {url: 'http://h', api_key: '${NOT_SET}'}}"),
        .init(
            "configuration", "fail", "CREDENTIALS_DIRECTORY is not set",
            "admin_token: \"${credential:admin}\""),
        .init(
            "configuration", "fail", "which names no credential",
            "admin_token: \"${credential:../admin}\""),
        .init(
            "configuration", "fail", "D/missing: there is none", "admin_token: \"${file:missing}\""),
        .init(
            "configuration", "fail", "D/empty: it is empty", "admin_token: \"${file:empty}\"",
            before: "touch empty"),
        .init(
            "configuration", "fail", "needs `alerts.secret`", "alerts: {webhooks: 'https://h/x'}"),
        .init("configuration", "fail", "`jwt` needs `secret` or `jwks`", "jwt: {issuer: x}"),
        .init("configuration", "fail", "which is no amount", "budgets: {allowance: much}"),
        .init("configuration", "fail", "`seal` has both", "seal: {key: 0123456789abcdef, key_file: x}"),
        .init(
            "configuration", "warn", "TOLLBOOK_LISTNE is no setting", environment: ["TOLLBOOK_LISTNE": "x"]),
        .init("configuration", "warn", "no upstream is configured", without: ["upstreams"]),
    ]

    /// Mistakes around the program: files, sockets, names, certificates, clocks.
    static let around: [Misconfiguration] = [
        .init(
            "upstreams", "fail", "a: the name nowhere.invalid is not known",
            "upstreams: {a: {url: 'http://nowhere.invalid', provider: openai}}"),
        .init(
            "upstreams", "fail", "a: 127.0.0.1 port 1 cannot be reached: Connection refused",
            "upstreams: {a: {url: 'http://127.0.0.1:1', provider: openai}}"),
        .init(
            "upstreams", "fail", "a: 127.0.0.1 is not trusted:",
            "upstreams: {a: {url: 'https://127.0.0.1:UPSTREAM', provider: openai}}"),
        .init(
            "upstreams", "fail", "cannot use D/none.pem for upstream `a`",
            "upstreams: {a: {url: 'https://127.0.0.1:UPSTREAM', ca_file: none.pem, provider: openai}}"),
        .init(
            "listen", "fail", "another program listens on 127.0.0.1:UPSTREAM", "listen: 127.0.0.1:UPSTREAM"
        ),
        .init("listen", "fail", "is no socket, and is left alone", "listen: unix:file", before: "touch file"),
        .init("listen", "fail", "cannot listen on 192.0.2.1:4141", "listen: 192.0.2.1:4141"),
        .init("listen", "fail", "uses the spool in D/data, and nobody listens", before: "HOLD"),
        .init("admin", "warn", "answers whoever reaches it", "admin: 0.0.0.0:0"),
        .init("trust", "warn", "trust_headers has 0.0.0.0/0", "attribution: {trust_headers: 0.0.0.0/0}"),
        .init(
            "certificate", "fail", "cannot use D/no.pem for the listener: No such file",
            "tls: {certificate: no.pem, key: a.key}", before: key("a")),
        .init(
            "certificate", "fail", "it holds no certificate", "tls: {certificate: a.key, key: a.key}",
            before: key("a")),
        .init(
            "certificate", "fail", "the certificate has expired", "tls: {certificate: a.pem, key: a.key}",
            before: key("a") + certificate("a", days: -1)),
        .init(
            "certificate", "fail", "it is not the key of the certificate",
            "tls: {certificate: a.pem, key: b.key}",
            before: key("a") + key("b") + certificate("a", days: 90)),
        .init(
            "certificate", "fail", "it is under a passphrase", "tls: {certificate: a.pem, key: b.key}",
            before: key("a") + certificate("a", days: 90)
                + "openssl pkey -in a.key -aes128 -passout pass:word -out b.key;"),
        .init(
            "certificate", "warn", "ends in", "tls: {certificate: a.pem, key: a.key}",
            before: key("a") + certificate("a", days: 3)),
        .init(
            "certificate", "fail", "cannot use D/no-ca.pem for the listener",
            "tls: {certificate: a.pem, key: a.key, client_ca: no-ca.pem}",
            before: key("a") + certificate("a", days: 90)),
        .init(
            "secrets", "warn", "D/a.key holds a secret", "tls: {certificate: a.pem, key: a.key}",
            before: key("a") + certificate("a", days: 90) + "chmod 644 a.key"),
        .init(
            "secrets", "warn", "D/token holds a secret", "admin_token: \"${file:token}\"",
            before: "echo 0123456789abcdef > token; chmod 644 token"),
        .init(
            "secrets", "warn", "D/tollbook.yaml holds a secret", "admin_token: 0123456789abcdef",
            before: "chmod 644 tollbook.yaml"),
        .init(
            "data_dir", "fail", "D/data may be written by other users", before: "mkdir data; chmod 777 data"),
        .init(
            "data_dir", "warn", "D/data/spool may be read by other users",
            before: "mkdir -p data/spool; chmod 755 data/spool"),
        .init("spool", "fail", "D/file is no directory", "data_dir: file/data", before: "touch file"),
        .init("spool", "warn", "the disk has only", "spool: {max_bytes: 8 TiB}"),
        .init("clock", "fail", "it says 1970", now: "1970-01-02T00:00:00Z"),
    ]

    /// Mistakes that only the database shows.
    static let inTheDatabase: [Misconfiguration] = [
        .init("database", "fail", "cannot connect", "database: host=/nowhere"),
        .init("database", "fail", "does not exist", "database: \"CLUSTER dbname=nobody\""),
        .init("schema", "fail", "the database holds no ledger", "database: \"EMPTY\""),
        .init("schema", "fail", "the ledger's schema is version", "database: \"OLDER\""),
        .init("schema", "fail", "the ledger's schema is version 9999", "database: \"NEWER\""),
        .init("rights", "fail", "may not post to this ledger", "database: \"READER\""),
        .init("partitions", "warn", "a sidecar reports, and nobody made them", "database: \"BARE\""),
        .init("databases", "fail", "replica:", "replica: host=/nowhere"),
        .init("databases", "fail", "tenant_databases.acme:", "tenant_databases: {acme: 'host=/nowhere'}"),
        .init("prices", "fail", "bad.yaml", "prices: [bad.yaml]", before: "echo 'provider: [' > bad.yaml"),
        .init("prices", "fail", "none.yaml", "prices: [none.yaml]"),
        .init(
            "prices", "warn", "no price is for nobody, the provider of upstream a",
            "upstreams: {a: {url: 'http://127.0.0.1:UPSTREAM', provider: nobody}}"),
        .init("database", "warn", "its clock and this one are", now: "2027-11-22T00:00:00Z"),
        .init("keys", "fail", "and their pepper (", "database: \"KEYS\""),
        .init("sidecars", "warn", "holds 7 records, last heard", "database: \"SILENT\""),
    ]

    private static func key(_ name: String) -> String {
        "openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out \(name).key 2>/dev/null;"
            + "chmod 600 \(name).key;"
    }

    private static func certificate(_ name: String, days: Int) -> String {
        "openssl req -new -key \(name).key -subj /CN=\(name) -out \(name).csr;"
            + "openssl x509 -req -in \(name).csr -signkey \(name).key -days \(days) "
            + "-out \(name).pem 2>/dev/null;"
    }
}
