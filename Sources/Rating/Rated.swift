public import Terms

/// What rating makes of one usage record under one version of the price book.
public struct Rated: Hashable, Sendable {
    /// One per meter, rate and book; a meter priced at zero has a charge of zero.
    public var charges: [Charge]
    /// Sum of the charges per book and, where any billable meter found no rate, `nil`: unpriced.
    /// Amounts of several currencies are never added: then it is `nil` as well.
    public var cost: Cost
    /// The meters that found no rate. They are stored, shown and counted, and are never zero.
    public var unpriced: [UnpricedMeter]

    public struct UnpricedMeter: Hashable, Sendable {
        /// Index into the record's components.
        public var component: Int
        public var meter: Meter
        public init(component: Int, meter: Meter) {
            self.component = component
            self.meter = meter
        }
    }

    public init(charges: [Charge] = [], cost: Cost = Cost(), unpriced: [UnpricedMeter] = []) {
        self.charges = charges
        self.cost = cost
        self.unpriced = unpriced
    }

    /// What a record that is not billable is rated to.
    public static let notBillable = Rated(cost: .nothing)
}
