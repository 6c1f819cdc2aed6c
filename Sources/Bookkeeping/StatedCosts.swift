// What providers say that calls cost, beside what they cost by the list: the difference shows a price that
// is wrong, on either side. A stated cost is a claim; it is compared, not booked.
import Rating
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
        if let cost = stored.cost.list, currencies.isSubset(of: [.usd]) {
            // What an account elsewhere was charged is no part of this provider's statement.
            let listed = stored.charges.filter { $0.book == .list && $0.meter == .upstreamCost }
                .reduce(cost) { $0 - $1.amount }
            row.records += 1
            row.stated += stated
            row.listed += listed
            if stored.record.usage.statedCostDiffers(from: listed, tolerance: tolerance) { row.beyond += 1 }
        } else {
            row.unpriced += 1
        }
        sums[provider] = row
    }
}
