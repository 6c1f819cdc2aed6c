public import Bookkeeping
import Terms

/// Records as comma-separated values: the fields of the JSON form, nested ones as JSON text.
public enum RecordCSV {
    public static let header = [
        "record_id", "operation_id", "attempt", "instance", "seq", "occurred_at", "booked_at", "period",
        "tenant",
        "user", "labels", "key_id", "upstream", "provider", "dialect", "dialect_version", "api",
        "model_requested", "model", "response_id", "provider_request_id", "stream", "http_status",
        "finish_reason", "service_tier", "usage_status", "completeness", "billable", "not_billable_reason",
        "input_tokens", "cache_read_tokens", "cache_write_tokens", "cache_write_1h_tokens",
        "audio_input_tokens", "image_input_tokens", "tool_prompt_tokens", "output_tokens", "reasoning_tokens",
        "audio_output_tokens", "web_searches", "provider_cost_usd", "components", "estimate", "charges",
        "cost_list", "cost_contracted", "cost_chargeback", "anomalies", "raw_usage", "first_byte_ms",
        "total_ms", "request_bytes", "response_bytes",
    ]

    public static func fields(of stored: StoredRecord) -> [String] {
        let record = stored.record
        let usage = record.usage
        let cost = stored.cost
        var fields = [
            record.id.text, record.operationID, String(record.attempt), record.instance,
            String(record.sequence),
            record.occurredAt.rfc3339, stored.bookedAt.rfc3339, stored.period, record.attribution.tenant,
            record.attribution.user, json { $0.labels(record.attribution.labels) }, record.attribution.keyID,
            record.upstream, usage.provider, usage.dialect, String(usage.dialectVersion), usage.api,
        ]
        fields += [
            usage.modelRequested, usage.model, usage.responseID, usage.providerRequestID,
            String(usage.stream),
            usage.httpStatus == 0 ? nil : String(usage.httpStatus), usage.finishReason, usage.serviceTier,
            usage.status.rawValue, usage.completeness.rawValue, String(usage.notBillable == nil),
            usage.notBillable?.rawValue,
        ].map { $0 ?? "" }
        let tokens = usage.tokens
        fields += [
            tokens.input, tokens.cacheRead, tokens.cacheWrite, tokens.cacheWrite1h, tokens.audioInput,
            tokens.imageInput, tokens.toolPrompt, tokens.output, tokens.reasoning, tokens.audioOutput,
            tokens.webSearches,
        ].map { $0.map(String.init) ?? "" }
        fields += [
            usage.providerCostUSD ?? "", json { $0.components(usage.components) },
            usage.estimate == nil ? "" : json { $0.estimate(usage.estimate) },
            json { $0.charges(stored.charges) },
        ]
        fields += Book.allCases.map { cost[$0]?.plain ?? "" }
        fields += [json { $0.anomalies(usage.anomalies) }, usage.rawUsage ?? ""]
        let timing = record.timing
        return fields + [
            timing.firstByteMilliseconds.map(String.init) ?? "", String(timing.totalMilliseconds),
            String(timing.requestBytes), String(timing.responseBytes),
        ]
    }

    private static func json(_ write: (inout JSONWriter) -> Void) -> String {
        var writer = JSONWriter()
        write(&writer)
        return writer.text
    }
}

/// Records as lines for people. Widths come from the first page, because the listing may be longer than
/// memory; a later, longer name pushes its line to the right and loses nothing.
public struct RecordText {
    private var page: [[String]] = []
    private var widths: [Int]?

    /// Records that are looked at before the first line is written.
    private static let pageSize = 200

    private static let columns: [TextTable.Column] = [
        .init("occurred at"), .init("record"), .init("tenant"), .init("user"), .init("model"),
        .init("completeness"), .init("usage"), .init("input", unit: "tokens", numeric: true),
        .init("output", unit: "tokens", numeric: true), .init("cost", numeric: true), .init("currency"),
    ]

    public init() {}

    /// - Returns: the lines that can be written now.
    public mutating func add(_ stored: StoredRecord) -> String {
        page.append(Self.cells(of: stored).map(\.visible))
        if widths != nil || page.count == Self.pageSize { return flush() }
        return ""
    }

    /// - Returns: the lines that were still waiting.
    public mutating func end() -> String { flush() }

    private mutating func flush() -> String {
        var table = TextTable(Self.columns)
        table.rows = page
        page = []
        if let widths { return table.lines(widths) }
        widths = table.naturalWidths
        return table.text(columns: nil)
    }

    private static func cells(of stored: StoredRecord) -> [String] {
        let record = stored.record
        let usage = record.usage
        return [
            record.occurredAt.rfc3339, record.id.text, record.attribution.tenant,
            record.attribution.user.isEmpty ? "-" : record.attribution.user,
            record.reportedModel.isEmpty ? "-" : record.reportedModel, usage.completeness.rawValue,
            usage.status.rawValue, usage.tokens.input.map(\.grouped) ?? "-",
            usage.tokens.output.map(\.grouped) ?? "-", stored.cost.contracted?.shown ?? "unpriced",
            stored.charges.first?.currency.code ?? "-",
        ]
    }
}
