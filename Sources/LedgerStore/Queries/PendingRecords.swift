// Records with unpriced readings, found through the rollups: those say which tenant has any in which quarter
// of an hour, and an index holds only the rows that have some. So waiting usage is found without reading all
// that has a price.
public import Bookkeeping
import Postgres
import Terms

extension LedgerStore {
    /// Hands out records of the quarters of an hour in which something is unpriced, by tenant, then time.
    ///
    /// Others of those quarters come as well: the caller looks at the entries. What is corrected meanwhile
    /// may be handed out or not.
    ///
    /// - Parameter each: returns false to stop.
    public func pendingRecords(
        _ filter: RecordFilter, each: (StoredRecord) -> Bool
    ) throws(LedgerError) {
        var last: (tenant: String, bucket: Int64)?
        var goesOn = true
        while goesOn {
            let page = try pendingQuarters(filter, after: last)
            for stretch in Self.stretches(page) {
                var own = filter
                own.tenant = stretch.tenant
                own.since = max(stretch.since, filter.since ?? stretch.since)
                own.until = min(stretch.until, filter.until ?? stretch.until)
                try records(own) { stored in
                    goesOn = each(stored)
                    return goesOn
                }
                guard goesOn else { return }
            }
            guard page.count == LedgerLimits.pendingQuarters, let end = page.last else { return }
            last = end
        }
    }

    /// Neighbouring quarters of one tenant as one.
    private static func stretches(
        _ quarters: [(tenant: String, bucket: Int64)]
    ) -> [(tenant: String, since: Instant, until: Instant)] {
        let size = Posting.bucketSeconds * 1_000_000
        var found: [(tenant: String, since: Instant, until: Instant)] = []
        for quarter in quarters {
            let since = Instant(microseconds: quarter.bucket)
            let until = Instant(microseconds: quarter.bucket + size)
            if let last = found.last, last.tenant == quarter.tenant, last.until == since {
                found[found.count - 1].until = until
            } else {
                found.append((quarter.tenant, since, until))
            }
        }
        return found
    }

    private func pendingQuarters(
        _ filter: RecordFilter, after last: (tenant: String, bucket: Int64)?
    ) throws(LedgerError) -> [(tenant: String, bucket: Int64)] {
        let size = Posting.bucketSeconds * 1_000_000
        var parameters = Parameters()
        parameters.add(filter.tenant)
        parameters.add(filter.model)
        parameters.add(filter.upstream)
        parameters.add(microseconds: filter.since.map { $0.microseconds.flooredMultiple(of: size) })
        parameters.add(microseconds: filter.until?.microseconds)
        parameters.add(last?.tenant)
        parameters.add(microseconds: last?.bucket)
        parameters.add(Int64(LedgerLimits.pendingQuarters))
        return try inOneTrip(Self.pendingSQL, parameters) { answer throws(PostgresError) in
            var found: [(tenant: String, bucket: Int64)] = []
            try answer.forEachRow { row throws(PostgresError) in
                found.append((try row.text(), try row.microseconds()))
            }
            return found
        }
    }

    /// `$1` tenant, `$2` model, `$3` upstream, `$4` since and `$5` until, `$6` and `$7` the last tenant and
    /// quarter of the page before, `$8` rows of a page; null does not restrict. Requests are counted under
    /// the record's own model.
    private static let pendingSQL: StaticString = """
        SELECT DISTINCT tenant, bucket
        FROM tollbook.rollup
        WHERE unpriced_requests <> 0 AND ($1::text IS NULL OR tenant = $1)
            AND ($2::text IS NULL OR model = $2) AND ($3::text IS NULL OR upstream = $3)
            AND ($4::timestamptz IS NULL OR bucket >= $4) AND ($5::timestamptz IS NULL OR bucket < $5)
            AND ($6::text IS NULL OR (tenant, bucket) > ($6, $7::timestamptz))
        ORDER BY tenant, bucket
        LIMIT $8::bigint
        """
}
