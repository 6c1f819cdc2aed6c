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

    func ensurePartitions(for records: ArraySlice<RatedRecord>) throws(LedgerError) {
        var last: CivilDate?
        for rated in records {
            let month = rated.record.occurredAt.date.firstOfMonth
            if month == last { continue }
            last = month
            if !readyMonths.contains(month.daysSinceEpoch) { try ensurePartition(month) }
        }
    }

    private func ensurePartition(_ month: CivilDate) throws(LedgerError) {
        var parameters = Parameters()
        parameters.add(month.iso8601)
        try inOneTrip("SELECT tollbook.ensure_partitions($1::text::date)", parameters) { _ in }
        readyMonths.insert(month.daysSinceEpoch)
    }
}
