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
        // Only what rating looks at is handed on: a usage holds a dozen texts, and copying it costs more than
        // finding its price.
        var rated: Rated
        if countsAreCharged(usage, upstream: upstream, at: instant) {
            rated = charges(
                for: usage.components, of: usage.provider, usage.model ?? usage.modelRequested ?? "",
                upstream: upstream, at: instant)
        } else {
            let settled = settled(usage, upstream: upstream, at: instant)
            rated = charges(
                for: settled.components, of: usage.provider, usage.model ?? usage.modelRequested ?? "",
                upstream: upstream, at: instant)
        }
        if !rules.isEmpty { applyRules(&rated, usage, tenant: tenant, at: instant) }
        return rated
    }

    /// Whether all readings are charged for as they stand: nothing is stated, or only beside them, by a
    /// provider whose price books the counts.
    private func countsAreCharged(_ usage: Usage, upstream: String, at instant: Instant) -> Bool {
        guard !usage.components.stateCost else { return false }
        guard usage.providerCostUSD != nil else { return true }
        let model = usage.model ?? usage.modelRequested ?? ""
        return usage.components.withUnsafeBufferPointer { components in
            guard let first = components.baseAddress else { return true }
            let found = lookup.entry(
                provider: usage.provider, model: first.pointee.model ?? model, first, upstream: upstream,
                at: instant, of: entries)
            return !(found.map { lookup.card($0).booksStatement } ?? false)
        }
    }

    /// The usage with those readings only that are charged for, of what was counted and what was stated.
    func settled(_ usage: Usage, upstream: String, at instant: Instant) -> Usage {
        guard usage.statesCost, let first = usage.components.first else { return usage }
        let taken = entry(
            provider: usage.provider, model: usage.modelName(of: first), first, upstream: upstream,
            at: instant)
        let card = taken.map { lookup.card($0) }
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
    ///
    /// - Parameter model: of components that name none.
    private func charges(
        for components: [Component], of provider: String, _ model: String, upstream: String,
        at instant: Instant
    ) -> Rated {
        var rated = Rated()
        var sum = ListSum()
        // By address, because reading an array's element otherwise copies it, with all its texts.
        components.withUnsafeBufferPointer { components in
            guard let first = components.baseAddress else { return }
            var readings = 0
            for number in components.indices { readings += (first + number).pointee.readings.count }
            rated.charges.reserveCapacity(readings)
            for number in components.indices where !(first + number).pointee.readings.isEmpty {
                let component = first + number
                sum.isComplete = true
                let found = lookup.entry(
                    provider: provider, model: component.pointee.model ?? model, component,
                    upstream: upstream,
                    at: instant, of: entries)
                charge(component, number, found.map { lookup.card($0) }, &rated, &sum)
            }
        }
        // Without any reading nothing is known, and nothing known is not nothing owed.
        if sum.isComplete, rated.unpriced.isEmpty, !sum.isMixed {
            rated.cost = Cost(list: sum.total, contracted: sum.total, chargeback: sum.total)
        }
        return rated
    }

    /// What the components came to so far.
    private struct ListSum {
        var total = Money.zero
        var currency: Currency?
        /// Some component has a reading.
        var isComplete = false
        var isMixed = false
    }

    private func charge(
        _ component: UnsafePointer<Component>, _ number: Int, _ card: Card?, _ rated: inout Rated,
        _ sum: inout ListSum
    ) {
        var cursor = 0
        var charged = false
        component.pointee.readings.withUnsafeBufferPointer { readings in
            for index in readings.indices where readings[index].quantity.nanos != 0 {
                let quantity = readings[index].quantity
                guard let card, let price = card.price(of: readings[index].meter, quantity, from: &cursor)
                else {
                    rated.unpriced.append(
                        Rated.UnpricedMeter(component: number, meter: readings[index].meter))
                    continue
                }
                charged = true
                sum.total += price.amount
                rated.charges.append(
                    Charge(
                        component: number, meter: readings[index].meter, quantity: quantity,
                        amount: price.amount, currency: card.currency, book: .list, rateID: card.id,
                        priceVersion: version, rounded: price.rounded))
            }
        }
        guard charged, let card else { return }
        sum.isMixed = sum.isMixed || (sum.currency.map { $0 != card.currency } ?? false)
        sum.currency = card.currency
    }
}

extension Usage {
    /// The model whose price a component has.
    func modelName(of component: Component) -> String { component.model ?? model ?? modelRequested ?? "" }
}
