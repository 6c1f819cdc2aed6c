// From spooled facts to the ledger: rates a batch under the book in force, posts it, and sets apart what
// PostgreSQL refuses. The sidecar's shipper, `spool drain`, `spool replay` and `spool quarantine` all post
// through here, so that a record is booked in one way whichever road it takes.
import Bookkeeping
import LedgerStore
import Postgres
import Rating
import Spool
import Terms

/// Why a batch could not be posted. All of it may be posted again.
enum PostingProblem: Error {
    case ledger(LedgerError)
    /// A record was refused and could not be set apart: it stays where it was.
    case refusals(SpoolError)

    var diagnosis: Diagnosis {
        switch self {
        case .ledger(let error): error.diagnosis
        case .refusals(let error): error.diagnosis
        }
    }

    /// The database took too long: less at a time may pass.
    var isSlow: Bool {
        guard case .ledger(.postgres(let error)) = self else { return false }
        switch error {
        case .timedOut, .refused(.queryCanceled, _, _): return true
        default: return false
        }
    }
}

struct Poster {
    let refused: RefusedRecords
    /// Told of what was committed; nil: nobody.
    var usage: UsageMetrics?

    /// A record is large, and holds many texts: each is read where it lies, and copied once.
    private static func rated(_ records: [UsageRecord], _ book: PriceBook) -> [RatedRecord] {
        var lines: [RatedRecord] = []
        lines.reserveCapacity(records.count)
        for (index, record) in records.enumerated() {
            let rated = record.withUsage {
                book.rate(
                    $0, upstream: record.upstream, tenant: record.attribution.tenant, at: record.occurredAt)
            }
            lines.append(RatedRecord(record: record, rated: rated))
            guard record.usage.providerCostUSD != nil else { continue }
            lines[index].record.usage.noteStatedCost(besides: rated)
        }
        return lines
    }

    /// Posts records of any tenants. What is committed stays committed when it throws.
    ///
    /// - Parameter limit: records of one transaction.
    func post(
        _ records: [UsageRecord], _ book: PriceBook, _ store: LedgerStore,
        atMost limit: Int = LedgerLimits.recordsPerBatch
    ) throws(PostingProblem) -> PostReceipt {
        let rated = Self.rated(records, book)
        let receipt: PostReceipt
        do throws(LedgerError) {
            receipt = try store.post(rated, bookedAt: Clock.now(), atMost: limit)
        } catch {
            throw .ledger(error)
        }
        guard !receipt.quarantined.isEmpty else {
            usage?.count(rated)
            return receipt
        }
        let kept = Set(receipt.quarantined.map(\.key))
        usage?.count(rated.filter { !kept.contains($0.key) })
        Failpoint.recordRefused.reach()
        for refusal in receipt.quarantined {
            // As it was spooled, so that a later posting begins where this one did.
            guard let index = rated.firstIndex(where: { $0.key == refusal.key }) else { continue }
            do throws(SpoolError) {
                try refused.keep(
                    RefusedRecord(
                        record: records[index], reason: refusal.reason, refusedAt: Clock.now()))
            } catch {
                throw .refusals(error)
            }
        }
        return receipt
    }
}
