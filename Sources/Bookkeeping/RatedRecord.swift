// What is posted: the facts of one exchange together with what rating made of them. Facts and money
// stay two things; they only travel together so that one transaction can book both.
public import Rating
public import Terms

/// A usage record with its charges, ready to be posted.
public struct RatedRecord: Hashable, Sendable {
    public var record: UsageRecord
    public var rated: Rated

    public init(record: UsageRecord, rated: Rated) {
        self.record = record
        self.rated = rated
    }

    /// The ledger's identity of a record: the same key twice is the same exchange.
    public var key: RecordKey {
        RecordKey(tenant: record.attribution.tenant, occurredAt: record.occurredAt, id: record.id)
    }
}

extension RatedRecord {
    /// Its usage was charged for with another record: nothing is charged for it again.
    public mutating func becomeReplay() {
        guard record.usage.notBillable == nil else { return }
        record.usage.notBillable = .replay
        rated = .notBillable
    }
}

/// What a record is known by, set once by the sidecar before the call.
public struct RecordKey: Hashable, Comparable, Sendable {
    public let tenant: String
    public let occurredAt: Instant
    public let id: RecordID

    public init(tenant: String, occurredAt: Instant, id: RecordID) {
        self.tenant = tenant
        self.occurredAt = occurredAt
        self.id = id
    }

    /// The order in which every batch is posted. Sidecars that all lock rows in one order cannot
    /// deadlock each other.
    public static func < (a: RecordKey, b: RecordKey) -> Bool {
        if a.tenant != b.tenant { return a.tenant < b.tenant }
        return (a.occurredAt, a.id) < (b.occurredAt, b.id)
    }
}

extension UsageRecord {
    /// The model under which reports count the exchange: what answered, else what was asked for,
    /// else empty.
    public var reportedModel: String { usage.model ?? usage.modelRequested ?? "" }
}
