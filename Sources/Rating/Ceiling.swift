// The most that a unit of a model can cost before anybody knows under which conditions it will be served: of
// all prices that may apply, the dearest, for each side. What a call holds of a budget rests on it.
public import Terms

/// The dearest rates of a model in one book, all in one currency.
public struct PriceCeiling: Hashable, Sendable {
    public var currency: Currency
    /// For a million tokens that enter the model, whatever their kind.
    public var input: Money
    /// For a million tokens that leave it.
    public var output: Money
    /// For one call, and one of everything that is neither a token nor the use of a tool (an image).
    public var call: Money
    /// For one use of a tool that the provider runs: calls that cannot use any are never charged for it.
    public var tool: Money

    public init(currency: Currency, input: Money, output: Money, call: Money, tool: Money = .zero) {
        self.currency = currency
        self.input = input
        self.output = output
        self.call = call
        self.tool = tool
    }

    /// A price of zero for everything: such calls are free, and say so.
    public var isFree: Bool { input == .zero && output == .zero && call == .zero && tool == .zero }

    /// What a call costs at most, rounded up.
    ///
    /// - Parameter tools: uses of tools; any of them may make what a call makes, such as an image.
    public func cost(input tokens: Int64, output: Int64, calls: Int64, tools: Int64 = 0) -> Money {
        let picos =
            self.input.picos * Int128(max(0, tokens)) + self.output.picos * Int128(max(0, output))
            + Int128(PriceCeiling.unit - 1)
        let uses = max(call, tool).picos * Int128(max(0, tools))
        return Money(picos: picos / Int128(PriceCeiling.unit) + call.picos * Int128(max(1, calls)) + uses)
    }

    static let unit: Int64 = 1_000_000
}

extension PriceBook {
    /// The ceiling of a model.
    ///
    /// - Parameter tenant: whose contract applies.
    /// - Returns: nil when no price names the model, or its prices are in several currencies.
    public func ceiling(
        provider: String, model: String, tenant: String, book: Book, at instant: Instant
    ) -> PriceCeiling? {
        let named = candidates(provider: provider, model: model)
            .filter { entries[$0.entry].holds(at: instant) }.sorted { $0.rank > $1.rank }
        var found: PriceCeiling?
        var rank: Int32?
        for candidate in named {
            // Behind a price without conditions no price with a less exact name is ever used.
            if let rank, candidate.rank < rank { break }
            let entry = entries[candidate.entry]
            guard let ceiling = ceiling(entry, model, tenant, book, instant) else { continue }
            if let before = found {
                guard before.currency == ceiling.currency else { return nil }
                found?.input = max(before.input, ceiling.input)
                found?.output = max(before.output, ceiling.output)
                found?.call = max(before.call, ceiling.call)
                found?.tool = max(before.tool, ceiling.tool)
            } else {
                found = ceiling
            }
            if entry.when.count == 0 { rank = candidate.rank }
        }
        return found
    }

    /// The dearest prices of a provider, for a model that none names.
    public func highestCeiling(
        provider: String, tenant: String, book: Book, at instant: Instant
    ) -> PriceCeiling? {
        var found: PriceCeiling?
        for entry in entries where entry.provider == provider && entry.holds(at: instant) {
            guard let ceiling = ceiling(entry, "", tenant, book, instant) else { continue }
            guard let before = found, before.currency == ceiling.currency else {
                found = found ?? ceiling
                continue
            }
            found?.input = max(before.input, ceiling.input)
            found?.output = max(before.output, ceiling.output)
            found?.call = max(before.call, ceiling.call)
            found?.tool = max(before.tool, ceiling.tool)
        }
        return found
    }

    /// What only a tool that the provider runs is charged for.
    private static let toolUses: Set<Meter> = Set(
        [
            "web_search.request", "web_fetch.request", "x_search.request", "file_search.call", "code.session",
            "grounding.query", "grounding.prompt", "grounding.maps",
        ].map { Meter($0) })

    /// One entry's rates after the contract's rules.
    private func ceiling(
        _ entry: PriceEntry, _ model: String, _ tenant: String, _ book: Book, _ instant: Instant
    ) -> PriceCeiling? {
        var rated = Rated()
        for rate in entry.rates {
            let isToken = rate.meter.isInputTokens || rate.meter.isOutputTokens
            let quantity = Quantity(isToken ? PriceCeiling.unit : 1)
            guard let price = rate.price(quantity) else { return nil }
            // One pico more where it was rounded: a ceiling is never below.
            let amount = price.rounded ? Money(picos: price.amount.picos + 1) : price.amount
            rated.charges.append(
                Charge(
                    component: 0, meter: rate.meter, quantity: quantity, amount: amount,
                    currency: entry.currency, book: .list, rateID: entry.id, priceVersion: version,
                    rounded: false))
        }
        guard !rated.charges.isEmpty else { return nil }
        if book != .list, !rules.isEmpty {
            var usage = Usage()
            usage.provider = entry.provider
            usage.model = model
            usage.components = [Component(model: model, readings: [])]
            applyRules(&rated, usage, tenant: tenant, at: instant)
        }
        let books: [Book] = book == .chargeback ? [.chargeback, .contracted, .list] : [book, .list]
        let own = books.first { book in rated.charges.contains { $0.book == book } } ?? .list
        let charges = rated.charges.filter { $0.book == own }
        guard let currency = charges.first?.currency, charges.allSatisfy({ $0.currency == currency }) else {
            return nil
        }
        var ceiling = PriceCeiling(currency: currency, input: .zero, output: .zero, call: .zero)
        var exchange = Money.zero
        for charge in charges where !charge.meter.isStatedCost {
            if charge.meter == .exchange {
                exchange = charge.amount
            } else if charge.meter.isInputTokens {
                ceiling.input = max(ceiling.input, charge.amount)
            } else if charge.meter.isOutputTokens {
                ceiling.output = max(ceiling.output, charge.amount)
            } else if Self.toolUses.contains(charge.meter) {
                ceiling.tool = max(ceiling.tool, charge.amount)
            } else {
                ceiling.call = max(ceiling.call, charge.amount)
            }
        }
        ceiling.call += exchange
        return ceiling
    }
}
