// How the nouns inside a record are spelled in JSON: the same text in the ledger's columns, in
// `tollbook records` and in `tollbook normalize`.

extension JSONWriter {
    public mutating func components(_ components: [Component]) {
        beginArray()
        for component in components {
            beginObject()
            plainKey("\"role\":")
            string(component.role.rawValue)
            plainKey("\"model\":")
            if let model = component.model { string(model) } else { null() }
            plainKey("\"meters\":")
            beginObject()
            for reading in component.readings { field(reading.meter.rawValue, reading.quantity) }
            endObject()
            plainKey("\"quantity_status\":")
            beginObject()
            for reading in component.readings where reading.status != .reported {
                field(reading.meter.rawValue, reading.status.rawValue)
            }
            endObject()
            plainKey("\"selectors\":")
            selectors(component.selectors)
            endObject()
        }
        endArray()
    }

    /// Only what is known: an absent selector was neither asked for nor reported.
    public mutating func selectors(_ selectors: Selectors) {
        beginObject()
        if let value = selectors.serviceTierRequested { field("service_tier_requested", value) }
        if let value = selectors.serviceTier { field("service_tier", value) }
        if let value = selectors.batch { field("batch", value) }
        if let value = selectors.region { field("region", value) }
        if let value = selectors.speed { field("speed", value) }
        if let value = selectors.geo { field("geo", value) }
        if let value = selectors.contextTokens { field("context_tokens", value) }
        endObject()
    }

    public mutating func estimate(_ estimate: Estimate?) {
        guard let estimate else {
            null()
            return
        }
        beginObject()
        field("input_tokens", estimate.inputTokens)
        field("output_tokens", estimate.outputTokens)
        field("upper_input_tokens", estimate.upperInputTokens)
        field("upper_output_tokens", estimate.upperOutputTokens)
        field("method", estimate.method)
        field("version", Int64(estimate.version))
        endObject()
    }

    public mutating func labels(_ labels: [Label]) {
        beginObject()
        for label in labels { field(label.key, label.value) }
        endObject()
    }

    public mutating func anomalies(_ anomalies: [Anomaly]) {
        beginArray()
        for anomaly in anomalies { string(anomaly.rawValue) }
        endArray()
    }

    public mutating func charges(_ charges: [Charge]) {
        beginArray()
        for charge in charges {
            beginObject()
            field("component", Int64(charge.component))
            field("meter", charge.meter.rawValue)
            field("quantity", charge.quantity)
            field("amount", charge.amount)
            field("currency", charge.currency.code)
            field("book", charge.book.rawValue)
            field("rate_id", charge.rateID)
            field("price_version", charge.priceVersion)
            endObject()
        }
        endArray()
    }

    public mutating func cost(_ cost: Cost) {
        beginObject()
        for book in Book.allCases { field(book.rawValue, cost[book]) }
        endObject()
    }
}
