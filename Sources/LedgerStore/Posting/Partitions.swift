// Months: the tables of facts and entries have one partition each, made ahead of time and, for usage of
// other months, on demand. Making one does not stop posting.
import Bookkeeping
import Postgres
public import Terms

extension LedgerStore {
    /// Makes the partitions of an instant's month and of the months after it, where they are missing.
    public func ensurePartitions(from instant: Instant, months: Int = 3) throws(LedgerError) {
        for offset in 0..<months { try ensurePartition(instant.date.firstOfMonth(adding: offset)) }
    }

    /// The first days of the months in which records occurred.
    static func months(_ records: [RatedRecord], _ order: ArraySlice<Int>) -> Set<CivilDate> {
        var days: Set<Int64> = []
        for index in order {
            days.insert(records[index].record.occurredAt.microseconds.flooredMultiple(of: 86_400_000_000))
        }
        return Set(days.map { Instant(microseconds: $0).date.firstOfMonth })
    }

    func ensurePartitions(_ months: Set<CivilDate>) throws(LedgerError) {
        for month in months.sorted() where !readyMonths.contains(month.daysSinceEpoch) {
            try ensurePartition(month)
        }
    }

    private func ensurePartition(_ month: CivilDate) throws(LedgerError) {
        var parameters = Parameters()
        parameters.add(month.iso8601)
        try inOneTrip("SELECT tollbook.ensure_partitions($1::text::date)", parameters) { _ in }
        readyMonths.insert(month.daysSinceEpoch)
    }
}
