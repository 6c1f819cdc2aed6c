// What providers say that calls cost, beside what they cost by the list: the difference shows a price that
// is wrong, on either side. A stated cost is a claim; it is compared, not booked.
public import Terms

/// The records of one provider that state a cost.
public struct StatedCost: Hashable, Sendable {
    public let provider: String
    public var records = 0
    /// US dollars, as stated; a claim with more than twelve decimals is rounded half to even.
    public var stated = Money.zero
    /// US dollars by the list, of the same records.
    public var listed = Money.zero
    /// Records whose amounts differ by more than the tolerance.
    public var beyond = 0
    /// Records that state a cost and have no price here, or one in another currency; in no sum.
    public var unpriced = 0
}

/// Compares record by record.
public struct StatedCosts: Sendable {
    private var sums: [String: StatedCost] = [:]
    /// Parts per ten thousand of the stated cost.
    private let tolerance: Int64

    /// - Parameter tolerance: parts per ten thousand of the stated cost that two amounts may differ by.
    public init(tolerance: Int64) { self.tolerance = tolerance }

    /// By provider.
    public var rows: [StatedCost] { sums.values.sorted { $0.provider < $1.provider } }

    public mutating func add(_ stored: StoredRecord) {
        guard let text = stored.record.usage.providerCostUSD, let stated = Money(rounding: text) else {
            return
        }
        let provider = stored.record.usage.provider
        var row = sums[provider] ?? StatedCost(provider: provider)
        let currencies = Set(stored.charges.map(\.currency))
        if let listed = stored.cost.list, currencies.isSubset(of: [.usd]) {
            row.records += 1
            row.stated += stated
            row.listed += listed
            let difference = (listed - stated).picos.magnitude
            let allowed = stated.picos.magnitude / 10_000
            if difference > allowed.multipliedReportingOverflow(by: UInt128(tolerance)).partialValue {
                row.beyond += 1
            }
        } else {
            row.unpriced += 1
        }
        sums[provider] = row
    }
}

extension Money {
    /// Reads a decimal of any length, half to even beyond twelve decimals; nil where it does not fit.
    fileprivate init?(rounding text: String) {
        if let exact = Money(text) {
            self = exact
            return
        }
        guard let fine = DecimalText(text)?.fixed(places: 24) else { return nil }
        self.init(picos: dividedHalfEven(fine, by: 1_000_000_000_000).quotient)
    }
}
