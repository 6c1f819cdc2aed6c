// Ceilings: what a unit of a model can cost at most, whatever conditions it will be served under.
import Rating
import Terms
import Testing

@Suite struct CeilingTests {
    private static let entries = """
        - id: base
          models: [m]
          from: 2026-01-01
          rates:
            in.text.fresh: {amount: "1", per: 1000000}
            in.text.cache_read: {amount: "0.1", per: 1000000}
            in.text.cache_write.1h: {amount: "2", per: 1000000}
            out.text: {amount: "10", per: 1000000}
        - id: long
          models: [m]
          from: 2026-01-01
          when: {input_over: 200000}
          rates:
            in.text.fresh: {amount: "3", per: 1000000}
            out.text: {amount: "20", per: 1000000}
        - id: old
          models: [m]
          from: 2025-01-01
          until: 2026-01-01
          rates:
            out.text: {amount: "99", per: 1000000}
        - id: any
          models: ["*"]
          from: 2026-01-01
          rates:
            out.text: {amount: "1000", per: 1000000}
        - id: free
          models: [gift]
          from: 2026-01-01
          rates:
            in.text.fresh: {amount: "0", per: 1000000}
            out.text: {amount: "0", per: 1000000}

        """

    private func ceiling(_ model: String, _ book: PriceBook, _ kind: Book = .list) -> PriceCeiling? {
        book.ceiling(provider: "test", model: model, tenant: "acme", book: kind, at: Instant("2026-11-20"))
    }

    @Test("complaint 53: a hold uses the dearest tier, context size and cache lifetime that may apply")
    func dearest() throws {
        let book = try Books.book(Books.provider(Self.entries))
        let found = try #require(ceiling("m", book))
        #expect(found.input.plain == "3" && found.output.plain == "20" && found.call == .zero)
        #expect(found.cost(input: 100, output: 50, calls: 1).plain == "0.0013")
        #expect(!found.isFree)
    }

    @Test("what only tools cost is held only by calls that may use tools")
    func tools() throws {
        let entry = """
            - id: t
              models: [m]
              from: 2026-01-01
              rates:
                out.text: {amount: "10", per: 1000000}
                request: {amount: "0.001", per: 1}
                code.session: {amount: "0.03", per: 1}
                web_search.request: {amount: "10", per: 1000}

            """
        let found = try #require(ceiling("m", try Books.book(Books.provider(entry))))
        #expect(found.call.plain == "0.001" && found.tool.plain == "0.03")
        #expect(found.cost(input: 0, output: 100, calls: 1).plain == "0.002")
        #expect(found.cost(input: 0, output: 100, calls: 2, tools: 100).plain == "3.003")
    }

    @Test("no usage of a model costs more than its ceiling says")
    func sound() throws {
        let book = try Books.book(Books.provider(Self.entries))
        let found = try #require(ceiling("m", book))
        let meters = ["in.text.fresh", "in.text.cache_read", "in.text.cache_write.1h"]
        for meter in meters {
            for (input, output) in [(1, 1), (199_999, 7), (300_000, 5000)] as [(Int64, Int64)] {
                let usage = Usage.of("m", [meter: input, "out.text": output])
                guard let cost = book.cost(usage).flatMap({ Money($0) }) else { continue }
                #expect(cost <= found.cost(input: input, output: output, calls: 1))
            }
        }
    }

    @Test("a less exact name counts only where no exact one has a price without conditions; free is free")
    func names() throws {
        let book = try Books.book(Books.provider(Self.entries))
        #expect(ceiling("other", book)?.output.plain == "1000")
        #expect(ceiling("gift", book)?.isFree == true)
        #expect(
            book.ceiling(
                provider: "nobody", model: "m", tenant: "", book: .list, at: Instant("2026-11-20")) == nil)
        let highest = book.highestCeiling(
            provider: "test", tenant: "", book: .list, at: Instant("2026-11-20"))
        #expect(highest?.output.plain == "1000" && highest?.input.plain == "3")
    }

    @Test("a fraction of a pico is rounded up: a ceiling is never below the cost")
    func rounding() {
        let ceiling = PriceCeiling(
            currency: .usd, input: Money(picos: 1), output: .zero, call: .zero)
        #expect(ceiling.cost(input: 1, output: 0, calls: 1) == Money(picos: 1))
        #expect(ceiling.cost(input: 1_000_000, output: 0, calls: 1) == Money(picos: 1))
        #expect(ceiling.cost(input: 1_000_001, output: 0, calls: 1) == Money(picos: 2))
    }
}
