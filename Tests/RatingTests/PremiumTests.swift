// Premiums: the same price, dearer where something more holds.
import Rating
import Terms
import Testing

@Suite struct PremiumTests {
    private func book(_ premiums: String, when: String = "{}") throws -> PriceBook {
        try Books.book(
            Books.provider(
                """
                - id: a
                  models: [m]
                  from: 2026-01-01
                  when: \(when)
                  multiply: "1/2"
                  rates:
                    in.text.fresh: {amount: 2, per: 1000000}
                    web_search.request: {amount: 10, per: 1000, multiply: "1"}
                  same_as: {in.text.cache_read: in.text.fresh}
                  premiums: \(premiums)
                """))
    }

    private let residency = #"[{name: residency, when: {geo: [eu, us]}, multiply: "1.1"}]"#

    private func usage(geo: String?) -> Usage {
        .of("m", ["in.text.fresh": 1_000_000, "in.text.cache_read": 1_000_000, "web_search.request": 1]) {
            $0.geo = geo
        }
    }

    @Test("the factor comes on top of the price's own, and leaves alone what has its own")
    func factor() throws {
        let book = try book(residency)
        #expect(book.cost(usage(geo: nil)) == "2.01" && book.cost(usage(geo: "asia")) == "2.01")
        #expect(book.cost(usage(geo: "EU")) == "2.21")
        #expect(book.entries.map(\.id) == ["a", "a/residency"])
        #expect(book.entries[1].multiply.text == "11/20" && book.entries[1].when.text == "geo=eu|us")
        let told = book.explain(usage(geo: "us"), upstream: "up", at: Instant("2026-11-20"))
        #expect(told[0].candidates.map(\.verdict) == [.taken, .fewerConditions])
    }

    @Test("its conditions stand beside the price's")
    func conditions() throws {
        let book = try book(residency, when: "{service_tier: flex, input_over: 5}")
        let entry = book.entries[1]
        #expect(entry.when.text == "service_tier=flex, geo=eu|us, input>=6" && entry.when.count == 3)
    }

    @Test(
        "mistakes are told",
        arguments: [
            ("[{name: r, multiply: 2}]", "`when` of the premium r is missing: it would always hold"),
            ("[{name: r, when: {geo: eu}}]", "`multiply` of the premium r is missing"),
            ("[{when: {geo: eu}, multiply: 2}]", "`name` is missing"),
            (
                "[{name: r, when: {region: eu}, multiply: 2}]",
                "the premium r has a condition that its price has too, or one that is no word"
            ),
            (
                "[{name: r, when: {input_over: 5}, multiply: 2}]",
                "the premium r has a condition that its price has too, or one that is no word"
            ),
            ("[{name: r, when: {geo: eu}, multiply: 2, rates: {}}]", "`rates` is no key of a premium"),
        ])
    func mistakes(premiums: String, text: String) {
        let price = """
            - id: a
              models: [m]
              from: 2026-01-01
              when: {region: us}
              rates: {request: {amount: 1, per: 1}}
              premiums: \(premiums)
            """
        #expect(Books.problems(Books.provider(price)).map(\.text) == [text])
    }
}
