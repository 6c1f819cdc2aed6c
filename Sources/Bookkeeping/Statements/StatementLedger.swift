// What a statement is made from: a few reports, what was carried, and what was booked by hand. The ledger in
// PostgreSQL and the one in memory answer the same questions, so statements are tested against both.
public import Terms

public protocol StatementLedger {
    associatedtype Problem: Error
    func answer(_ query: ReportQuery) throws(Problem) -> Report
    /// What a period carries for closed months.
    func carriedSums(into period: Period, tenant: String?) throws(Problem) -> [CarriedSum]
    /// Adjustments that occurred in a period, in the order of time.
    func adjustments(in period: Period, tenant: String?) throws(Problem) -> [StoredRecord]
}

/// The only way in which the ledger in memory cannot answer: too many calendar units.
public struct TooManyUnits: Error {}

extension MemoryLedger: StatementLedger {
    public func answer(_ query: ReportQuery) throws(TooManyUnits) -> Report {
        guard let report = report(query) else { throw TooManyUnits() }
        return report
    }

    public func carriedSums(into period: Period, tenant: String?) throws(TooManyUnits) -> [CarriedSum] {
        carried(into: period, tenant: tenant)
    }

    public func adjustments(in period: Period, tenant: String?) throws(TooManyUnits) -> [StoredRecord] {
        var filter = RecordFilter()
        filter.tenant = tenant
        filter.upstream = Adjustment.provider
        filter.since = period.since
        filter.until = period.until
        return records(filter).filter(\.record.isAdjustment)
    }
}
