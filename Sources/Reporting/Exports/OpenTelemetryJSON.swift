// A record under the attribute names of OpenTelemetry's semantic conventions for generative AI
// (opentelemetry.io/docs/specs/semconv/gen-ai, still in development), one JSON object per line. What the
// conventions have no name for stands under `tollbook.`; what is unknown is left out, never zero.
public import Bookkeeping
public import Terms

extension JSONWriter {
    /// One span-shaped object with its attributes.
    public mutating func openTelemetry(_ stored: StoredRecord, costCenter: String? = nil) {
        let record = stored.record
        let usage = record.usage
        let operation = Self.operation(usage.api)
        let model = usage.model ?? usage.modelRequested
        beginObject()
        field("name", model.map { "\(operation) \($0)" } ?? operation)
        field("kind", "SPAN_KIND_CLIENT")
        // Protobuf's JSON spells 64-bit numbers as strings.
        field("startTimeUnixNano", Self.nanos(record.occurredAt.microseconds))
        let (milliseconds, overflow) = record.timing.totalMilliseconds.multipliedReportingOverflow(by: 1000)
        let end = record.occurredAt.microseconds.addingReportingOverflow(overflow ? 0 : milliseconds)
        field("endTimeUnixNano", Self.nanos(end.overflow ? record.occurredAt.microseconds : end.partialValue))
        key("attributes")
        beginObject()
        field("gen_ai.operation.name", operation)
        field("gen_ai.provider.name", Self.providers[usage.provider] ?? usage.provider)
        openTelemetryExchange(usage)
        openTelemetryTokens(usage.tokens)
        openTelemetryLedger(stored)
        if let costCenter { field("tollbook.cost_center", costCenter) }
        endObject()
        endObject()
    }

    private mutating func openTelemetryExchange(_ usage: Usage) {
        if let model = usage.modelRequested { field("gen_ai.request.model", model) }
        if let model = usage.model { field("gen_ai.response.model", model) }
        if let id = usage.responseID { field("gen_ai.response.id", id) }
        if let reason = usage.finishReason {
            key("gen_ai.response.finish_reasons")
            beginArray()
            string(reason)
            endArray()
        }
        if let tier = usage.serviceTier, usage.provider == "openai" {
            field("openai.response.service_tier", tier)
        }
        if usage.httpStatus != 0 { field("http.response.status_code", Int64(usage.httpStatus)) }
        if usage.httpStatus >= 400 { field("error.type", String(usage.httpStatus)) }
    }

    /// Input includes what a cache served and what was written to it, as our headline does.
    private mutating func openTelemetryTokens(_ tokens: TokenCounts) {
        let counts: [(String, Int64?)] = [
            ("gen_ai.usage.input_tokens", tokens.input), ("gen_ai.usage.output_tokens", tokens.output),
            ("gen_ai.usage.cache_read.input_tokens", tokens.cacheRead),
            ("gen_ai.usage.cache_creation.input_tokens", tokens.cacheWrite),
            ("gen_ai.usage.reasoning.output_tokens", tokens.reasoning),
        ]
        for (name, count) in counts { if let count { field(name, count) } }
    }

    private mutating func openTelemetryLedger(_ stored: StoredRecord) {
        let record = stored.record
        field("tollbook.record_id", record.id.text)
        field("tollbook.operation_id", record.operationID)
        field("tollbook.tenant", record.attribution.tenant)
        if !record.attribution.user.isEmpty { field("user.id", record.attribution.user) }
        if !record.attribution.keyID.isEmpty { field("tollbook.key_id", record.attribution.keyID) }
        for label in record.attribution.labels { field("tollbook.label.\(label.key)", label.value) }
        field("tollbook.upstream", record.upstream)
        field("tollbook.usage_status", record.usage.status.rawValue)
        field("tollbook.completeness", record.usage.completeness.rawValue)
        let currencies = Set(stored.lines.map(\.currency).filter { !$0.code.isEmpty })
        if currencies.count < 2 {
            let cost = stored.cost
            for book in Book.allCases {
                if let amount = cost[book] { field("tollbook.cost.\(book.rawValue)", amount.plain) }
            }
            field("tollbook.cost.currency", (currencies.first ?? .usd).code)
        }
        if let first = record.timing.firstByteMilliseconds { field("tollbook.first_byte_ms", first) }
    }

    private static func nanos(_ microseconds: Int64) -> String { String(Int128(microseconds) * 1000) }

    /// The conventions' well-known operations; our own name of the surface for anything else.
    private static func operation(_ api: String) -> String {
        switch api {
        case "chat_completions", "messages", "responses", "converse", "chat": "chat"
        case "completions", "generate": "text_completion"
        case "embeddings", "embed": "embeddings"
        case "generate_content": "generate_content"
        default: api
        }
    }

    /// Where the conventions spell a provider otherwise.
    private static let providers = [
        "bedrock": "aws.bedrock", "azure": "azure.ai.openai", "vertex": "gcp.vertex_ai",
        "google": "gcp.gemini", "mistral": "mistral_ai", "xai": "x_ai", "watsonx": "ibm.watsonx.ai",
    ]
}
