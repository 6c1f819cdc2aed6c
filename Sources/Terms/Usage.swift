/// The headline counts of a record: what the response's own top-level usage states, made inclusive.
///
/// Unit: tokens, except ``webSearches``. `nil` is "not reported", 0 is "reported as zero".
/// Never an estimate.
public struct TokenCounts: Hashable, Sendable {
    /// Counts above this are refused as absurd, so that sums of them cannot overflow.
    public static let limit: Int64 = 1_000_000_000_000

    /// All prompt tokens, cache reads, cache writes and tool-use prompt included.
    public var input: Int64?
    public var cacheRead: Int64?
    public var cacheWrite: Int64?
    /// The part of ``cacheWrite`` that is kept for an hour.
    public var cacheWrite1h: Int64?
    public var audioInput: Int64?
    public var imageInput: Int64?
    public var toolPrompt: Int64?
    /// All completion tokens, reasoning included.
    public var output: Int64?
    public var reasoning: Int64?
    public var audioOutput: Int64?
    /// Server-side search requests.
    public var webSearches: Int64?

    public init() {}
}

/// What selects a rate besides model and meter; `nil` where neither request nor response says.
public struct Selectors: Hashable, Sendable {
    public var serviceTierRequested: String?
    public var serviceTier: String?
    public var batch: Bool?
    public var region: String?
    public var speed: String?
    public var geo: String?
    /// All input tokens of the request, caches included: what context thresholds compare with.
    public var contextTokens: Int64?

    public init() {}
}

/// A part of a record that is billed under its own model.
public struct Component: Hashable, Sendable {
    public var role: Role
    public var model: String?
    /// Disjoint; in the order of the meters' names.
    public var readings: [MeterReading]
    public var selectors: Selectors

    public enum Role: String, CaseIterable, Hashable, Sendable {
        case primary, advisor, compaction, fallback
        case imageTool = "image_tool"
        case svgAuthor = "svg_author"
        case transcription
        case toolModel = "tool_model"
    }

    public init(
        role: Role = .primary, model: String?, readings: [MeterReading], selectors: Selectors = Selectors()
    ) {
        self.role = role
        self.model = model
        self.readings = readings
        self.selectors = selectors
    }
}

/// What the program assumes where nothing was reported: a point, and a bound that holds.
public struct Estimate: Hashable, Sendable {
    public var inputTokens: Int64?
    public var outputTokens: Int64?
    public var upperInputTokens: Int64?
    public var upperOutputTokens: Int64?
    /// Such as `bytes/4`.
    public var method: String
    public var version: Int

    public init(method: String, version: Int) {
        self.method = method
        self.version = version
    }
}

/// What mediation learns from one exchange: everything of a record that needs no clock and no ledger.
public struct Usage: Hashable, Sendable {
    public var provider = "unknown"
    public var dialect = "unknown"
    public var dialectVersion = 1
    public var api = "other"
    public var modelRequested: String?
    public var model: String?
    public var responseID: String?
    public var providerRequestID: String?
    public var stream = false
    /// 0 when no response came.
    public var httpStatus = 0
    /// As the provider spells it.
    public var finishReason: String?
    public var serviceTier: String?
    public var status = UsageStatus.absent
    public var completeness = Completeness.complete
    /// `nil` when the exchange is billable.
    public var notBillable: NotBillableReason?
    public var tokens = TokenCounts()
    /// Plain decimal text in the provider's own digits, `nil` when it states no cost.
    public var providerCostUSD: String?
    public var components: [Component] = []
    public var estimate: Estimate?
    /// Ascending, each once.
    public var anomalies: [Anomaly] = []
    /// JSON text of the provider's usage object(s), byte for byte.
    public var rawUsage: String?

    public init() {}

    public mutating func note(_ anomaly: Anomaly) {
        guard !anomalies.contains(anomaly) else { return }
        anomalies.append(anomaly)
        anomalies.sort()
    }
}
