// A batch as columns: one array per column of `usage_record` and of `entry`, in binary. Building it is
// the sidecar's whole share of the work of posting, so the arrays are kept from batch to batch.
import Bookkeeping
import Postgres
import Rating
import Terms

struct BatchColumns {
    private var records = RecordColumns()
    private var entries = EntryColumns()
    private(set) var count = 0

    mutating func removeAll() {
        records.removeAll()
        entries.removeAll()
        count = 0
    }

    /// - Parameter rollupLabels: which labels the rollups keep apart.
    mutating func append(_ rated: RatedRecord, rollupLabels: RollupLabels) {
        count += 1
        var unpriced = false
        let position = Int32(truncatingIfNeeded: count)
        rated.forEachEntry { entry in
            unpriced = unpriced || entry.kind == .unpriced
            entries.append(entry, record: position)
        }
        records.append(rated, unpriced: unpriced, rollupLabels: rollupLabels)
    }

    /// The parameters of ``LedgerStore/ingestSQL``.
    func parameters(bookedAt: Instant) -> Parameters {
        var parameters = Parameters()
        parameters.add(microseconds: bookedAt.microseconds)
        parameters.add(Posting.lateAfterSeconds)
        records.add(to: &parameters)
        entries.add(to: &parameters)
        return parameters
    }

    /// The parameters of ``LedgerStore/conflictSQL``.
    func conflictParameters(seenAt: Instant) -> Parameters {
        var parameters = Parameters()
        parameters.add(microseconds: seenAt.microseconds)
        parameters.add(Posting.lateAfterSeconds)
        records.add(to: &parameters)
        return parameters
    }
}

/// The labels that rollups keep apart, each from an instant on.
struct RollupLabels {
    private(set) var since: [String: Instant] = [:]
    var readAt: Instant

    init(readAt: Instant, since: [String: Instant] = [:]) {
        self.readAt = readAt
        self.since = since
    }

    /// What of a record's labels becomes part of its rollup's key.
    func kept(of record: UsageRecord) -> [Label] {
        if since.isEmpty || record.attribution.labels.isEmpty { return [] }
        return record.attribution.labels.filter { label in
            since[label.key].map { $0 <= record.occurredAt } ?? false
        }
    }
}
