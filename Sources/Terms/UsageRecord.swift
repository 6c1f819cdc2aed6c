/// One key and value that a caller attached to an exchange.
public struct Label: Hashable, Comparable, Sendable {
    public let key: String
    public let value: String
    public init(key: String, value: String) {
        self.key = key
        self.value = value
    }
    public static func < (a: Label, b: Label) -> Bool { (a.key, a.value) < (b.key, b.value) }
}

/// Whose spend an exchange is.
public struct Attribution: Hashable, Sendable {
    /// The tenant of exchanges that nothing attributes.
    public static let unattributedTenant = "unattributed"

    public var tenant = Attribution.unattributedTenant
    /// The principal inside the tenant, empty when unknown.
    public var user = ""
    /// Ascending by key; keys are unique.
    public var labels: [Label] = []
    /// The gateway key's id or the fingerprint of the caller's own credential, empty when none.
    public var keyID = ""

    public init() {}
}

/// The immutable, normalized facts of one exchange: telecom's call detail record.
public struct UsageRecord: Hashable, Sendable {
    public var id: RecordID
    public var operationID: String
    /// Counted from 1 within the operation.
    public var attempt: Int
    /// The sidecar that made the record.
    public var instance: String
    /// Gapless per instance, from 1.
    public var sequence: Int64
    /// Start of the exchange. Set once, never rewritten: it is part of the ledger's key.
    public var occurredAt: Instant
    /// The configured upstream's name.
    public var upstream: String
    public var attribution: Attribution
    public var usage: Usage
    public var timing: Timing
    /// The name under which the usage is charged for once per upstream, whatever record brings it; `nil`
    /// where each record is charged for.
    public var settlement: String?

    public struct Timing: Hashable, Sendable {
        /// Milliseconds from the request's start; `nil` when no byte came.
        public var firstByteMilliseconds: Int64?
        public var totalMilliseconds: Int64 = 0
        /// Body bytes as relayed.
        public var requestBytes: Int64 = 0
        public var responseBytes: Int64 = 0
        public init() {}
    }

    public init(
        id: RecordID, operationID: String, attempt: Int = 1, instance: String, sequence: Int64,
        occurredAt: Instant, upstream: String, attribution: Attribution, usage: consuming Usage,
        timing: Timing
    ) {
        self.id = id
        self.operationID = operationID
        self.attempt = attempt
        self.instance = instance
        self.sequence = sequence
        self.occurredAt = occurredAt
        self.upstream = upstream
        self.attribution = attribution
        self.usage = usage
        self.timing = timing
    }

    /// The calendar month (UTC) in which the usage occurred, `2026-10`.
    public var period: String { occurredAt.date.isoMonth }
}
