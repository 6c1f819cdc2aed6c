// Booking usage for the tenant that it belongs to, when that is known only afterwards: in one transaction
// what was booked is taken back, and the same record is booked once more under that tenant. Nothing is
// rewritten, and the same assignment twice books nothing, because what was assigned is not found again.
public import Bookkeeping
import Postgres
public import Terms

/// A record, and what it becomes.
public struct RecordAssignment: Sendable {
    /// As it was read from the ledger, under the tenant where it is in suspense.
    public let stored: StoredRecord
    /// The same record under its tenant, rated by that tenant's prices.
    public let rated: RatedRecord
    /// The name of the rule that said so.
    public let rule: String

    public init(stored: StoredRecord, rated: RatedRecord, rule: String) {
        self.stored = stored
        self.rated = rated
        self.rule = rule
    }
}

extension LedgerStore {
    /// Assigns records. At most ``LedgerLimits/recordsPerBatch`` at a time, none of a month that is closed
    /// for the tenant where they are.
    ///
    /// - Throws: ``LedgerError/postgres(_:)`` when somebody else corrected or assigned one of them meanwhile;
    ///   then nothing was booked.
    public func assign(_ assignments: [RecordAssignment], bookedAt: Instant) throws(LedgerError) {
        guard !assignments.isEmpty else { return }
        let sorted = assignments.sorted { $0.rated.key < $1.rated.key }
        var keys = SettlementKeys()
        let reversals = sorted.map { assignment in
            var correction = RecordCorrection(
                stored: assignment.stored, entries: assignment.stored.reversals)
            correction.assignment = (assignment.rated.record.attribution.tenant, assignment.rule)
            return correction
        }
        let corrections = try correctionParameters(reversals, bookedAt: bookedAt, &keys)
        let records = sorted.map(\.rated)
        let order = records.indices[...]
        try ensurePartitions(Self.months(records, Array(order)[...]))
        let labels = try currentRollupLabels(at: bookedAt)
        batch.removeAll()
        for rated in records {
            batch.append(rated, rollupLabels: labels)
            keys.append(rated.key)
        }
        try booking(
            Self.ingestSQL, batch.parameters(bookedAt: bookedAt), of: keys,
            after: (Self.correctSQL, corrections)
        ) { answer throws(PostgresError) in
            let count = try answer.withRow(0) { row throws(PostgresError) in Int(try row.integer()) }
            // A record that is there already would be taken from one tenant and given to nobody.
            guard count == records.count else {
                throw .unexpected("a record stands under both tenants")
            }
        }
    }

    /// Months that take nothing any more.
    public func closedMonths() throws(LedgerError) -> [ClosedMonth] {
        try inOneTrip(
            "SELECT tenant, period, since, until FROM tollbook.period WHERE state = 'closed' ORDER BY 2, 1",
            Parameters()
        ) { answer throws(PostgresError) in
            var found: [ClosedMonth] = []
            try answer.forEachRow { row throws(PostgresError) in
                let tenant = try row.text()
                let month = try row.text()
                let since = try row.optionalMicroseconds()
                let until = try row.optionalMicroseconds()
                guard let since, let until else { return }
                found.append(
                    ClosedMonth(
                        tenant: tenant, month: month, since: Instant(microseconds: since),
                        until: Instant(microseconds: until)))
            }
            return found
        }
    }
}
