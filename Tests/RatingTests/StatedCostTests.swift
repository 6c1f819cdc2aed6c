// What is charged where a provider states its own amount beside what it counted.
import Rating
import Terms
import Testing

@Suite struct StatedCostTests {
    private static let both = """
        - {id: stated, models: [m], from: 2026-01-01, rates: {provider_cost.usd: {amount: "1", per: 1}, \
        upstream_cost.usd: {amount: "1", per: 1}}}
        - {id: counted, models: [m], from: 2026-01-01, when: {upstream: counts}, \
        rates: {out.text: {amount: "10", per: 1000000}}}
        """

    private func usage(_ stated: String?, _ meters: [String: Int64] = ["out.text": 200]) -> Usage {
        var usage = Usage.of("m", meters)
        usage.providerCostUSD = stated
        return usage
    }

    @Test("the price of an upstream declares which amount is booked")
    func declared() throws {
        let book = try Books.book(Books.provider(Self.both))
        #expect(book.cost(usage("0.0125")) == "0.0125")
        #expect(book.cost(usage("0.0125"), upstream: "counts") == "0.002")
        let charges = book.rate(usage("0.0125"), upstream: "up", at: Instant("2026-02-01")).charges
        #expect(charges.map(\.meter) == [.providerCost] && charges.map(\.rateID) == ["stated"])
    }

    @Test("a stated nothing is nothing, and nothing stated is unpriced")
    func zero() throws {
        let book = try Books.book(Books.provider(Self.both))
        #expect(book.cost(usage("0")) == "0")
        #expect(book.cost(usage(nil)) == nil)
        #expect(book.cost(usage("free")) == nil)
        #expect(book.cost(usage("-1")) == nil)
    }

    @Test("more decimals than a quantity has are rounded half to even, at the ninth")
    func decimals() throws {
        let book = try Books.book(Books.provider(Self.both))
        #expect(book.cost(usage("0.0000011025")) == "0.000001102")
        #expect(book.cost(usage("0.0000011035")) == "0.000001104")
        #expect(book.cost(usage("1.10251e-06")) == "0.000001103")
    }

    @Test("an account of one's own is charged beside the fee; the statement covers every component")
    func ownAccount() throws {
        let book = try Books.book(Books.provider(Self.both))
        var both = usage("0.001", ["out.text": 200])
        both.components[0].readings.append(MeterReading(.providerCost, Quantity("0.001")!))
        both.components[0].readings.append(MeterReading(.upstreamCost, Quantity("0.02")!))
        both.components.append(Component(model: "m", readings: [MeterReading(.output, Quantity(7))]))
        #expect(book.cost(both) == "0.021")
        let explained = book.explain(both, upstream: "up", at: Instant("2026-02-01"))
        #expect(explained.map { $0.lines.map(\.meter) } == [[.providerCost, .upstreamCost], []])
        #expect(book.cost(both, upstream: "counts") == "0.00207")
    }

    @Test("all that was counted decides which price holds, also where the statement is charged")
    func threshold() throws {
        let book = try Books.book(
            Books.provider(
                """
                - {id: short, models: [m], from: 2026-01-01, rates: {provider_cost.usd: {amount: "1", per: 1}}}
                - {id: long, models: [m], from: 2026-01-01, when: {input_over: 100}, \
                rates: {provider_cost.usd: {amount: "2", per: 1}}}
                """))
        #expect(book.cost(usage("0.5", ["in.text.fresh": 100])) == "0.5")
        #expect(book.cost(usage("0.5", ["in.text.fresh": 101])) == "1")
    }

    @Test("a difference is one when it is beyond the tolerance")
    func difference() {
        #expect(!usage("0.01").statedCostDiffers(from: Money("0.0101")!, tolerance: 100))
        #expect(usage("0.01").statedCostDiffers(from: Money("0.010100000001")!, tolerance: 100))
        #expect(!usage(nil).statedCostDiffers(from: Money("5")!, tolerance: 0))
    }
}
