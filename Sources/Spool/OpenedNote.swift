public import Terms

/// What is known of an exchange when it begins: enough to make a record of completeness `open`
/// when the process dies before the exchange ends.
public struct OpenedNote: Hashable, Sendable {
    /// The id that the exchange's record will have. The record closes the note.
    public var id: RecordID
    public var operationID: String
    /// Counted from 1 within the operation.
    public var attempt: Int
    public var occurredAt: Instant
    public var upstream: String
    public var attribution: Attribution
    public var provider: String
    public var dialect: String
    public var api: String
    public var modelRequested: String?
    public var stream: Bool

    public init(
        id: RecordID, operationID: String, attempt: Int = 1, occurredAt: Instant, upstream: String,
        attribution: Attribution, provider: String, dialect: String, api: String, modelRequested: String?,
        stream: Bool
    ) {
        self.id = id
        self.operationID = operationID
        self.attempt = attempt
        self.occurredAt = occurredAt
        self.upstream = upstream
        self.attribution = attribution
        self.provider = provider
        self.dialect = dialect
        self.api = api
        self.modelRequested = modelRequested
        self.stream = stream
    }

    /// The record of an exchange that was opened and never closed. Instance and sequence are set by
    /// the spool when it is appended; its usage is unknown, so nothing in it is an estimate.
    public var record: UsageRecord {
        var usage = Usage()
        usage.provider = provider
        usage.dialect = dialect
        usage.api = api
        usage.modelRequested = modelRequested
        usage.stream = stream
        usage.completeness = .open
        return UsageRecord(
            id: id, operationID: operationID, attempt: attempt, instance: "", sequence: 0,
            occurredAt: occurredAt, upstream: upstream, attribution: attribution, usage: usage,
            timing: UsageRecord.Timing())
    }
}
