// List charges × contract rules → charges of the contracted and the chargeback book. A book gets charges
// of its own only where a rule applies; then it gets one for every list charge, because a book is either
// followed or complete.
import Terms

extension PriceBook {
    /// Adds what the rules make of list charges.
    func applyRules(_ rated: inout Rated, _ usage: Usage, tenant: String, at instant: Instant) {
        let inForce = rules.filter { $0.isInForce(for: tenant, usage.provider, at: instant) }
        guard !inForce.isEmpty, !rated.charges.isEmpty else { return }
        var base = rated.charges
        for book in [Book.contracted, .chargeback] {
            let own = inForce.filter { $0.book == book }
            guard let charges = charges(own, on: base, book, usage, at: instant) else { continue }
            rated.charges += charges
            base = charges
            if rated.unpriced.isEmpty { rated.cost[book] = Self.sum(charges) }
            // What no rule of its own changes follows the book before it.
            if book == .contracted { rated.cost.chargeback = rated.cost.contracted }
        }
    }

    /// - Returns: nil when no rule applies to any of them.
    private func charges(
        _ rules: [ContractRule], on base: [Charge], _ book: Book, _ usage: Usage, at instant: Instant
    ) -> [Charge]? {
        var applied = false
        var charges: [Charge] = []
        charges.reserveCapacity(base.count + 1)
        for var charge in base {
            charge.book = book
            let model =
                usage.components.indices.contains(charge.component)
                ? usage.components[charge.component].model : nil
            let rule = Self.best(
                rules.lazy.filter { $0.kind == .charge }, model ?? usage.model ?? usage.modelRequested ?? "",
                charge.meter)
            if let rule, rule.apply(to: &charge, at: instant, version: version) { applied = true }
            charges.append(charge)
        }
        let model = usage.model ?? usage.modelRequested ?? ""
        if let rule = Self.best(rules.lazy.filter { $0.kind == .exchange }, model, .request),
            case .perExchange(let amount) = rule.effect
        {
            applied = true
            charges.append(
                Charge(
                    component: 0, meter: .exchange, quantity: Quantity(1), amount: amount,
                    currency: rule.currency, book: book, rateID: rule.id, priceVersion: version,
                    rounded: false))
        }
        return applied ? charges : nil
    }

    static func best(
        _ rules: some Sequence<ContractRule>, _ model: String, _ meter: Meter
    ) -> ContractRule? {
        var best: (rule: ContractRule, rank: ContractRule.Rank)?
        for rule in rules {
            guard let rank = rule.rank(model, meter), best.map({ $0.rank < rank }) ?? true else { continue }
            best = (rule, rank)
        }
        return best?.rule
    }

    /// Amounts of several currencies are never added.
    private static func sum(_ charges: [Charge]) -> Money? {
        guard Set(charges.map(\.currency)).count <= 1 else { return nil }
        return charges.reduce(.zero) { $0 + $1.amount }
    }
}

extension ContractRule {
    /// - Returns: false when it says nothing about the charge's meter.
    fileprivate func apply(to charge: inout Charge, at instant: Instant, version: String) -> Bool {
        switch effect {
        case .multiply(let ratio):
            // Without a rate for the day the amount stays what it is: it is never added to others.
            guard let factor = factor(of: charge.currency, at: instant)?.multiplied(by: ratio),
                let share = proportion(
                    of: charge.amount.picos, factor.numerator, over: factor.denominator)
            else { return false }
            charge.amount = Money(picos: share.quotient)
            charge.rounded = charge.rounded || !share.exact
            if conversionTable != nil { charge.currency = currency }
        case .rates(let rates):
            guard let price = rates.first(where: { $0.meter == charge.meter })?.price(charge.quantity) else {
                return false
            }
            charge.amount = price.amount
            charge.rounded = price.rounded
            charge.currency = currency
        case .perExchange, .term: return false
        }
        charge.rateID = id
        charge.priceVersion = version
        return true
    }
}

extension Meter {
    /// One for each exchange: what a contract's fixed fee counts.
    static let exchange = Meter("exchange")
}
