// `explain` names every price that was looked at, and for each the reason.
import Rating
import Terms
import Testing

@Suite struct ExplanationTests {
    @Test("which price was taken, and why the others were not")
    func verdicts() throws {
        let own = Books.provider(
            """
            - {id: base, models: [m], from: 2026-01-01, rates: {out.text: {amount: "10", per: 1000000}}}
            - {id: fast, models: [m], from: 2026-01-01, when: {speed: fast},
               rates: {out.text: {amount: "20", per: 1000000}},
               same_as: {out.text.reasoning: out.text}}
            - {id: us, models: [m], from: 2026-01-01, when: {geo: us, batch: false},
               rates: {out.text: {amount: "11", per: 1000000}}}
            - {id: wide, models: ["m*"], from: 2026-01-01, when: {speed: fast},
               rates: {out.text: {amount: "1", per: 1}}}
            - {id: old, models: [m], from: 2025-01-01, until: 2026-01-01,
               rates: {out.text: {amount: "1", per: 1}}}
            - {id: new, models: [m], from: 2027-01-01, when: {speed: slow},
               rates: {out.text: {amount: "1", per: 1}}}
            """)
        let other = """
            provider: other
            also_for: [test]
            currency: USD
            prices: [{id: foreign, models: ["*"], from: 2026-01-01, rates: {out.text: {amount: "1", per: 1}}}]
            """
        let book = try Books.book(own, other)
        let usage = Usage.of("m", ["out.text": 5, "out.text.reasoning": 2, "in.text.fresh": 1]) {
            $0.speed = "fast"
        }
        let told = book.explain(usage, upstream: "up", at: Instant("2026-11-20"))[0]
        #expect(told.taken?.id == "fast" && told.provider == "test" && told.model == "m")
        let verdicts = Dictionary(uniqueKeysWithValues: told.candidates.map { ($0.entry.id, $0.verdict) })
        #expect(verdicts["fast"] == .taken)
        #expect(verdicts["base"] == .fewerConditions)
        #expect(verdicts["wide"] == .lessExactName)
        #expect(verdicts["us"] == .conditionUnmet("geo"))
        #expect(verdicts["old"] == .expired(until: Instant("2026-01-01")))
        #expect(verdicts["new"] == .notYetValid(from: Instant("2027-01-01")))
        #expect(verdicts["foreign"] == .otherProvider)
        #expect(told.lines.map(\.amount?.plain) == [nil, "0.0001", "0.00004"])
        #expect(told.lines.map(\.rate?.sameAs?.rawValue) == [nil, nil, "out.text"])
    }

    @Test("a provider that sells at another's prices is priced by them, after its own")
    func alsoFor() throws {
        let own = """
            provider: vertex-like
            currency: USD
            prices: [{id: own, models: [a], from: 2026-01-01, rates: {request: {amount: 1, per: 1}}}]
            """
        let other = """
            provider: maker
            also_for: [vertex-like, third]
            currency: USD
            prices: [{id: made, models: ["*"], from: 2026-01-01, rates: {request: {amount: 2, per: 1}}}]
            """
        let book = try Books.book(own, other)
        #expect(book.cost(.of("a", ["request": 1], provider: "vertex_like")) == "1")
        #expect(book.cost(.of("b", ["request": 1], provider: "vertex_like")) == "2")
        #expect(book.cost(.of("a", ["request": 1], provider: "third")) == "2")
        #expect(book.cost(.of("a", ["request": 1], provider: "fourth")) == nil)
        #expect(book.entries(provider: "third", model: "a").map(\.id) == ["made"])
        #expect(book.entries(model: "a").map(\.id) == ["made", "own"])
    }

    @Test("the served model decides; without one the requested")
    func models() throws {
        let book = try Books.book(
            Books.provider(
                """
                - {id: a, models: [a], from: 2026-01-01, rates: {request: {amount: 1, per: 1}}}
                - {id: b, models: [b], from: 2026-01-01, rates: {request: {amount: 2, per: 1}}}
                """))
        var usage = Usage.of("a", ["request": 1])
        usage.modelRequested = "b"
        #expect(book.cost(usage) == "1")
        usage.components[0].model = nil
        #expect(book.cost(usage) == "1")
        usage.model = nil
        #expect(book.cost(usage) == "2")
        usage.components[0].model = "unknown"
        #expect(book.cost(usage) == nil)
    }
}
