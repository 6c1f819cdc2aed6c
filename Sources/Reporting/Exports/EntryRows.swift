// Entries as comma-separated values: one row per line of the ledger, corrections included, with whose it is.
// The amount columns of the three books are empty where the entry does not count, so that the sum over a
// column is that book's total.
public import Bookkeeping
import Terms

public enum EntryCSV {
    public static let header = [
        "record_id", "entry_no", "occurred_at", "booked_at", "period", "tenant", "user", "key_id", "labels",
        "provider", "upstream", "model", "service_tier", "component", "kind", "correction_of", "meter",
        "quantity", "currency", "book", "amount", "amount_list", "amount_contracted", "amount_chargeback",
        "rate_id", "price_version", "rounded", "carried_from", "cost_center",
    ]

    /// One row per entry, in the order of their numbers; `period` is the month that carries it.
    public static func rows(of stored: StoredRecord, costCenter: String? = nil) -> [[String]] {
        let record = stored.record
        var labels = JSONWriter()
        labels.labels(record.attribution.labels)
        let components = record.usage.components
        return stored.entries.map { entry in
            let selectors =
                components.indices.contains(entry.component) ? components[entry.component].selectors : nil
            let amounts = Book.allCases.map { book in
                entry.kind != .free && entry.counts(in: book) ? entry.amount?.plain ?? "" : ""
            }
            return [
                record.id.text, String(entry.number), record.occurredAt.rfc3339, stored.bookedAt.rfc3339,
                stored.carried[entry.number]?.period ?? record.period, record.attribution.tenant,
                record.attribution.user, record.attribution.keyID,
                labels.text, record.usage.provider, record.upstream, entry.model,
                selectors?.serviceTier ?? "", String(entry.component), entry.kind.rawValue,
                entry.correctionOf.map { String($0) } ?? "", entry.meter.rawValue, entry.quantity.plain,
                entry.currency.code, entry.book.rawValue, entry.amount?.plain ?? "",
            ] + amounts + [
                entry.rateID, entry.priceVersion, entry.rounded ? "true" : "false",
                stored.carried[entry.number]?.from ?? "", costCenter ?? "",
            ]
        }
    }
}
