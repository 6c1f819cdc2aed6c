// What a price file means: which price applies, what it multiplies to, and what stays unpriced.
import Rating
import Terms
import Testing

@Suite struct RatingTests {
    static let simple = Books.provider(
        """
        - id: test/m/1
          models: [m, "m-2026-*"]
          from: 2026-03-05
          source: https://example.com/prices
          checked: 2026-11-20
          rates:
            in.text.fresh: {amount: "1.25", per: 1000000}
            out.text: {amount: "10", per: 1000000}
          same_as: {out.text.reasoning: out.text}
        """)

    @Test("quantity times amount by units, a line for each meter")
    func lines() throws {
        let book = try Books.book(Self.simple)
        let usage = Usage.of("m", ["in.text.fresh": 1000, "out.text": 10, "out.text.reasoning": 5])
        let rated = book.rate(usage, upstream: "up", at: Instant("2026-03-05"))
        #expect(rated.charges.map(\.amount.plain) == ["0.00125", "0.0001", "0.00005"])
        #expect(rated.charges.map(\.meter.rawValue) == ["in.text.fresh", "out.text", "out.text.reasoning"])
        #expect(rated.charges.allSatisfy { $0.rateID == "test/m/1" && $0.priceVersion == "test" })
        #expect(rated.charges.allSatisfy { $0.book == .list && !$0.rounded && $0.currency == .usd })
        #expect(rated.cost.list?.plain == "0.0014")
        #expect(rated.cost.contracted == rated.cost.list && rated.cost.chargeback == rated.cost.list)
        #expect(rated.unpriced.isEmpty)
    }

    @Test("a price holds from its first instant until before its last")
    func validity() throws {
        let book = try Books.book(
            Books.provider(
                """
                - {id: a, models: [m], from: 2026-01-01, until: 2026-02-01,
                   rates: {request: {amount: 1, per: 1}}}
                - {id: b, models: [m], from: 2026-02-01, rates: {request: {amount: 2, per: 1}}}
                """))
        let usage = Usage.of("m", ["request": 1])
        #expect(book.cost(usage, at: "2025-12-31T23:59:59.999999Z") == nil)
        #expect(book.cost(usage, at: "2026-01-01") == "1")
        #expect(book.cost(usage, at: "2026-01-31T23:59:59.999999Z") == "1")
        #expect(book.cost(usage, at: "2026-02-01") == "2")
    }

    @Test("a meter with neither rate nor same_as is unpriced, and so is the record")
    func unpriced() throws {
        let book = try Books.book(Self.simple)
        let usage = Usage.of("m", ["in.text.fresh": 10, "in.text.cache_read": 5])
        let rated = book.rate(usage, upstream: "up", at: Instant("2026-11-20"))
        #expect(rated.charges.count == 1)
        #expect(rated.cost == Cost())
        #expect(rated.unpriced == [.init(component: 0, meter: .cacheRead)])
        #expect(book.cost(.of("other", ["in.text.fresh": 10])) == nil)
        #expect(book.cost(.of("m", ["in.text.fresh": 10], provider: "nobody")) == nil)
    }

    @Test("nothing of a meter costs nothing, whether it has a rate or not")
    func zero() throws {
        let book = try Books.book(Self.simple)
        let rated = book.rate(
            .of("m", ["in.text.fresh": 0, "in.text.cache_read": 0]), upstream: "up",
            at: Instant("2026-11-20"))
        #expect(rated.charges.isEmpty && rated.unpriced.isEmpty)
        #expect(rated.cost.list == .zero)
    }

    @Test("no reading at all is not known to cost nothing")
    func absent() throws {
        let book = try Books.book(Self.simple)
        #expect(book.cost(.of("m", [:])) == nil)
        #expect(book.cost(Usage()) == nil)
    }

    @Test("what is not billable costs nothing in every book")
    func notBillable() throws {
        let book = try Books.book(Self.simple)
        var usage = Usage.of("unknown", ["in.text.fresh": 10])
        usage.notBillable = .countOnly
        #expect(book.rate(usage, upstream: "up", at: Instant("2026-11-20")) == .notBillable)
    }

    @Test("the exact name wins, then the pattern with more literal characters")
    func names() throws {
        let book = try Books.book(
            Books.provider(
                """
                - {id: a, models: ["*"], from: 2026-01-01, rates: {request: {amount: 1, per: 1}}}
                - {id: b, models: ["gpt-5*"], from: 2026-01-01, rates: {request: {amount: 2, per: 1}}}
                - {id: c, models: ["gpt-5-mini*"], from: 2026-01-01, rates: {request: {amount: 3, per: 1}}}
                - {id: d, models: ["*-mini-x"], from: 2026-01-01, rates: {request: {amount: 4, per: 1}}}
                - {id: e, models: [gpt-5], from: 2026-01-01, rates: {request: {amount: 5, per: 1}}}
                """))
        let expected = [
            "llama": "1", "gpt-5-2": "2", "gpt-5-mini": "3", "gpt-5-mini-x": "3", "o-mini-x": "4",
            "gpt-5": "5",
            "gpt-": "1", "": "1",
        ]
        for (model, cost) in expected { #expect(book.cost(.of(model, ["request": 1])) == cost, "\(model)") }
    }
}
