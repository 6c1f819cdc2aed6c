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
        var rated = Rated()
        rated.charges.reserveCapacity(usage.components.reduce(0) { $0 + $1.readings.count })
        var total = Money.zero
        var currency: Currency?
        var complete = false
        var mixed = false
        for number in usage.components.indices where !usage.components[number].readings.isEmpty {
            complete = true
            let model = usage.components[number].model ?? usage.model ?? usage.modelRequested ?? ""
            let found = entry(
                provider: usage.provider, model: model, usage.components[number], upstream: upstream,
                at: instant)
            let card = found.map { self.card($0) }
            var cursor = 0
            var charged = false
            let component = usage.components[number]
            let pricesStatement = component.pricesStatement { meter in
                var start = 0
                return card?.price(of: meter, from: &start) != nil
            }
            for reading in component.readings where reading.quantity.nanos != 0 {
                guard component.charges(reading.meter, pricesStatement) else { continue }
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
