import Bookkeeping
import Rating
import Terms

extension RecordExplanation {
    /// `{"record":{…},"lines":[…],"cost":{…},"statement_month":…,"corrections":[…],
    /// "considered":[…]}`.
    public var json: String {
        var json = JSONWriter(reserving: 4096)
        json.beginObject()
        json.key("record")
        json.record(stored)
        json.key("lines")
        json.beginArray()
        for line in lines { write(line, to: &json) }
        json.endArray()
        json.key("cost")
        json.cost(stored.cost)
        json.field("statement_month", stored.carriedFrom == nil ? month : stored.period)
        json.key("corrections")
        writeCorrections(to: &json)
        json.key("considered")
        json.beginArray()
        for explanation in considered {
            for candidate in explanation.candidates {
                json.beginObject()
                json.field("component", Int64(explanation.component))
                json.field("rate_id", candidate.entry.id)
                json.field("taken", candidate.verdict == .taken)
                json.field("why", candidate.verdict.words)
                json.endObject()
            }
        }
        json.endArray()
        json.endObject()
        json.newline()
        return json.text
    }

    private func write(_ line: Line, to json: inout JSONWriter) {
        let entry = line.entry
        json.beginObject()
        json.field("entry", Int64(entry.number))
        json.field("kind", entry.kind.rawValue)
        json.field("correction_of", entry.correctionOf.map { Int64($0) })
        json.field("component", Int64(entry.component))
        json.field("model", entry.model.isEmpty ? nil : entry.model)
        json.field("meter", entry.meter.rawValue)
        json.field("quantity", entry.quantity)
        json.key("rate")
        if entry.rateID.isEmpty {
            json.null()
        } else {
            writeRate(line, to: &json)
        }
        json.field("amount", entry.amount)
        json.field("currency", entry.currency.code.isEmpty ? nil : entry.currency.code)
        json.field("book", entry.book.rawValue)
        json.field("rounded", entry.rounded)
        json.endObject()
    }

    private func writeRate(_ line: Line, to json: inout JSONWriter) {
        json.beginObject()
        json.field("rate_id", line.entry.rateID)
        json.field("price_version", line.entry.priceVersion)
        json.field("amount", line.rate?.amount.plain)
        json.field("per", line.rate?.per)
        json.field("multiply", line.price?.multiply.text)
        json.field("same_as", line.rate?.sameAs?.rawValue)
        json.field("when", line.price.flatMap { $0.when.text.isEmpty ? nil : $0.when.text })
        json.field("rule", line.rule?.text)
        if let converted = line.converted {
            json.key("converted")
            json.beginObject()
            json.field("amount", converted.base.plain)
            json.field("currency", converted.currency.code)
            json.field("by", converted.conversion.id)
            json.field("units_for_one", converted.conversion.written[converted.currency])
            json.field("remainder_picos", converted.remainder?.text)
            json.field("source", converted.conversion.source)
            json.endObject()
        }
        json.field("source", line.price?.source)
        json.field("checked", line.price?.checked?.iso8601)
        json.endObject()
    }
}
