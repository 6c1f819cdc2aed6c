// The terms of a contract that depend on a period's sum, as adjustments: a pure function over what was
// charged in the period. Free parts come off first, then tiers apply to what is left, then what is short
// of the minimum is added. It knows nothing of what was booked before, so computing it again after late
// usage or a re-rating gives the adjustments that are right now.
public import Terms

/// What one tenant was charged for one meter of one model in the period.
public struct PeriodCharge: Hashable, Sendable {
    public let tenant: String
    public let provider: String
    public let model: String
    public let meter: Meter
    public let quantity: Quantity
    public let currency: Currency
    /// Per book; none where nothing was charged in it.
    public let amounts: [Book: Money]

    public init(
        tenant: String, provider: String, model: String, meter: Meter, quantity: Quantity, currency: Currency,
        amounts: [Book: Money]
    ) {
        self.tenant = tenant
        self.provider = provider
        self.model = model
        self.meter = meter
        self.quantity = quantity
        self.currency = currency
        self.amounts = amounts
    }
}

/// What a rule adds to, or takes from, one tenant's period.
public struct PeriodAdjustment: Hashable, Sendable {
    public let tenant: String
    public let rule: ContractRule
    /// What the rule looked at, in its book, before it applied.
    public let base: Money
    public let quantity: Quantity
    public let amount: Money
    /// Whether a share was no whole pico and was rounded half to even.
    public let rounded: Bool
    /// No rule of the chargeback book is for this tenant: the amount stands there as well.
    public let alsoChargeback: Bool

    public var meter: Meter {
        switch rule.kind {
        case .allowance: Meter("\(Meter.termPrefix)allowance")
        case .tiers: Meter("\(Meter.termPrefix)tiers")
        default: Meter("\(Meter.termPrefix)minimum")
        }
    }
}

public struct PeriodSettlement {
    private let charges: [PeriodCharge]
    /// Per charge: what is left of its amount in the book under work.
    private var left: [Int128] = []
    private var adjustments: [PeriodAdjustment] = []

    /// The adjustments of a period, by rule and tenant.
    ///
    /// - Parameters:
    ///   - rules: those with a term for this period, and all chargeback rules in force at its start.
    ///   - charges: everything that was charged in the period, in any order.
    public static func adjustments(
        _ rules: [ContractRule], _ charges: [PeriodCharge]
    ) -> [PeriodAdjustment] {
        var settlement = PeriodSettlement(charges: charges)
        for book in [Book.contracted, .chargeback] {
            settlement.left = settlement.charges.map { ($0.amounts[book] ?? .zero).picos }
            for kind in [ContractRule.Kind.allowance, .tiers, .minimum] {
                settlement.apply(rules.filter { $0.book == book && $0.kind == kind }, of: rules)
            }
        }
        return settlement.adjustments.sorted { ($0.rule.id, $0.tenant) < ($1.rule.id, $1.tenant) }
    }

    private init(charges: [PeriodCharge]) {
        // In one order, so that the remainders of shares fall on the same charges every time.
        self.charges = charges.sorted {
            ($0.tenant, $0.provider, $0.model, $0.meter.rawValue, $0.currency)
                < ($1.tenant, $1.provider, $1.model, $1.meter.rawValue, $1.currency)
        }
    }

    private mutating func apply(_ rules: [ContractRule], of all: [ContractRule]) {
        guard !rules.isEmpty else { return }
        var taken: [String: [Int]] = [:]
        for (index, charge) in charges.enumerated() {
            let candidates = rules.lazy.filter { rule in
                (rule.tenants.isEmpty || rule.tenants.contains(charge.tenant))
                    && (rule.providers.isEmpty || rule.providers.contains(charge.provider))
                    && rule.currency == charge.currency
            }
            guard let rule = PriceBook.best(candidates, charge.model, charge.meter) else { continue }
            taken[rule.id, default: []].append(index)
        }
        for rule in rules {
            guard let term = rule.term else { continue }
            let own = taken[rule.id] ?? []
            if term.isPooled {
                apply(rule, term, own, tenant: rule.tenants.min() ?? Attribution.unattributedTenant, all)
                continue
            }
            let byTenant = Dictionary(grouping: own) { charges[$0].tenant }
            // A minimum is owed by whom the contract names, also for a period without usage.
            let named = rule.kind == .minimum ? rule.tenants : []
            for tenant in Set(byTenant.keys).union(named).sorted() {
                apply(rule, term, byTenant[tenant] ?? [], tenant: tenant, all)
            }
        }
    }

    /// - Parameter tenant: who owes what cannot be shared by amounts, because there are none.
    private mutating func apply(
        _ rule: ContractRule, _ term: PeriodTerm, _ own: [Int], tenant: String, _ all: [ContractRule]
    ) {
        let base = own.reduce(Int128(0)) { $0 + left[$1] }
        let quantity = own.reduce(Quantity.zero) { $0 + charges[$1].quantity }
        guard let (change, rounded) = term.effect.change(base, quantity.nanos), change != 0 else { return }
        var shares: [String: (amount: Int128, base: Int128, quantity: Quantity)] = [:]
        var reached: Int128 = 0
        var given: Int128 = 0
        for index in own where base > 0 {
            // By running sums: the parts add up to the whole, whatever each was rounded to.
            reached += left[index]
            let until = proportion(of: change, reached, over: base)?.quotient ?? change
            var share = shares[charges[index].tenant] ?? (0, 0, .zero)
            share.amount += until - given
            share.base += left[index]
            share.quantity += charges[index].quantity
            shares[charges[index].tenant] = share
            left[index] += until - given
            given = until
        }
        if base <= 0 { shares[tenant] = (change, base, quantity) }
        for (tenant, share) in shares where share.amount != 0 {
            let follows =
                rule.book == .contracted
                && !all.contains {
                    $0.book == .chargeback && ($0.tenants.isEmpty || $0.tenants.contains(tenant))
                }
            adjustments.append(
                PeriodAdjustment(
                    tenant: tenant, rule: rule, base: Money(picos: share.base), quantity: share.quantity,
                    amount: Money(picos: share.amount), rounded: rounded, alsoChargeback: follows))
        }
    }
}

extension PeriodTerm.Effect {
    /// By how many picos a period changes.
    ///
    /// - Parameters:
    ///   - base: its picos.
    ///   - nanos: its quantity.
    /// - Returns: nil when a number does not fit; no contract has such amounts.
    func change(_ base: Int128, _ nanos: Int128) -> (picos: Int128, rounded: Bool)? {
        switch self {
        case .minimum(let money): return (max(0, money.picos - base), false)
        case .allowance(.amount, let picos): return (-max(0, min(base, picos)), false)
        case .allowance(.quantity, let free):
            // Which units are the free ones nobody can say: they cost what the average costs.
            guard nanos > 0 else { return (0, false) }
            guard let share = proportion(of: base, min(free, nanos), over: nanos) else { return nil }
            return (-share.quotient, !share.exact)
        case .tiers(let measure, let steps, let whole):
            let total = measure == .amount ? base : nanos
            guard total > 0 else { return (0, false) }
            var result: Int128 = 0
            var rounded = false
            var below: Int128 = 0
            var paid: Int128 = 0
            for step in steps where below < total {
                let end = min(step.to ?? total, total)
                let isReached = end == total
                guard !whole || isReached else {
                    below = end
                    continue
                }
                guard let until = isReached ? (base, true) : proportion(of: base, end, over: total),
                    let part = proportion(
                        of: until.0 - paid, step.multiply.numerator, over: step.multiply.denominator)
                else { return nil }
                rounded = rounded || !until.1 || !part.exact
                result += part.quotient
                (below, paid) = (end, until.0)
            }
            return (result - base, rounded)
        }
    }
}
