public import Bookkeeping
public import Rating
public import Terms

// A usage record as one JSON object: the fields and their order are the public contract. `records`
// writes all of them; `normalize` writes those that follow from the exchange alone, so that two runs
// give equal bytes.

extension JSONWriter {
    /// What `normalize` prints of one exchange: its own id first, then every field that needs neither a
    /// clock, nor a ledger, nor a caller.
    ///
    /// - Parameter rated: adds `charges` and `cost`.
    public mutating func normalized(id: String, usage: Usage, rated: Rated?) {
        beginObject()
        field("id", id)
        exchangeFields(usage)
        measuredFields(usage)
        ratedFields(rated)
        evidenceFields(usage)
        endObject()
    }

    /// What `normalize` prints of a line that is no exchange.
    public mutating func unreadable(id: String?, code: String, problem: String) {
        beginObject()
        field("id", id)
        key("error")
        beginObject()
        field("code", code)
        field("problem", problem)
        endObject()
        endObject()
    }

    /// What `records` prints.
    public mutating func record(_ stored: StoredRecord) {
        record(
            stored.record, bookedAt: stored.bookedAt, period: stored.period,
            rated: Rated(charges: stored.charges, cost: stored.cost))
    }

    /// A record that need not be in the ledger.
    ///
    /// - Parameters:
    ///   - bookedAt: when the ledger learned of the record; `nil` while it does not know it.
    ///   - rated: adds `charges` and `cost`.
    ///   - period: the month that carries it, where that is not the one in which it occurred.
    public mutating func record(
        _ record: UsageRecord, bookedAt: Instant?, period: String? = nil, rated: Rated?
    ) {
        beginObject()
        field("record_id", record.id.text)
        field("operation_id", record.operationID)
        field("attempt", Int64(record.attempt))
        field("instance", record.instance)
        field("seq", record.sequence)
        field("occurred_at", record.occurredAt.rfc3339)
        field("booked_at", bookedAt?.rfc3339)
        field("period", period ?? record.period)
        field("tenant", record.attribution.tenant)
        field("user", record.attribution.user.orNull)
        key("labels")
        labels(record.attribution.labels)
        field("key_id", record.attribution.keyID.orNull)
        field("upstream", record.upstream)
        exchangeFields(record.usage)
        measuredFields(record.usage)
        ratedFields(rated)
        evidenceFields(record.usage)
        timingFields(record.timing)
        endObject()
    }

    /// `provider` to `not_billable_reason`: what kind of exchange it was and how it ended.
    private mutating func exchangeFields(_ usage: Usage) {
        field("provider", usage.provider)
        field("dialect", usage.dialect)
        field("dialect_version", Int64(usage.dialectVersion))
        field("api", usage.api)
        field("model_requested", usage.modelRequested)
        field("model", usage.model)
        field("response_id", usage.responseID)
        field("provider_request_id", usage.providerRequestID)
        field("stream", usage.stream)
        // No answer has no status.
        field("http_status", usage.httpStatus == 0 ? nil : Int64(usage.httpStatus))
        field("finish_reason", usage.finishReason)
        field("service_tier", usage.serviceTier)
        field("usage_status", usage.status.rawValue)
        field("completeness", usage.completeness.rawValue)
        field("billable", usage.notBillable == nil)
        field("not_billable_reason", usage.notBillable?.rawValue)
    }

    /// `input_tokens` to `estimate`: what was used.
    private mutating func measuredFields(_ usage: Usage) {
        let tokens = usage.tokens
        field("input_tokens", tokens.input)
        field("cache_read_tokens", tokens.cacheRead)
        field("cache_write_tokens", tokens.cacheWrite)
        field("cache_write_1h_tokens", tokens.cacheWrite1h)
        field("audio_input_tokens", tokens.audioInput)
        field("image_input_tokens", tokens.imageInput)
        field("tool_prompt_tokens", tokens.toolPrompt)
        field("output_tokens", tokens.output)
        field("reasoning_tokens", tokens.reasoning)
        field("audio_output_tokens", tokens.audioOutput)
        field("web_searches", tokens.webSearches)
        field("provider_cost_usd", usage.providerCostUSD)
        key("components")
        components(usage.components)
        key("estimate")
        estimate(usage.estimate)
    }

    private mutating func ratedFields(_ rated: Rated?) {
        guard let rated else { return }
        key("charges")
        charges(rated.charges)
        key("cost")
        cost(rated.cost)
    }

    /// `anomalies` and `raw_usage`: what to judge the numbers by.
    private mutating func evidenceFields(_ usage: Usage) {
        key("anomalies")
        anomalies(usage.anomalies)
        // A pretty-printed report keeps its digits, not its line breaks: one record is one line.
        field(
            "raw_usage",
            json: usage.rawUsage.map { raw in
                raw.utf8.contains { $0 < 0x20 }
                    ? String(decoding: raw.utf8.filter { $0 >= 0x20 }, as: UTF8.self) : raw
            })
    }

    private mutating func timingFields(_ timing: UsageRecord.Timing) {
        key("timing")
        beginObject()
        field("first_byte_ms", timing.firstByteMilliseconds)
        field("total_ms", timing.totalMilliseconds)
        endObject()
        key("bytes")
        beginObject()
        field("request", timing.requestBytes)
        field("response", timing.responseBytes)
        endObject()
    }
}

extension String {
    /// The records keep "unknown" as empty text; JSON says null.
    fileprivate var orNull: String? { isEmpty ? nil : self }
}
