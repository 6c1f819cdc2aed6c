// A rule of a contract file: how an amount of the list book becomes one of the contracted book, or of the
// chargeback book. Contracted amounts start from the list, chargeback amounts from the contracted ones.
public import Terms

public struct ContractRule: Hashable, Sendable {
    public enum Effect: Hashable, Sendable {
        /// Times the amount before: a discount or a markup.
        case multiply(Ratio)
        /// Rates of its own, whatever the amount before.
        case rates([Rate])
        /// A fixed amount for every exchange, on top.
        case perExchange(Money)
        /// Depends on the sum of a period: see ``PeriodSettlement``.
        case term(PeriodTerm)
    }

    /// Of each kind one rule at most decides about a charge.
    enum Kind: Hashable {
        case charge, exchange, allowance, tiers, minimum
    }

    /// Permanent and unique, among prices too; the charge names it.
    public let id: String
    public let contract: String
    public let book: Book
    public let currency: Currency
    /// Empty: all.
    public let tenants: [String]
    public let providers: [String]
    public let models: [ModelPattern]
    public let meters: [ModelPattern]
    /// Inclusive.
    public let from: Instant
    /// Exclusive; nil while it is in force.
    public let until: Instant?
    public let effect: Effect
    public let file: String
    public let line: Int
    /// The table by which amounts in other currencies are converted first.
    public let conversionTable: String?
    /// The lines of that table that lead to ``currency``, by their time.
    public internal(set) var conversions: [Conversion] = []

    /// For people: `times 9/10`.
    public var text: String {
        switch effect {
        case .multiply(let ratio):
            "times \(ratio.text)" + (conversionTable.map { ", in \(currency.code) by \($0)" } ?? "")
        case .rates: "its own rates"
        case .perExchange(let amount): "\(amount.plain) \(currency.code) for each exchange"
        case .term(let term): term.text(currency)
        }
    }

    func isInForce(for tenant: String, _ provider: String, at instant: Instant) -> Bool {
        from <= instant && (until.map { instant < $0 } ?? true)
            && (tenants.isEmpty || tenants.contains(tenant))
            && (providers.isEmpty || providers.contains(provider))
    }

    /// How closely the rule names a model and a meter; nil where it does not apply. A named tenant counts
    /// before a named provider, before the model, before the meter.
    func rank(_ model: String, _ meter: Meter) -> Rank? {
        guard let model = Self.rank(models, model), let meter = Self.rank(meters, meter.rawValue) else {
            return nil
        }
        return Rank(
            tenant: tenants.isEmpty ? 0 : 1, provider: providers.isEmpty ? 0 : 1, model: model, meter: meter)
    }

    private static func rank(_ patterns: [ModelPattern], _ name: String) -> Int? {
        patterns.isEmpty ? -1 : patterns.lazy.filter { $0.matches(name) }.map(\.rank).max()
    }

    struct Rank: Comparable {
        let tenant: Int
        let provider: Int
        let model: Int
        let meter: Int
        static func < (a: Rank, b: Rank) -> Bool {
            (a.tenant, a.provider, a.model, a.meter) < (b.tenant, b.provider, b.model, b.meter)
        }
    }

    /// Whether both could be the best rule of one charge.
    func ties(with other: ContractRule) -> Bool {
        guard book == other.book, kind == other.kind,
            tenants.isEmpty == other.tenants.isEmpty, providers.isEmpty == other.providers.isEmpty,
            tenants.isEmpty || tenants.contains(where: other.tenants.contains),
            providers.isEmpty || providers.contains(where: other.providers.contains),
            until.map({ other.from < $0 }) ?? true, other.until.map({ from < $0 }) ?? true
        else { return false }
        return Self.tie(models, other.models) && Self.tie(meters, other.meters)
    }

    var kind: Kind {
        switch effect {
        case .multiply, .rates: .charge
        case .perExchange: .exchange
        case .term(let term):
            switch term.effect {
            case .allowance: .allowance
            case .tiers: .tiers
            case .minimum: .minimum
            }
        }
    }

    /// What depends on the sum of a period, nil for what is part of a charge.
    public var term: PeriodTerm? { if case .term(let term) = effect { term } else { nil } }

    private static func tie(_ a: [ModelPattern], _ b: [ModelPattern]) -> Bool {
        if a.isEmpty || b.isEmpty { return a.isEmpty && b.isEmpty }
        return a.contains { mine in b.contains { $0.rank == mine.rank && $0.overlaps(mine) } }
    }
}
