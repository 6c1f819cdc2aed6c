// The configuration in force, as values of the right types. Made by `Configuration.load`; commands take
// from here what they need and read neither files nor variables themselves.
import Terms

/// One provider to forward to.
public struct UpstreamSetting: Hashable, Sendable {
    public let name: String
    public let url: UpstreamURL
    /// Secret. nil: the caller's credential passes through.
    public let apiKey: String?
    public let provider: String?
    public let dialect: String?
    public let includeUsage: Bool
    /// Models without a price under a budget in money; nil: as `budgets.unpriced` says.
    let unpriced: AdmissionPolicy.Unpriced?
    /// Absolute, or relative to the working directory.
    public let authorities: String?
    /// Loopback, link-local and metadata addresses that the name may resolve to all the same.
    public let allowedAddresses: TrustedCallers
    /// Secret values. By name in order.
    public let headers: [String: String]
}

public struct Configuration: Sendable {
    public enum Durability: String, Sendable { case strict, relaxed }
    public enum SpoolPolicy: String, Sendable { case refuse, pass }
    public enum LogLevel: String, Sendable { case debug, info, warn, error }
    public enum LogFormat: String, Sendable { case json, text }

    public struct TLS: Hashable, Sendable {
        public let certificate: String
        public let key: String
        /// Authorities of clients' certificates; nil: nobody is asked for one.
        public let clientAuthorities: String?
        public let requiresClient: Bool
    }

    /// How the process shows itself: its sockets, its pages, its log.
    public struct Process: Hashable, Sendable {
        /// Permission bits of Unix sockets.
        public let socketMode: UInt32
        /// Secret. What /metrics and the details of /readyz ask for; nil: nothing.
        public let adminToken: String?
        /// The admin listener speaks TLS, with the certificate of the others.
        public let adminTLS: Bool
        public let logFormat: LogFormat
        /// Combinations of tenant, upstream and model with a line of their own on the metrics page.
        public let series: Int
        /// The kernel may write a core file with this process's memory.
        public let coreDumps: Bool
    }

    public struct Attribution: Hashable, Sendable {
        public let requireTenant: Bool
        public let defaultTenant: String
        public let trustedCallers: TrustedCallers
    }

    /// Where the pepper of gateway keys comes from.
    public struct Keys: Hashable, Sendable {
        /// Secret; empty is not the same as nil.
        public let pepper: String?
        /// Secret.
        public let previousPepper: String?
        public let pepperFile: String
    }

    /// Bytes, counts and milliseconds, as their names say.
    public struct Limits: Hashable, Sendable {
        public let connections: Int
        public let requestBodyBytes: Int
        public let inspectBodyBytes: Int
        public let heldBodiesBytes: Int
        public let connectMilliseconds: Int
        public let responseMilliseconds: Int
        public let idleMilliseconds: Int
        public let exchangeMilliseconds: Int
        public let keepAliveMilliseconds: Int
        public let drainSeconds: Int
        public let drainBytes: Int
        public let drains: Int
        public let headerMilliseconds: Int
        public let bodyMilliseconds: Int
        /// Bytes a second; 0: none.
        public let bodyRate: Int
        public let clientMilliseconds: Int
        /// 0: no limit of their own.
        public let connectionsPerAddress: Int
    }

    public struct Spool: Hashable, Sendable {
        public let maxBytes: Int
        public let policy: SpoolPolicy
        public let keepSeconds: Int64
        public let openAfterSeconds: Int64
    }

    /// Where the key of the ledger's seals is; at most one of them.
    public struct Seal: Hashable, Sendable {
        /// Secret.
        public let key: String?
        public let keyFile: String?
        public var isConfigured: Bool { key != nil || keyFile != nil }
    }

    /// The file that was read, nil when there is none.
    public let file: String?
    /// Never empty.
    public let listen: [ListenAddress]
    public let tls: TLS?
    /// nil: off.
    public let admin: ListenAddress?
    public let database: DatabaseSetting
    /// libpq's words for a replica that reports are read from. Secret: it may hold a password.
    public let replica: String?
    /// libpq's words by tenant, for those whose ledger is elsewhere. Secret.
    public let tenantDatabases: [String: String]
    public let dataDirectory: String
    public let durability: Durability
    /// nil: one for each core.
    public let threads: Int?
    public let drainTimeoutMilliseconds: Int
    public let logLevel: LogLevel
    public let defaultUpstream: String?
    /// By name.
    public let upstreams: [UpstreamSetting]
    public let attribution: Attribution
    public let keys: Keys
    public let callers: CallerSettings
    /// Users are recorded under pseudonyms.
    public let hidesUsers: Bool
    /// Price files and directories; nil: the built-in prices.
    public let prices: [String]?
    public let limits: Limits
    public let spool: Spool
    public let seal: Seal
    let budgets: AdmissionPolicy
    /// Who is told when budgets come near their limits.
    public let alerts: AlertSettings
    public let process: Process
    /// What deserves a word but is no error, such as a variable that nothing reads.
    public let warnings: [String]
    /// Every setting with its origin, for `config show`.
    let settings: [Setting]
    /// Files that values were taken from with `${file:…}` and `${credential:…}`.
    let secretFiles: [String]
}
