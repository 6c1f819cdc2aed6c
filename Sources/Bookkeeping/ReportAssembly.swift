// From sums per group to the rows of a report.
import Terms

extension Report {
    /// Makes the report of a query from what the ledger summed up.
    ///
    /// - Parameter cuts: of ``ReportQuery/finestUnit``; nil where the query has none.
    public init(
        query: ReportQuery, sums: [GroupSums], cuts: CalendarCuts?, footer: CompletenessFooter
    ) {
        var merged: [GroupKey: GroupSums] = [:]
        for var sum in sums {
            if let cuts { sum.nameUnits(of: query, date: cuts.dates[sum.unit]) }
            merged[GroupKey(keys: sum.keys, currency: sum.currency), default: sum.emptied].add(sum)
        }
        if query.basis != .occurred { merged = merged.compactMapValues(\.withoutWhatCancelled) }
        let settled = Self.settleCurrencies(merged)
        var total: [Currency: GroupSums] = [:]
        for (key, sum) in settled {
            let start = GroupSums(keys: [], unit: 0, currency: key.currency)
            total[key.currency, default: start].add(sum)
        }
        if total.isEmpty { total[.usd] = GroupSums(keys: [], unit: 0, currency: .usd) }
        self.query = query
        rows = settled.map { ReportRow(keys: $0.keys, currency: $0.currency, figures: $1.figures) }
        totals = total.sorted { $0.key < $1.key }
            .map { ReportRow(keys: [], currency: $0, figures: $1.figures) }
        self.footer = footer
        self.footer.records = total.values.reduce(0) { $0 + $1.requests }
        self.footer.open = total.values.reduce(0) { $0 + $1.openRequests }
        self.footer.estimated = total.values.reduce(0) { $0 + $1.estimatedRequests }
        self.footer.unpriced = total.values.reduce(0) { $0 + $1.unpricedRequests }
        self.footer.unpricedSince = total.values.compactMap(\.unpricedSince).min()
        self.footer.late = total.values.reduce(0) { $0 + $1.lateRequests }
        sortRows()
    }

    private struct GroupKey: Hashable {
        let keys: [String]
        let currency: Currency
    }

    /// What was not charged has no currency. It joins the only currency of its group; where there is
    /// none or a choice, that of the whole report: US dollars if they occur or nothing else does.
    private static func settleCurrencies(_ sums: [GroupKey: GroupSums]) -> [GroupKey: GroupSums] {
        let nothing = Currency("")
        let all = Set(sums.keys.map(\.currency)).subtracting([nothing])
        let main = all.contains(.usd) ? .usd : all.min() ?? .usd
        var ofGroup: [[String]: Set<Currency>] = [:]
        for key in sums.keys where key.currency != nothing {
            ofGroup[key.keys, default: []].insert(key.currency)
        }
        var settled: [GroupKey: GroupSums] = [:]
        for (key, sum) in sums {
            var currency = key.currency
            if currency == nothing {
                let own = ofGroup[key.keys] ?? []
                currency = own.count == 1 ? own.first ?? main : main
            }
            let joined = GroupKey(keys: key.keys, currency: currency)
            settled[joined, default: sum.emptied].add(sum)
        }
        return settled
    }

    private mutating func sortRows() {
        let calendar = query.by.indices.filter { query.by[$0].calendarUnit != nil }
        let book = query.book
        rows.sort { a, b in
            for index in calendar where a.keys[index] != b.keys[index] {
                return a.keys[index] < b.keys[index]
            }
            switch (a.figures.cost[book], b.figures.cost[book]) {
            case (let x?, let y?) where x != y: return x > y
            case (nil, .some): return false
            case (.some, nil): return true
            default: break
            }
            for (x, y) in zip(a.keys, b.keys) where x != y { return x < y }
            return a.currency < b.currency
        }
    }
}

extension GroupSums {
    /// What was carried away and what is left cancel out to zeros, which a ledger that never counted it
    /// does not have. Both are told the same: nil for nothing at all. Since when the oldest record waits
    /// for a price is no sum, so it is left out.
    fileprivate var withoutWhatCancelled: GroupSums? {
        var copy = self
        copy.unpricedSince = nil
        for book in Book.allCases where amounts[book] == .zero { copy.amounts[book] = nil }
        let counts = [
            requests, estimatedRequests, unpricedRequests, openRequests, lateRequests, unpricedReadings,
        ]
        let isNothing =
            counts.allSatisfy { $0 == 0 } && quantity == .zero
            && Book.allCases.allSatisfy { copy.amounts[$0] == nil }
        return isNothing ? nil : copy
    }

    /// The same group with nothing in it.
    fileprivate var emptied: GroupSums { GroupSums(keys: keys, unit: unit, currency: currency) }

    fileprivate mutating func nameUnits(of query: ReportQuery, date: CivilDate) {
        for (index, dimension) in query.by.enumerated() {
            if let unit = dimension.calendarUnit { keys[index] = unit.name(of: date) }
        }
    }
}
