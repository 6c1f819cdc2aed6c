// Booking what belongs to no call: a record that is no request, then its entry. Both are posted by the ways
// that all records and corrections take, so rollups, reports and exports need not know of it.
public import Bookkeeping
import Rating
public import Terms

extension LedgerStore {
    /// Books adjustments. At most ``LedgerLimits/recordsPerBatch`` at a time go into one transaction.
    ///
    /// - Parameter entries: each record, which has no charge of its own, with the entry that carries its
    /// amount.
    public func book(
        _ entries: [(record: RatedRecord, entry: Entry)], bookedAt: Instant
    ) throws(LedgerError) {
        var rest = entries[...]
        while !rest.isEmpty {
            let batch = rest.prefix(LedgerLimits.recordsPerBatch)
            rest = rest.dropFirst(batch.count)
            _ = try post(batch.map(\.record), bookedAt: bookedAt)
            try correct(
                batch.map { item in
                    RecordCorrection(
                        stored: StoredRecord(record: item.record.record, bookedAt: bookedAt, entries: []),
                        entries: [item.entry])
                }, bookedAt: bookedAt)
        }
    }
}
