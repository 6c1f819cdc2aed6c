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
    /// The most that the exchange can use, in tokens; `nil` where nothing bounds it.
    public var upperInput: Int64?
    public var upperOutput: Int64?
    /// What the request asks for, because it decides the price.
    public var serviceTier: String?
    /// Why nothing will be charged, whatever comes; `nil` for most.
    public var notBillable: NotBillableReason?

    // Inlined, because it is made for every call: an initializer that is called returns a copy.
    @inlinable public init(
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

    /// How the quantities of an open exchange were found, as its record says it.
    static let method = "upper-bound"

    /// The record of an exchange that was opened and never closed. Instance and sequence are set by
    /// the spool when it is appended. What was used is unknown, and the provider may have billed all that
    /// was asked for: so the bounds are booked, marked as estimated; a side without a bound is left out,
    /// because unknown is not zero.
    public var record: UsageRecord {
        var usage = Usage()
        usage.provider = provider
        usage.dialect = dialect
        usage.api = api
        usage.modelRequested = modelRequested
        usage.stream = stream
        usage.completeness = .open
        usage.notBillable = notBillable
        if notBillable == nil, upperInput != nil || upperOutput != nil { bound(&usage) }
        return UsageRecord(
            id: id, operationID: operationID, attempt: attempt, instance: "", sequence: 0,
            occurredAt: occurredAt, upstream: upstream, attribution: attribution, usage: usage,
            timing: UsageRecord.Timing())
    }

    private func bound(_ usage: inout Usage) {
        var estimate = Estimate(method: Self.method, version: 1)
        estimate.inputTokens = upperInput
        estimate.upperInputTokens = upperInput
        estimate.outputTokens = upperOutput
        estimate.upperOutputTokens = upperOutput
        usage.estimate = estimate
        usage.status = .estimated
        var readings: [MeterReading] = []
        for (meter, tokens) in [(Meter.freshInput, upperInput), (.output, upperOutput)] {
            guard let tokens, tokens > 0 else { continue }
            readings.append(MeterReading(meter, Quantity(tokens), status: .estimated))
        }
        var selectors = Selectors()
        selectors.serviceTierRequested = serviceTier
        usage.components = [Component(model: modelRequested, readings: readings, selectors: selectors)]
    }
}
