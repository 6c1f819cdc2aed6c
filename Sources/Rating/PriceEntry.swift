// A price as it stands in a price file: one set of rates for some models, from a date on, under
// conditions.
public import Terms

public struct PriceEntry: Hashable, Sendable {
    /// Permanent and unique; every charge names it.
    public let id: String
    public let provider: String
    public let currency: Currency
    public let models: [ModelPattern]
    /// Inclusive.
    public let from: Instant
    /// Exclusive; nil while the price is in force.
    public let until: Instant?
    public let source: String?
    /// When a person last compared the price with its source.
    public let checked: CivilDate?
    public internal(set) var when: Conditions
    /// Applied to every rate.
    public let multiply: Ratio
    /// In the order of the meters' names.
    public let rates: [Rate]
    public let file: String
    public let line: Int

    /// The best of the entry's patterns that match a model, nil when none does.
    func rank(for model: String) -> Int? {
        models.lazy.filter { $0.matches(model) }.map(\.rank).max()
    }

    func holds(at instant: Instant) -> Bool {
        from <= instant && (until.map { instant < $0 } ?? true)
    }

    public func rate(of meter: Meter) -> Rate? {
        // A dozen rates at most: a walk is faster than hashing the name.
        for rate in rates where rate.meter == meter { return rate }
        return meter.plainer.flatMap { plainer in rates.first { $0.meter == plainer } }
    }
}
