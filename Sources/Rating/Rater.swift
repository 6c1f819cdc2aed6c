// Usage × price book → charges. Each meter of each component has at most one rate, the meters of a
// component are disjoint, so the cost is the plain sum of the charge lines.
public import Terms

extension PriceBook {
    /// Prices the usage of one exchange.
    ///
    /// Charges are made for the list book; without a contract rule the other two books are equal to it,
    /// and storing three equal entries would triple the ledger. ``Cost`` names all three.
    /// A quantity of zero costs nothing whatever the rate, so it makes no charge and is never unpriced.
    ///
    /// - Parameters:
    ///   - upstream: the configured name, for prices with `when: {upstream: …}`.
    ///   - tenant: whose contract applies; empty where nobody's does.
    ///   - instant: when the exchange began; it selects the valid price.
    public func rate(
        _ usage: Usage, upstream: String, tenant: String = "", at instant: Instant
    ) -> Rated {
        guard usage.notBillable == nil else { return .notBillable }
        if usage.statesCost {
            return rateCharged(
                settled(usage, upstream: upstream, at: instant), upstream: upstream, tenant: tenant,
                at: instant)
        }
        return rateCharged(usage, upstream: upstream, tenant: tenant, at: instant)
    }

    /// The usage with those readings only that are charged for, of what was counted and what was stated.
    func settled(_ usage: Usage, upstream: String, at instant: Instant) -> Usage {
        guard usage.statesCost, let first = usage.components.first else { return usage }
        let taken = entry(
            provider: usage.provider, model: usage.modelName(of: first), first, upstream: upstream,
            at: instant)
        let card = taken.map { self.card($0) }
        let booksStatement = usage.isBookedAsStated { card?.prices($0) ?? false }
        var settled = usage
        for number in usage.components.indices {
            // Which price holds is decided by all that was counted, also where the statement is charged.
            settled.components[number].selectors.contextTokens =
                usage.components[number].selectors.contextTokens
                ?? Circumstances.inputTokens(of: usage.components[number].readings)
            settled.components[number].readings = usage.charged(number, booksStatement: booksStatement)
        }
        return settled
    }

    /// Prices every reading there is.
    private func rateCharged(
        _ usage: Usage, upstream: String, tenant: String, at instant: Instant
    ) -> Rated {
        var rated = Rated()
        // Spans, because reading an array's element otherwise copies it, and a component holds many texts.
        let components = usage.components.span
        var readings = 0
        for number in components.indices { readings += components[number].readings.count }
        rated.charges.reserveCapacity(readings)
        var total = Money.zero
        var currency: Currency?
        var complete = false
        var mixed = false
        for number in components.indices where !components[number].readings.isEmpty {
            complete = true
            let found = entry(
                provider: usage.provider,
                model: components[number].model ?? usage.model ?? usage.modelRequested ?? "",
                components[number], upstream: upstream, at: instant)
            let card = found.map { self.card($0) }
            var cursor = 0
            var charged = false
            let readings = components[number].readings.span
            for index in readings.indices where readings[index].quantity.nanos != 0 {
                let reading = readings[index]
                guard let card,
                    let price = card.price(of: reading.meter, from: &cursor)?.price(reading.quantity)
                else {
                    rated.unpriced.append(Rated.UnpricedMeter(component: number, meter: reading.meter))
                    continue
                }
                charged = true
                total += price.amount
                rated.charges.append(
                    Charge(
                        component: number, meter: reading.meter, quantity: reading.quantity,
                        amount: price.amount, currency: card.currency, book: .list, rateID: card.id,
                        priceVersion: version, rounded: price.rounded))
            }
            if charged, let card {
                mixed = mixed || (currency.map { $0 != card.currency } ?? false)
                currency = card.currency
            }
        }
        // Without any reading nothing is known, and nothing known is not nothing owed.
        if complete, rated.unpriced.isEmpty, !mixed {
            rated.cost = Cost(list: total, contracted: total, chargeback: total)
        }
        if !rules.isEmpty { applyRules(&rated, usage, tenant: tenant, at: instant) }
        return rated
    }
}

extension Usage {
    /// The model whose price a component has.
    func modelName(of component: Component) -> String { component.model ?? model ?? modelRequested ?? "" }
}
