// Rows, figures and the footer as JSON, for reports and statements alike: one spelling of each field.
import Bookkeeping
import Terms

extension JSONWriter {
    /// The members of a row's measures, without the braces.
    mutating func figures(_ figures: Figures, quantity: Bool = false) {
        field("requests", figures.requests)
        field("input_tokens", figures.inputTokens)
        field("cache_read_tokens", figures.cacheReadTokens)
        field("cache_write_tokens", figures.cacheWriteTokens)
        field("output_tokens", figures.outputTokens)
        field("reasoning_tokens", figures.reasoningTokens)
        if quantity { field("quantity", figures.quantity) }
        key("cost")
        cost(figures.cost)
        field("estimated_requests", figures.estimatedRequests)
        field("unpriced_requests", figures.unpricedRequests)
    }

    mutating func footer(_ footer: CompletenessFooter) {
        beginObject()
        field("records", footer.records)
        field("open", footer.open)
        field("estimated", footer.estimated)
        field("unpriced", footer.unpriced)
        field("unpriced_since", footer.unpricedSince?.rfc3339)
        field("late", footer.late)
        field("gaps", footer.gaps)
        field("backlog", footer.backlog)
        field("complete_until", footer.completeUntil?.rfc3339)
        endObject()
    }

    /// A member with an array of rows, each with its dimensions, measures and currency.
    mutating func rows(_ name: String, _ by: [Dimension], _ rows: [ReportRow]) {
        objects(name, rows) { json, row in
            for (dimension, key) in zip(by, row.keys) { json.field(dimension.name, key.isEmpty ? nil : key) }
            json.figures(row.figures, quantity: by.contains(.meter))
            json.field("currency", row.currency.code)
        }
    }

    /// A member with an array of objects.
    mutating func objects<Element>(
        _ name: String, _ elements: some Sequence<Element>, _ members: (inout JSONWriter, Element) -> Void
    ) {
        key(name)
        beginArray()
        for element in elements {
            beginObject()
            members(&self, element)
            endObject()
        }
        endArray()
    }
}
