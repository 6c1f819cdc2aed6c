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
///
/// A value like any other, kept behind a reference: it holds some twenty texts, and is handed from the spool
/// to rating to the ledger far more often than it is changed.
public struct UsageRecord: Hashable, Sendable {
    public struct Timing: Hashable, Sendable {
        /// Milliseconds from the request's start; `nil` when no byte came.
        public var firstByteMilliseconds: Int64?
        public var totalMilliseconds: Int64 = 0
        /// Body bytes as relayed.
        public var requestBytes: Int64 = 0
        public var responseBytes: Int64 = 0
        public init() {}
    }

    @usableFromInline struct Facts: Hashable, Sendable {
        @usableFromInline var id: RecordID
        @usableFromInline var operationID: String
        @usableFromInline var attempt: Int
        @usableFromInline var instance: String
        @usableFromInline var sequence: Int64
        @usableFromInline var occurredAt: Instant
        @usableFromInline var upstream: String
        @usableFromInline var attribution: Attribution
        @usableFromInline var usage: Usage
        @usableFromInline var timing: Timing
        @usableFromInline var settlement: String?
    }

    @usableFromInline final class Box: Sendable {
        @usableFromInline let facts: Facts
        init(_ facts: consuming Facts) { self.facts = facts }
    }

    @usableFromInline var box: Box

    public init(
        id: RecordID, operationID: String, attempt: Int = 1, instance: String, sequence: Int64,
        occurredAt: Instant, upstream: String, attribution: Attribution, usage: consuming Usage,
        timing: Timing, settlement: String? = nil
    ) {
        box = Box(
            Facts(
                id: id, operationID: operationID, attempt: attempt, instance: instance, sequence: sequence,
                occurredAt: occurredAt, upstream: upstream, attribution: attribution, usage: usage,
                timing: timing, settlement: settlement))
    }

    public static func == (a: UsageRecord, b: UsageRecord) -> Bool {
        a.box === b.box || a.box.facts == b.box.facts
    }

    public func hash(into hasher: inout Hasher) { hasher.combine(box.facts) }

    /// The calendar month (UTC) in which the usage occurred, `2026-10`.
    public var period: String { occurredAt.date.isoMonth }

    private mutating func change(_ body: (inout Facts) -> Void) {
        var facts = box.facts
        body(&facts)
        box = Box(facts)
    }
}

// What holds texts is read in place: a plain getter would copy it.
extension UsageRecord {
    public var id: RecordID {
        @inlinable get { box.facts.id }
        set { change { $0.id = newValue } }
    }
    public var operationID: String {
        @inlinable get { box.facts.operationID }
        set { change { $0.operationID = newValue } }
    }
    /// Counted from 1 within the operation.
    public var attempt: Int {
        @inlinable get { box.facts.attempt }
        set { change { $0.attempt = newValue } }
    }
    /// The sidecar that made the record.
    public var instance: String {
        @inlinable get { box.facts.instance }
        set { change { $0.instance = newValue } }
    }
    /// Gapless per instance, from 1.
    public var sequence: Int64 {
        @inlinable get { box.facts.sequence }
        set { change { $0.sequence = newValue } }
    }
    /// Start of the exchange. Set once, never rewritten: it is part of the ledger's key.
    public var occurredAt: Instant {
        @inlinable get { box.facts.occurredAt }
        set { change { $0.occurredAt = newValue } }
    }
    /// The configured upstream's name.
    public var upstream: String {
        @inlinable get { box.facts.upstream }
        set { change { $0.upstream = newValue } }
    }
    public var attribution: Attribution {
        @inlinable _read { yield box.facts.attribution }
        set { change { $0.attribution = newValue } }
    }
    public var usage: Usage {
        @inlinable _read { yield box.facts.usage }
        set { change { $0.usage = newValue } }
    }
    /// Hands the usage on where it lies. An argument of another module's function is copied from ``usage``.
    public func withUsage<Result>(_ body: (borrowing Usage) -> Result) -> Result { body(box.facts.usage) }
    public var timing: Timing {
        @inlinable _read { yield box.facts.timing }
        set { change { $0.timing = newValue } }
    }
    /// The name under which the usage is charged for once per upstream, whatever record brings it; `nil`
    /// where each record is charged for.
    public var settlement: String? {
        @inlinable get { box.facts.settlement }
        set { change { $0.settlement = newValue } }
    }
}
