// What a month's statement lists of earlier, closed months: usage that came late, corrections of what was
// booked, and amounts that somebody booked for a month that was closed already.
public import Terms

/// Amounts that a month carries for one that was closed.
public struct CarriedSum: Hashable, Sendable {
    public enum Kind: String, CaseIterable, Hashable, Sendable {
        /// Usage that came late.
        case usage
        /// Entries that correct what was booked.
        case correction
        /// Booked by hand.
        case adjustment

        init(_ entry: Entry) {
            switch entry.kind {
            case .adjustment: self = .adjustment
            case .reversal, .replacement: self = .correction
            case .charge, .free, .unpriced: self = entry.correctionOf == nil ? .usage : .correction
            }
        }
    }

    public var tenant: String
    /// The closed month, `2026-10`.
    public var from: String
    public var kind: Kind
    public var user: String
    public var provider: String
    public var model: String
    /// Empty where nothing is charged.
    public var currency: Currency
    /// Late exchanges.
    public var requests: Int64 = 0
    /// nil where no amount was booked.
    public var amounts = Cost()

    public init(
        tenant: String, from: String, kind: Kind, user: String, provider: String, model: String,
        currency: Currency
    ) {
        self.tenant = tenant
        self.from = from
        self.kind = kind
        self.user = user
        self.provider = provider
        self.model = model
        self.currency = currency
    }

    /// One of the kind that a record's exchange or some of its entries make.
    static func sums(
        of entries: ArraySlice<Entry>, _ record: UsageRecord, from: String, isExchange: Bool
    ) -> [CarriedSum] {
        func empty(_ kind: Kind, _ model: String, _ currency: Currency) -> CarriedSum {
            CarriedSum(
                tenant: record.attribution.tenant, from: from, kind: kind, user: record.attribution.user,
                provider: record.usage.provider, model: model, currency: currency)
        }
        var sums = entries.map { entry in
            var sum = empty(Kind(entry), entry.model, entry.currency)
            let charged = entry.kind == .free ? nil : entry.amount
            for book in Book.allCases where entry.counts(in: book) { sum.amounts[book] = charged }
            return sum
        }
        if isExchange, !record.isAdjustment {
            let first = entries.first { $0.book == .list } ?? entries.first
            var exchange = empty(.usage, record.reportedModel, first?.currency ?? Currency(""))
            exchange.requests = 1
            sums.append(exchange)
        }
        return sums
    }

    /// Sums of what has the same names, in the order of the names.
    public static func merged(_ sums: [CarriedSum]) -> [CarriedSum] {
        var found: [CarriedSum: CarriedSum] = [:]
        for sum in sums {
            let key = CarriedSum(
                tenant: sum.tenant, from: sum.from, kind: sum.kind, user: sum.user, provider: sum.provider,
                model: sum.model, currency: sum.currency)
            var total = found[key] ?? key
            total.requests += sum.requests
            for book in Book.allCases {
                if let amount = sum.amounts[book] {
                    total.amounts[book] = (total.amounts[book] ?? .zero) + amount
                }
            }
            found[key] = total
        }
        let counted = found.values.filter { sum in
            sum.requests != 0 || Book.allCases.contains { sum.amounts[$0] != nil }
        }
        return counted.sorted { a, b in
            let left = [a.from, a.kind.rawValue, a.tenant, a.user, a.provider, a.model, a.currency.code]
            let right = [b.from, b.kind.rawValue, b.tenant, b.user, b.provider, b.model, b.currency.code]
            return left.lexicographicallyPrecedes(right)
        }
    }
}
