// The closed word lists of a usage record: how complete an exchange was, how its usage is known.

/// How the record's usage is known.
public enum UsageStatus: String, CaseIterable, Hashable, Sendable {
    /// Stated by the provider in its final report.
    case reported
    /// Stated by the provider, but the stream ended before the final report.
    case partial
    /// At least one side is our estimate.
    case estimated
    /// Follows arithmetically from what the provider stated.
    case derived
    /// Nothing was stated, and nothing could be estimated.
    case absent
}

/// How the exchange ended.
public enum Completeness: String, CaseIterable, Hashable, Sendable {
    case complete
    /// The client left; the response was read to its end in the background.
    case clientAbortedDrained = "client_aborted_drained"
    /// The client left and the rest of the response was not learnt.
    case clientAborted = "client_aborted"
    /// The provider answered with an error, or ended its stream with one.
    case upstreamError = "upstream_error"
    /// The response ended before the dialect's end.
    case truncated
    /// Background work that reports its usage later.
    case pending
    /// Never sent upstream.
    case refused
    /// Opened and never closed: the sidecar died in between.
    case open
}

/// Why an exchange costs nothing.
public enum NotBillableReason: String, CaseIterable, Hashable, Sendable {
    case refused
    /// 4xx or 5xx that reported no usage.
    case providerError = "provider_error"
    /// Counting tokens, listing models and the like.
    case countOnly = "count_only"
    /// Endpoints that the provider does not charge for.
    case freeEndpoint = "free_endpoint"
    /// A response that was billed when it was made, fetched again.
    case replay
    /// The request names somebody else who pays the provider.
    case externalPayer = "external_payer"
}

/// Something about an exchange that does not add up. The closed list is explained in `GLOSSARY.md`.
public enum Anomaly: String, CaseIterable, Hashable, Comparable, Sendable {
    case totalMismatch = "total_mismatch"
    case cachedExceedsPrompt = "cached_gt_prompt"
    case reasoningExceedsOutput = "reasoning_gt_output"
    case negativeCount = "negative_count"
    case allZeroNonempty = "all_zero_nonempty"
    case placeholderUsage = "placeholder_usage"
    case nullCompletion = "null_completion"
    case duplicateReport = "duplicate_report"
    case nonInteger = "non_integer"
    case decreasingSnapshot = "decreasing_snapshot"
    case unknownField = "unknown_field"
    case modelMissing = "model_missing"
    case malformedJSON = "malformed_json"
    case statedCostMismatch = "stated_cost_mismatch"
    /// A count too large to be one: above ``TokenCounts/limit``.
    case absurdCount = "absurd_count"
    /// The dialect's closing event never came.
    case terminalMissing = "terminal_missing"
    /// A body or event passed the tap's limit and was only partly read.
    case tapLimit = "tap_limit"
    /// The content encoding could not be undone for the tap.
    case undecodableBody = "undecodable_body"
    /// The parts of a count add up to another number than the count.
    case detailMismatch = "detail_mismatch"
    /// The stated total counts cached tokens twice: in the prompt and beside it.
    case cacheDoubleCounted = "cache_double_counted"
    /// A credit prices cache writes as reads; how many, only the refused attempt says.
    case repricedByCredit = "repriced_by_credit"

    public static func < (a: Anomaly, b: Anomaly) -> Bool { a.rawValue < b.rawValue }
}
