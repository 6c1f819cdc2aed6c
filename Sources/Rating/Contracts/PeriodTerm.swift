// Terms of a contract that depend on the sum of a period: what is free, tiers of volume, and what a period
// costs at least. They cannot be part of a charge, because no charge knows the sum; they are adjustments
// of the whole period, see `PeriodSettlement`.
public import Terms

public struct PeriodTerm: Hashable, Sendable {
    /// How long a period is; it begins with a calendar unit in the term's zone.
    public enum Unit: String, CaseIterable, Hashable, Sendable {
        case month, quarter, year
        var months: Int {
            switch self {
            case .month: 1
            case .quarter: 3
            case .year: 12
            }
        }
    }

    /// What is counted.
    public enum Measure: Hashable, Sendable {
        /// Picos of the rule's currency.
        case amount
        /// Nanos of the units of the meters that the rule names.
        case quantity
    }

    public enum Effect: Hashable, Sendable {
        /// So much of a period is free.
        case allowance(Measure, Int128)
        /// Parts of a period, each with a multiplier of its own.
        case tiers(Measure, [Step], whole: Bool)
        /// What a period costs at least.
        case minimum(Money)
    }

    /// One tier: up to so many picos or nanos of the period; nil for what is above all others.
    public struct Step: Hashable, Sendable {
        public let to: Int128?
        public let multiply: Ratio
    }

    public let unit: Unit
    /// IANA name of the zone in which periods begin.
    public let timezone: String
    /// One sum over all tenants, shared among them, instead of one for each.
    public let isPooled: Bool
    public let effect: Effect

    /// The period that holds a day. A rule's term applies to periods that begin while the rule is in force.
    public func period(of day: CivilDate, zone: TimeZoneRules) -> Period? {
        let first = day.firstOfMonth(adding: -((day.month - 1) % unit.months))
        return Period(
            since: zone.start(of: first), until: zone.start(of: first.firstOfMonth(adding: unit.months)),
            timezone: zone.name)
    }

    /// For people: `the first 1000000 free in each month`.
    func text(_ currency: Currency) -> String {
        func words(_ measure: Measure, _ value: Int128) -> String {
            measure == .amount
                ? "\(Money(picos: value).plain) \(currency.code)" : "\(Quantity(nanos: value).plain) units"
        }
        let every = "each \(unit.rawValue)" + (isPooled ? " of all tenants together" : "")
        switch effect {
        case .allowance(let measure, let value): return "\(words(measure, value)) free in \(every)"
        case .tiers(let measure, let steps, let whole):
            let parts = steps.map { step in
                "times \(step.multiply.text)" + (step.to.map { " up to \(words(measure, $0))" } ?? " above")
            }
            let scope = whole ? ", for the whole of it" : ""
            return "\(parts.joined(separator: ", "))\(scope) in \(every)"
        case .minimum(let money): return "at least \(money.plain) \(currency.code) for \(every)"
        }
    }
}

extension Meter {
    /// What a term of a contract books is under meters of their own, which nothing else counts.
    public static let termPrefix = "contract."
    public var isContractTerm: Bool { rawValue.hasPrefix(Self.termPrefix) }
}
