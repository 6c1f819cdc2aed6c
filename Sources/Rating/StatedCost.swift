// A provider that states what it charges has counted as well. The amount and the counts are two accounts of
// the same work. Which of them is booked is declared in the price file: a price that has a rate for
// `provider_cost.usd` books the statement, any other books the counts, and `when: {upstream: …}` makes it a
// rule for one upstream. The other account is never charged for a second time.
public import Terms

extension Usage {
    /// The readings of a component that a price charges for.
    ///
    /// - Parameters:
    ///   - number: index into the components. A statement is about the whole exchange and is charged with the
    ///     first; what the others counted is in it.
    ///   - booksStatement: whether the price of the first component has a rate for what is stated.
    /// - Returns: all where nothing is stated.
    func charged(_ number: Int, booksStatement: Bool) -> [MeterReading] {
        let readings = components[number].readings
        guard booksStatement else {
            let counted = readings.filter { !$0.meter.isStatedCost }
            // An amount without any count would otherwise be lost: it is charged for, or is unpriced.
            return counted.isEmpty ? readings : counted
        }
        var stated = readings.filter(\.meter.isStatedCost)
        if number == 0, !stated.contains(where: { $0.meter == .providerCost }), let claim = statedCost {
            stated.insert(MeterReading(.providerCost, claim), at: 0)
        }
        return stated
    }

    /// Whether the price of the first component is one for what the provider states.
    func isBookedAsStated(by isPriced: (Meter) -> Bool) -> Bool {
        guard let first = components.first else { return false }
        if statedCost != nil, isPriced(.providerCost) { return true }
        return first.readings.contains {
            $0.meter.isStatedCost && $0.quantity.nanos != 0 && isPriced($0.meter)
        }
    }

    /// Whether a reading or the record itself states an amount: nearly never, so this is asked first.
    var statesCost: Bool { providerCostUSD != nil || components.stateCost }

    /// The claim, half to even beyond nine decimals; nil for none, and for what is no amount.
    private var statedCost: Quantity? {
        providerCostUSD.flatMap { Quantity(rounding: $0) }.flatMap { $0 >= .zero ? $0 : nil }
    }

    /// Whether the provider states another cost than the prices give.
    ///
    /// - Parameters:
    ///   - listed: US dollars by the list.
    ///   - tolerance: parts per ten thousand of the stated cost that both may differ by.
    /// - Returns: false where nothing is stated.
    public func statedCostDiffers(from listed: Money, tolerance: Int64) -> Bool {
        guard let text = providerCostUSD, let stated = Money(rounding: text) else { return false }
        let difference = (listed - stated).picos.magnitude
        let allowed = stated.picos.magnitude / 10_000
        let (limit, overflow) = allowed.multipliedReportingOverflow(by: UInt128(max(0, tolerance)))
        return !overflow && difference > limit
    }

    /// Marks usage whose stated cost is not what it is rated to: one of the two is wrong. Nothing happens
    /// where the statement itself is what was charged, or where an amount is missing or in another currency.
    public mutating func noteStatedCost(besides rated: Rated) {
        guard providerCostUSD != nil, notBillable == nil, let listed = rated.cost.list,
            rated.charges.allSatisfy({ $0.currency == .usd && !$0.meter.isStatedCost }),
            statedCostDiffers(from: listed, tolerance: Self.statedCostTolerance)
        else { return }
        note(.statedCostMismatch)
    }

    /// Parts per ten thousand that a stated cost may differ by: 1 %.
    public static var statedCostTolerance: Int64 { 100 }
}

extension [Component] {
    /// Whether a reading is an amount that somebody states.
    var stateCost: Bool {
        withUnsafeBufferPointer { components in
            for number in components.indices {
                let isStated = components[number].readings.withUnsafeBufferPointer { readings in
                    for index in readings.indices where readings[index].meter.isStatedCost { return true }
                    return false
                }
                if isStated { return true }
            }
            return false
        }
    }
}
