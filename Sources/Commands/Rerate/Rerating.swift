// Rating what is booked again, under a book of choice: the work behind `rerate`, `rate --pending` and
// `whatif`. Records are read in the order of time and corrected in batches, each in a transaction of its
// own. Work that was cut short goes on where it stopped when it is started again, because what is
// corrected already no longer differs.
import Bookkeeping
import LedgerStore
import Rating
import Terms

struct Rerating {
    let book: PriceBook
    var filter: RecordFilter
    /// Only records with unpriced readings.
    var onlyPending = false
    /// Nothing is booked.
    var isDry = false

    /// Reads with one session and books with another, so that reading goes on while batches are committed.
    func run(
        _ ledger: LedgerStore, bookingWith writer: LedgerStore, now: Instant
    ) throws(LedgerError) -> RatingChanges {
        var changes = RatingChanges()
        var batch: [RecordCorrection] = []
        var failure: LedgerError?
        try ledger.records(filter) { stored in
            if onlyPending, stored.entries.unpricedReadings == 0 { return true }
            let record = stored.record
            let rated = book.rate(
                record.usage, upstream: record.upstream, tenant: record.attribution.tenant,
                at: record.occurredAt)
            let corrections = stored.corrections(to: rated)
            changes.add(stored, corrections)
            if isDry || corrections.isEmpty { return true }
            batch.append(RecordCorrection(stored: stored, entries: corrections))
            guard batch.count >= LedgerLimits.recordsPerBatch else { return true }
            failure = Self.book(&batch, writer, now)
            return failure == nil
        }
        failure = failure ?? Self.book(&batch, writer, now)
        if let failure { throw failure }
        return changes
    }

    private static func book(
        _ batch: inout [RecordCorrection], _ writer: LedgerStore, _ now: Instant
    ) -> LedgerError? {
        do throws(LedgerError) {
            try writer.correct(batch, bookedAt: now)
            batch.removeAll(keepingCapacity: true)
            return nil
        } catch {
            return error
        }
    }
}
