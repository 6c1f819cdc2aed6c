// Rating what is booked again, under a book of choice: the work behind `rerate`, `rate --pending`,
// `whatif` and `renormalize`. Records are read in the order of time and corrected in batches, each in a
// transaction of its own. Work that was cut short goes on where it stopped when it is started again,
// because what is corrected already no longer differs.
import Bookkeeping
import LedgerStore
import Mediation
import Rating
import Terms

struct Rerating {
    let book: PriceBook
    var filter: RecordFilter
    /// Only records with unpriced readings.
    var onlyPending = false
    /// Only records that an older table read: their usage objects are read again by today's.
    var readsAgain = false
    /// Nothing is booked.
    var isDry = false
    /// Records whose usage object could not be read again.
    private(set) var unreadable = 0

    /// Reads with one session and books with another, so that reading goes on while batches are committed.
    mutating func run(
        _ ledger: LedgerStore, bookingWith writer: LedgerStore, now: Instant
    ) throws(LedgerError) -> RatingChanges {
        var changes = RatingChanges()
        var batch: [RecordCorrection] = []
        var failure: LedgerError?
        try forEach(ledger) { stored in
            let record = stored.record
            var wanted = stored
            wanted.record.usage = readsAgain ? again(stored) : stored.bookedUsage
            let rated = book.rate(
                wanted.record.usage, upstream: record.upstream, tenant: record.attribution.tenant,
                at: record.occurredAt)
            // Reading again corrects what was read; what only became dearer is for `rerate`.
            let isRead = readsAgain && stored.books(wanted.record.usage)
            let corrections = isRead ? [] : wanted.corrections(to: rated)
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

    /// The records that take part. What a contract's term came to is no usage.
    private func forEach(_ ledger: LedgerStore, _ body: (StoredRecord) -> Bool) throws(LedgerError) {
        guard onlyPending else {
            return try ledger.records(filter) { stored in
                stored.record.usage.api == TermRecord.api || body(stored)
            }
        }
        try ledger.pendingRecords(filter) { stored in
            stored.entries.unpricedReadings == 0 || body(stored)
        }
    }

    /// The usage as today's table reads it; as it is booked where no other table read it, nothing was kept
    /// or what was kept cannot be read.
    private mutating func again(_ stored: StoredRecord) -> Usage {
        let old = stored.record.usage
        do throws(RereadingProblem) {
            let fresh = try reread(old)
            return fresh.dialectVersion == old.dialectVersion ? stored.bookedUsage : fresh
        } catch {
            if error != .nothingKept { unreadable += 1 }
            return stored.bookedUsage
        }
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
