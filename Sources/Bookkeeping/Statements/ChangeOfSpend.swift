// Why a month cost more or less than the one before, in three parts that add up to the difference exactly:
// what prices did, what the number of requests did, and everything else.
public import Terms

/// The difference between two months, taken apart.
public struct SpendChange: Hashable, Sendable {
    public let currency: Currency
    public let before: Money
    public let after: Money
    /// Each meter's quantity of this month at its new instead of its old average price, summed over the lines
    /// (provider, model, meter) that both months have.
    public let price: Money
    /// As many requests more or fewer, at last month's cost per request.
    public let volume: Money

    /// What was chosen differently: other models, longer prompts, lines that are new or gone.
    public var mix: Money { difference - price - volume }
    public var difference: Money { after - before }
}

/// A line that costs more or less than a month before.
public struct SpendMover: Hashable, Sendable {
    public let provider: String
    public let model: String
    public let meter: String
    public let currency: Currency
    public let before: Money
    public let after: Money
    /// The part that a changed average price explains; nil where one of the months has no quantity.
    public let price: Money?

    public var difference: Money { after - before }
    /// The part that the quantity explains.
    public var quantity: Money? { price.map { difference - $0 } }
}

/// Compares two reports by provider, model and meter.
public struct SpendComparison: Hashable, Sendable {
    /// One per currency of either month, ascending.
    public let changes: [SpendChange]
    /// Lines that differ, the largest difference first.
    public let movers: [SpendMover]

    private struct Line: Hashable {
        let keys: [String]
        let currency: Currency
    }

    /// - Parameters:
    ///   - after, before: reports by provider, model, meter.
    ///   - book: whose amounts are compared. What has no price counts as nothing.
    public init(after: Report, before: Report, book: Book) {
        let new = Self.lines(after)
        let old = Self.lines(before)
        var prices: [Currency: Money] = [:]
        var movers: [SpendMover] = []
        for line in Set(new.keys).union(old.keys) {
            let amounts = (
                before: old[line]?.cost[book] ?? .zero, after: new[line]?.cost[book] ?? .zero
            )
            let quantities = (before: old[line]?.quantity ?? .zero, after: new[line]?.quantity ?? .zero)
            var price: Money?
            if quantities.before > .zero, quantities.after > .zero,
                let same = proportion(
                    amounts.before, quantities.after.nanos, of: quantities.before.nanos)
            {
                price = amounts.after - same
                prices[line.currency, default: .zero] += amounts.after - same
            }
            guard amounts.before != amounts.after else { continue }
            movers.append(
                SpendMover(
                    provider: line.keys[0], model: line.keys[1], meter: line.keys[2], currency: line.currency,
                    before: amounts.before, after: amounts.after, price: price))
        }
        let sums = (Self.totals(before), Self.totals(after))
        changes = Set(sums.0.keys).union(sums.1.keys).sorted().map { currency in
            let was = sums.0[currency] ?? Figures()
            let spent = was.cost[book] ?? .zero
            let more = Int128((sums.1[currency]?.requests ?? 0) - was.requests)
            return SpendChange(
                currency: currency, before: spent, after: sums.1[currency]?.cost[book] ?? .zero,
                price: prices[currency] ?? .zero,
                volume: proportion(spent, more, of: Int128(was.requests)) ?? .zero)
        }
        self.movers = movers.sorted { a, b in
            let sizes = (a.difference.picos.magnitude, b.difference.picos.magnitude)
            guard sizes.0 == sizes.1 else { return sizes.0 > sizes.1 }
            return [a.provider, a.model, a.meter, a.currency.code]
                .lexicographicallyPrecedes([b.provider, b.model, b.meter, b.currency.code])
        }
    }

    private static func lines(_ report: Report) -> [Line: Figures] {
        Dictionary(
            report.rows.map { (Line(keys: $0.keys, currency: $0.currency), $0.figures) },
            uniquingKeysWith: { first, _ in first })
    }

    private static func totals(_ report: Report) -> [Currency: Figures] {
        Dictionary(
            report.totals.map { ($0.currency, $0.figures) }, uniquingKeysWith: { first, _ in first })
    }
}
