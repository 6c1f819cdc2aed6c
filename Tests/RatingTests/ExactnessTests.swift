// Money to the last pico: rounding once for each line, never in between, and no overflow that traps.
import Rating
import Terms
import Testing

@Suite struct ExactnessTests {
    private func rated(_ rate: String, _ multiply: String = "1", quantity: Quantity) throws -> Charge? {
        let book = try Books.book(
            Books.provider(
                "- {id: a, models: [m], from: 2026-01-01, multiply: \"\(multiply)\", rates: {x: \(rate)}}"))
        var usage = Usage.of("m", [:])
        usage.components[0].readings = [MeterReading(Meter("x"), quantity)]
        return book.rate(usage, upstream: "up", at: Instant("2026-11-20")).charges.first
    }

    @Test(
        "amounts in picos",
        arguments: [
            ("{amount: '1.25', per: 1000000}", "1", 1, 1_250_000, false),
            ("{amount: '0.0000025', per: 1}", "1", 1, 2_500_000, false),
            // 1/3 of a pico's millionths: rounded half to even, once.
            ("{amount: '0.000001', per: 3000000}", "1", 1, 0, true),
            ("{amount: '0.000001', per: 3000000}", "1", 3, 1, false),
            ("{amount: '0.000001', per: 2000000}", "1", 1, 0, true),
            ("{amount: '0.000001', per: 2000000}", "1", 3, 2, true),
            ("{amount: '0.000001', per: 2000000}", "1", 5, 2, true),
            ("{amount: '0.000001', per: 2000000}", "1", 7, 4, true),
            // The multiplier is applied before the rounding.
            ("{amount: '0.000001', per: 2000000}", "2", 3, 3, false),
            ("{amount: '10', per: 1000000}", "1.1", 1, 11_000_000, false),
            ("{amount: '10', per: 1000000}", "1/3", 3, 10_000_000, false),
            ("{amount: '10', per: 1000000}", "1/3", 1, 3_333_333, true),
            // Three seconds at 11.1 cents an hour.
            ("{amount: '0.111', per: 3600}", "1", 3, 92_500_000, false),
            ("{amount: '0', per: 1000000}", "1", 1_000_000, 0, false),
        ] as [(String, String, Int64, Int128, Bool)])
    func picos(rate: String, multiply: String, units: Int64, picos: Int128, rounded: Bool) throws {
        let charge = try #require(try rated(rate, multiply, quantity: Quantity(units)))
        #expect(charge.amount.picos == picos && charge.rounded == rounded)
    }

    @Test("fractions of a unit are priced too")
    func fractions() throws {
        let seconds = try #require(Quantity("3.2"))
        let charge = try #require(try rated("{amount: '0.36', per: 3600}", quantity: seconds))
        #expect(charge.amount.plain == "0.00032" && !charge.rounded)
    }

    @Test("the largest count at the dearest rate does not overflow")
    func largest() throws {
        let charge = try #require(
            try rated("{amount: '1000000', per: 1}", quantity: Quantity(TokenCounts.limit)))
        #expect(charge.amount.plain == "1000000000000000000")
        #expect(try rated("{amount: '0.000000000001', per: 999999999}", quantity: Quantity(Int64.max)) != nil)
    }

    @Test("a quantity beyond all bounds is unpriced instead of wrong")
    func absurd() throws {
        let book = try Books.book(
            Books.provider(
                "- {id: a, models: [m], from: 2026-01-01, rates: {x: {amount: '999999.9999999', per: 7}}}"))
        var usage = Usage.of("m", [:])
        usage.components[0].readings = [MeterReading(Meter("x"), Quantity(nanos: .max))]
        let rated = book.rate(usage, upstream: "up", at: Instant("2026-11-20"))
        #expect(rated.charges.isEmpty && rated.unpriced.count == 1 && rated.cost == Cost())
    }

    @Test("amounts of two currencies are never added")
    func currencies() throws {
        let euro = """
            provider: test
            currency: EUR
            prices: [{id: e, models: [e], from: 2026-01-01, rates: {request: {amount: 1, per: 1}}}]
            """
        let dollar = Books.provider(
            "- {id: d, models: [d], from: 2026-01-01, rates: {request: {amount: 1, per: 1}}}")
        let book = try Books.book(euro, dollar)
        var usage = Usage.of("e", ["request": 1])
        #expect(book.cost(usage) == "1")
        usage.components += Usage.of("d", ["request": 1]).components
        let rated = book.rate(usage, upstream: "up", at: Instant("2026-11-20"))
        #expect(rated.charges.map(\.currency.code) == ["EUR", "USD"])
        #expect(rated.cost == Cost() && rated.unpriced.isEmpty)
    }

    @Test("fractions in lowest terms")
    func ratios() {
        #expect(Ratio("0.5") == Ratio(1, over: 2))
        #expect(Ratio("11/10") == Ratio("1.1"))
        #expect(Ratio("4/6")?.text == "2/3")
        #expect(Ratio("1e3")?.text == "1000")
        #expect(Ratio("1/0") == nil && Ratio("x") == nil && Ratio("1/-2") == nil)
        #expect(Ratio(1, over: 3)?.isLess(than: Ratio(1, over: 2)!) == true)
        #expect(Ratio(1, over: 2)?.isLess(than: Ratio(1, over: 3)!) == false)
        #expect(Ratio(Int128.max, over: 1)?.multiplied(by: Ratio(2)) == nil)
    }

    @Test("a version depends on names and texts, not on their order or directory")
    func version() {
        func version(_ text: String) -> String { PriceBook.contentVersion(of: [(name: text, bytes: [])]) }
        #expect(version("a").count == 12 && version("a") != version("b"))
        let one = [
            (name: "d/a.yaml", bytes: [UInt8]("x".utf8)), (name: "d/b.yaml", bytes: [UInt8]("y".utf8)),
        ]
        let other = [
            (name: "/e/b.yaml", bytes: [UInt8]("y".utf8)), (name: "a.yaml", bytes: [UInt8]("x".utf8)),
        ]
        #expect(PriceBook.contentVersion(of: one) == PriceBook.contentVersion(of: other))
    }
}
