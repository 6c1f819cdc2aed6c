// One row of each source as a record.
public import Terms

extension ImportSource {
    /// - Parameter tenant: whose a row is that names nobody.
    /// - Throws: what is wrong with the row, in words.
    public func record(_ row: Document, tenant: String) throws(ImportProblem) -> ImportedRecord {
        guard case .map = row.content else { throw ImportProblem("the line is no JSON object") }
        let fields = ImportFields(row: row)
        var record: ImportedRecord =
            switch self {
            case .liteLLM: try Self.liteLLM(fields)
            case .openRouter: try Self.openRouter(fields)
            case .jsonl: try Self.normalized(fields)
            }
        if record.attribution.tenant.isEmpty { record.attribution.tenant = tenant }
        return record
    }

    /// `LiteLLM_SpendLogs`, as the API lists it or as `COPY … CSV` writes it. Its `spend` is its own
    /// calculation and not what the provider charged: it stays in the raw usage, and the row is rated anew.
    private static func liteLLM(_ fields: ImportFields) throws(ImportProblem) -> ImportedRecord {
        let at = try fields.instant("startTime", "start_time")
        var record = ImportedRecord(source: .liteLLM, id: try fields.needed("request_id"), occurredAt: at)
        let provider = fields.text("custom_llm_provider") ?? ""
        var model = fields.text("model") ?? ""
        if !provider.isEmpty, model.hasPrefix(provider + "/") {
            model = String(model.dropFirst(provider.count + 1))
        }
        record.usage.provider = liteLLMProviders[provider] ?? (provider.isEmpty ? "unknown" : provider)
        record.usage.model = model.isEmpty ? nil : model
        record.usage.modelRequested = fields.text("model_group")
        record.usage.responseID = fields.text("request_id")
        record.usage.api = liteLLMCalls[fields.text("call_type") ?? ""] ?? fields.text("call_type") ?? "other"
        record.attribution.tenant = fields.text("team_id") ?? ""
        record.attribution.user = fields.text("end_user", "user") ?? ""
        record.attribution.keyID = fields.text("api_key") ?? ""
        record.timing.totalMilliseconds = try milliseconds(from: at, to: fields, "endTime")
        let usage = fields.inner("metadata", "usage_object")
        var counts = InclusiveCounts()
        counts.input = try fields.count("prompt_tokens")
        counts.output = try fields.count("completion_tokens")
        if let usage {
            counts.cacheRead = try usage.count("cache_read_input_tokens")
            if counts.cacheRead == nil {
                counts.cacheRead = try usage.inner("prompt_tokens_details")?.count("cached_tokens")
            }
            counts.cacheWrite = try usage.count("cache_creation_input_tokens")
            counts.reasoning = try usage.inner("completion_tokens_details")?.count("reasoning_tokens")
        }
        counts.fill(&record.usage, model: record.usage.model)
        record.usage.rawUsage = raw(fields, ["prompt_tokens", "completion_tokens", "total_tokens", "spend"])
        if fields.flag("cache_hit") { record.usage.notBillable = .replay }
        if fields.text("status") == "failure", counts.input ?? 0 == 0, counts.output ?? 0 == 0 {
            record.usage.httpStatus = 500
            record.usage.completeness = .upstreamError
            record.usage.notBillable = .providerError
        }
        return record
    }

    private static let liteLLMProviders = [
        "gemini": "google", "vertex_ai": "vertex", "azure_ai": "azure", "together_ai": "together",
        "fireworks_ai": "fireworks", "bedrock_converse": "bedrock",
    ]
    private static let liteLLMCalls = [
        "completion": "chat_completions", "acompletion": "chat_completions", "embedding": "embeddings",
        "aembedding": "embeddings", "responses": "responses", "aresponses": "responses",
        "text_completion": "completions", "atext_completion": "completions", "anthropic_messages": "messages",
    ]

    /// A generation, as `GET /api/v1/generation` or the activity page's export has it.
    private static func openRouter(_ fields: ImportFields) throws(ImportProblem) -> ImportedRecord {
        let fields = fields.inner("data") ?? fields
        let at = try fields.instant("created_at")
        let id = try fields.needed("id", "generation_id")
        var record = ImportedRecord(source: .openRouter, id: id, occurredAt: at)
        record.usage.provider = "openrouter"
        record.usage.api = "chat_completions"
        record.usage.model = try fields.needed("model_permaslug", "model")
        record.usage.responseID = id
        record.usage.stream = fields.flag("streamed")
        record.usage.finishReason = fields.text(
            "native_finish_reason", "finish_reason", "finish_reason_normalized")
        if fields.flag("cancelled") { record.usage.completeness = .clientAborted }
        record.attribution.user = fields.text("external_user", "user") ?? ""
        record.attribution.keyID = fields.text("api_key_name", "api_key_id") ?? ""
        record.timing.totalMilliseconds = try fields.count("generation_time", "generation_time_ms") ?? 0
        var counts = InclusiveCounts()
        counts.input = try fields.count("native_tokens_prompt", "tokens_prompt")
        counts.output = try fields.count("native_tokens_completion", "tokens_completion")
        counts.reasoning = try fields.count("native_tokens_reasoning", "tokens_reasoning")
        counts.cacheRead = try fields.count("native_tokens_cached", "tokens_cached")
        counts.fill(&record.usage, model: record.usage.model)
        if let cost = fields.text("total_cost", "cost_total", "usage") {
            guard let amount = Money(rounding: cost), amount >= .zero else {
                throw ImportProblem("'\(cost.prefix(40))' is no cost")
            }
            record.usage.providerCostUSD = amount.plain
        }
        record.usage.rawUsage = raw(
            fields,
            ["native_tokens_prompt", "native_tokens_completion", "tokens_prompt", "tokens_completion"])
        return record
    }

    /// Our own fields. Components are taken as they are; without them the headline makes one, and it is
    /// inclusive: input with what was cached, output with reasoning.
    private static func normalized(_ fields: ImportFields) throws(ImportProblem) -> ImportedRecord {
        let at = try fields.instant("occurred_at")
        let id = try fields.needed("record_id", "id")
        var record = ImportedRecord(source: .jsonl, id: id, occurredAt: at)
        if let own = RecordID(id), id.utf8.count == 36 { record.id = own }
        record.operationID = fields.text("operation_id") ?? id
        record.upstream = fields.text("upstream")
        record.attribution.tenant = fields.text("tenant") ?? ""
        record.attribution.user = fields.text("user") ?? ""
        record.attribution.keyID = fields.text("key_id") ?? ""
        record.attribution.labels = try labels(fields)
        record.timing.totalMilliseconds = try fields.inner("timing")?.count("total_ms") ?? 0
        record.timing.firstByteMilliseconds = try fields.inner("timing")?.count("first_byte_ms")
        try normalizedExchange(fields, &record.usage)
        var counts = InclusiveCounts()
        counts.input = try fields.count("input_tokens")
        counts.cacheRead = try fields.count("cache_read_tokens")
        counts.cacheWrite = try fields.count("cache_write_tokens")
        counts.cacheWrite1h = try fields.count("cache_write_1h_tokens")
        counts.output = try fields.count("output_tokens")
        counts.reasoning = try fields.count("reasoning_tokens")
        let status = record.usage.status
        counts.fill(&record.usage, model: record.usage.model)
        record.usage.tokens.audioInput = try fields.count("audio_input_tokens")
        record.usage.tokens.imageInput = try fields.count("image_input_tokens")
        record.usage.tokens.audioOutput = try fields.count("audio_output_tokens")
        record.usage.tokens.webSearches = try fields.count("web_searches")
        if let list = fields.row["components"], case .list(let components) = list.content {
            record.usage.components = []
            for component in components { record.usage.components.append(try Component(imported: component)) }
            record.usage.status = status
        }
        return record
    }

    private static func normalizedExchange(
        _ fields: ImportFields, _ usage: inout Usage
    ) throws(ImportProblem) {
        usage.provider = fields.text("provider") ?? "unknown"
        usage.dialect = fields.text("dialect") ?? usage.dialect
        usage.api = fields.text("api") ?? "other"
        usage.modelRequested = fields.text("model_requested")
        usage.model = fields.text("model")
        usage.responseID = fields.text("response_id")
        usage.stream = fields.flag("stream")
        usage.httpStatus = Int(try fields.count("http_status") ?? 0)
        usage.finishReason = fields.text("finish_reason")
        usage.serviceTier = fields.text("service_tier")
        if let cost = fields.text("provider_cost_usd") {
            guard Money(rounding: cost) != nil else { throw ImportProblem("'\(cost.prefix(40))' is no cost") }
            usage.providerCostUSD = cost
        }
        if let word = fields.text("usage_status") {
            guard let status = UsageStatus(rawValue: word) else {
                throw ImportProblem("usage_status: \(word.prefix(40))")
            }
            usage.status = status
        }
        if let word = fields.text("completeness") {
            guard let how = Completeness(rawValue: word) else {
                throw ImportProblem("completeness: \(word.prefix(40))")
            }
            usage.completeness = how
        }
        if let word = fields.text("not_billable_reason") {
            guard let reason = NotBillableReason(rawValue: word) else {
                throw ImportProblem("not_billable_reason: \(word.prefix(40))")
            }
            usage.notBillable = reason
        }
    }

    private static func labels(_ fields: ImportFields) throws(ImportProblem) -> [Label] {
        guard let labels = fields.row["labels"], case .map(let entries) = labels.content else { return [] }
        guard entries.count <= 16 else { throw ImportProblem("more than 16 labels") }
        var found: [Label] = []
        for entry in entries {
            guard let value = entry.value.text, entry.key.utf8.count <= 64, value.utf8.count <= 256 else {
                throw ImportProblem("label '\(entry.key.prefix(40))' is no text or too long")
            }
            found.append(Label(key: entry.key, value: value))
        }
        return found.sorted()
    }

    private static func milliseconds(
        from start: Instant, to fields: ImportFields, _ name: String
    ) throws(ImportProblem) -> Int64 {
        guard fields.text(name) != nil else { return 0 }
        return max(0, (try fields.instant(name).microseconds - start.microseconds) / 1000)
    }

    /// The source's own numbers, as evidence.
    private static func raw(_ fields: ImportFields, _ names: [String]) -> String? {
        var json = JSONWriter()
        json.beginObject()
        for name in names {
            guard let text = fields.text(name) else { continue }
            if DecimalText(text) != nil, text.first != "+", text.first != "." {
                json.key(name)
                json.raw(DecimalText(text)?.plain ?? "0")
            } else {
                json.field(name, text)
            }
        }
        json.endObject()
        return json.text
    }
}

extension Component {
    /// As `tollbook records` and `normalize` write it.
    fileprivate init(imported document: Document) throws(ImportProblem) {
        guard let role = document["role"]?.text.flatMap(Role.init(rawValue:)) else {
            throw ImportProblem("a component without a role that is known")
        }
        var readings: [MeterReading] = []
        if let meters = document["meters"], case .map(let entries) = meters.content {
            for entry in entries {
                guard let quantity = entry.value.text.flatMap({ Quantity($0) }), quantity >= .zero,
                    quantity <= Quantity(TokenCounts.limit), !entry.key.isEmpty
                else { throw ImportProblem("\(entry.key.prefix(40)): no quantity") }
                let word = document["quantity_status"]?[entry.key]?.text
                readings.append(
                    MeterReading(
                        Meter(entry.key), quantity, status: word.flatMap(QuantityStatus.init) ?? .reported))
            }
        }
        var selectors = Selectors()
        if let stated = document["selectors"] {
            selectors.serviceTierRequested = stated["service_tier_requested"]?.text
            selectors.serviceTier = stated["service_tier"]?.text
            selectors.batch = stated["batch"]?.text.map { $0 == "true" }
            selectors.region = stated["region"]?.text
            selectors.speed = stated["speed"]?.text
            selectors.geo = stated["geo"]?.text
            selectors.contextTokens = stated["context_tokens"]?.text.flatMap { Int64($0) }
        }
        self.init(
            role: role, model: document["model"]?.text, readings: readings.sorted { $0.meter < $1.meter },
            selectors: selectors)
    }
}
