// A provider that states what it charges has counted as well. The amount and the counts are two accounts of
// the same work, so a price names one of them, and the other is not charged for a second time.
import Terms

extension Component {
    /// Whether the price that was found is one for what the provider states.
    func pricesStatement(_ isPriced: (Meter) -> Bool) -> Bool {
        readings.contains { $0.meter.isStatedCost && ($0.quantity.nanos != 0) && isPriced($0.meter) }
    }

    /// Whether a meter is charged for: the statement where it has a price or nothing was counted, else what
    /// was counted.
    func charges(_ meter: Meter, _ pricesStatement: Bool) -> Bool {
        if meter.isStatedCost == pricesStatement { return true }
        return !pricesStatement && readings.allSatisfy(\.meter.isStatedCost)
    }
}
