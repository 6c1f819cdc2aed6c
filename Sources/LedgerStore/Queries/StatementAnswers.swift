// The ledger in PostgreSQL as a source of statements.
public import Bookkeeping
public import Terms

extension LedgerStore: StatementLedger {
    public func answer(_ query: ReportQuery) throws(LedgerError) -> Report { try report(query) }

    public func carriedSums(into period: Period, tenant: String?) throws(LedgerError) -> [CarriedSum] {
        try carried(into: period, tenant: tenant)
    }

    public func adjustments(in period: Period, tenant: String?) throws(LedgerError) -> [StoredRecord] {
        var filter = RecordFilter()
        filter.tenant = tenant
        filter.upstream = Adjustment.provider
        filter.since = period.since
        filter.until = period.until
        var found: [StoredRecord] = []
        try records(filter) { stored in
            if stored.record.isAdjustment { found.append(stored) }
            return true
        }
        return found
    }
}
