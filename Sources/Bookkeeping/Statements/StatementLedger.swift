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
    /// What did not end well, and what records note, of a period; what came after its month was closed apart.
    func incidents(in period: Period, tenant: String?) throws(Problem) -> Incidents
    /// What a budget counts, by its own rules, in each of the stretches between ascending instants.
    func counted(_ budget: Budget, cuts: [Instant]) throws(Problem) -> [BudgetAmount]
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

    public func incidents(in period: Period, tenant: String?) throws(TooManyUnits) -> Incidents {
        var incidents = Incidents()
        for (record, entries) in own(in: period)
        where tenant.map({ $0 == record.attribution.tenant }) ?? true {
            incidents.add(record, entries)
        }
        return incidents.sorted
    }

    public func counted(_ budget: Budget, cuts: [Instant]) throws(TooManyUnits) -> [BudgetAmount] {
        var sums = [BudgetAmount](repeating: .zero, count: max(cuts.count - 1, 0))
        var filter = RecordFilter()
        (filter.since, filter.until) = (cuts.first, cuts.last)
        for stored in records(filter) {
            let record = stored.record
            let asked = record.usage.modelRequested ?? record.usage.model ?? ""
            guard budget.scope.holds(record.attribution, model: asked),
                let index = cuts.dropLast().lastIndex(where: { $0 <= record.occurredAt })
            else { continue }
            sums[index] += stored.counted(budget)
        }
        return sums
    }
}

extension StoredRecord {
    fileprivate func counted(_ budget: Budget) -> BudgetAmount {
        switch budget.unit {
        // Calls under way at a time are no sum over a month.
        case .concurrent: return .zero
        case .requests:
            let counts = record.usage.completeness != .refused && !record.isAdjustment
            return BudgetAmount(whole: counts ? 1 : 0)
        case .tokens:
            let tokens = entries.filter {
                $0.book == .list && ($0.meter.isInputTokens || $0.meter.isOutputTokens)
            }.reduce(Quantity.zero) { $0 + $1.quantity }
            return BudgetAmount(picos: tokens.nanos * 1000)
        case .money(let currency):
            let counted = entries.filter {
                $0.kind != .free && $0.currency == currency && $0.counts(in: budget.book)
            }
            return BudgetAmount(counted.reduce(Money.zero) { $0 + ($1.amount ?? .zero) })
        }
    }
}
