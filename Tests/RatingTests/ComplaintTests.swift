// What users of other gateways complained of in their price tables (complaints 8, 85 to 90), each as a test
// of its own. The rest of 85, that a bad file leaves the book in force, is shown on a running sidecar by
// `PriceReloadTests`; that 87 is refused when prices are loaded by `Errors/Ledger/prices.unit.golden`.
import Rating
import Terms
import Testing

@Suite struct ComplaintTests {
    @Test("complaint 85: one wrong line anywhere and there is no book, not one with old prices in it")
    func badLine() throws {
        let sound = Books.provider(
            "- {id: a, models: [m], from: 2026-01-01, rates: {request: {amount: 1, per: 1}}}")
        let bad = """
            provider: other
            currency: USD
            prices:
            - {id: b, models: [n], from: 2026-01-01, rates: {request: {amount: "1e-3x", per: 1}}}
            """
        #expect(Books.problems(sound).isEmpty)
        #expect(Books.problems(sound, bad).map(\.kind) == [.number])
        #expect(throws: (any Error).self) { try Books.book(sound, bad) }
    }

    @Test("complaint 86: a price of one's own that is loaded is used, and the explanation names it")
    func ownPriceIsUsed() throws {
        let book = try Books.book(
            Books.provider(
                """
                - {id: theirs, models: ["m-*"], from: 2026-01-01, rates: {out.text: {amount: 10, per: 1000000}}}
                - {id: ours, models: [m-1], from: 2026-01-01, rates: {out.text: {amount: 7, per: 1000000}}}
                """))
        let usage = Usage.of("m-1", ["out.text": 1_000_000])
        #expect(book.rate(usage, upstream: "up", at: Instant("2026-11-20")).charges.map(\.rateID) == ["ours"])
        let told = book.explain(usage, upstream: "up", at: Instant("2026-11-20"))
        #expect(told[0].taken?.id == "ours" && told[0].lines.first?.amount == Money("7"))
        #expect(told[0].candidates.map(\.verdict) == [.taken, .lessExactName])
    }

    @Test(
        "complaint 87: a price per token that was written per million, and the reverse, are found",
        arguments: [
            ("'0.0000025', per: 1000000", true), ("'2.5', per: 1", true), ("'2.5', per: 1000000", false),
        ])
    func wrongUnit(rate: String, isFound: Bool) throws {
        let book = try Books.book(
            Books.provider(
                "- {id: a, models: [m], from: 2026-01-01, rates: {in.text.fresh: {amount: \(rate)}}}"))
        let found = book.findings(today: CivilDate("2026-11-20")!).contains { $0.kind == .unit }
        #expect(found == isFound)
    }

    @Test("complaints 8 and 88: a class without a price of its own is unpriced, never free, never a fallback")
    func unsetCacheRate() throws {
        let rates = "{in.text.fresh: {amount: 3, per: 1000000}, out.text: {amount: 15, per: 1000000}}"
        let price = "- {id: a, models: [m], from: 2026-01-01, rates: \(rates)"
        let usage = Usage.of("m", ["in.text.fresh": 10, "in.text.cache_read": 990, "out.text": 5])
        let silent = try Books.book(Books.provider(price + "}"))
        let rated = silent.rate(usage, upstream: "up", at: Instant("2026-11-20"))
        #expect(rated.cost.list == nil && rated.unpriced.map(\.meter) == [.cacheRead])
        // What is declared is charged, and the line says as what.
        let declared = try Books.book(
            Books.provider(price + ", same_as: {in.text.cache_read: in.text.fresh}}"))
        #expect(declared.cost(usage) == "0.003075")
        #expect(declared.entries[0].rate(of: .cacheRead)?.sameAs == .freshInput)
    }

    @Test("complaint 89: a price that has no rate for anything that was counted leaves the record unpriced")
    func nothingOfItIsPriced() throws {
        let book = try Books.book(
            Books.provider(
                "- {id: a, models: [m], from: 2026-01-01, rates: {in.audio.seconds: {amount: 1, per: 3600}}}")
        )
        let rated = book.rate(
            .of("m", ["in.text.fresh": 100, "out.text": 5]), upstream: "up", at: Instant("2026-11-20"))
        #expect(rated.charges.isEmpty && rated.cost == Cost() && rated.unpriced.count == 2)
    }

    @Test("complaint 90: free is what a price says is free; a model that no price names is not")
    func freeOnlyWhenSaid() throws {
        let book = try Books.book(
            Books.provider(
                "- {id: a, models: [free], from: 2026-01-01, rates: {out.text: {amount: 0, per: 1}}}"))
        #expect(book.cost(.of("free", ["out.text": 5])) == "0")
        #expect(book.cost(.of("custom", ["out.text": 5])) == nil)
        func ceiling(_ model: String) -> PriceCeiling? {
            book.ceiling(
                provider: "test", model: model, tenant: "acme", book: .list, at: Instant("2026-11-20"))
        }
        #expect(ceiling("free")?.isFree == true && ceiling("custom") == nil)
    }
}
