// A list imported over a price file: what a person wrote into the file outlives it.
import Documents
import Rating
import Terms
import Testing

@Suite struct ExistingPricesTests {
    private let day = CivilDate("2026-11-21")!

    /// The file that an import of one model writes over another file, read as a book, and what it tells.
    private func renewed(
        _ existing: String, _ list: String = #""input_cost_per_token": 2e-06"#, from: String = "2026-01-01"
    ) throws -> (book: PriceBook, notes: [String]) {
        let json = #"{"m": {"litellm_provider": "test", "mode": "chat", \#(list)}}"#
        let options = ImportOptions(from: CivilDate(from)!, checked: day)
        let imported = PriceImport.liteLLM(try .json(Array(json.utf8)), options)
        var prices = imported.byProvider["test"] ?? []
        let file = ExistingPrices(try Document.yaml(Books.provider(existing)))
        let (kept, notes) = file.complete(&prices)
        let text = prices.priceFile(
            provider: "test", head: [], checked: day, source: "list", alsoFor: file.alsoFor, kept: kept)
        return (try Books.book(text), notes.map { "\($0.kind.rawValue): \($0.text)" })
    }

    private func cost(
        _ book: PriceBook, _ readings: [String: Int64], model: String = "m", at time: String = "2026-11-20",
        _ select: (inout Selectors) -> Void = { _ in }
    ) -> String? {
        book.rate(.of(model, readings, select), upstream: "up", at: Instant(time)).cost.list?.plain
    }

    @Test("premiums, fees, minimums and factors stay; the list's own amounts are taken")
    func additions() throws {
        let (book, notes) = try renewed(
            """
            - id: test/m/2026-01
              models: [m]
              from: 2026-01-01
              multiply: "1/2"
              note: "words: of a person"
              rates:
                in.text.fresh: {amount: "3", per: 1000000, minimum: "100"}
                web_search.request: {amount: "10", per: 1000, multiply: "1"}
              same_as: {in.audio.fresh: in.text.fresh}
              premiums: [{name: residency, when: {geo: [eu, us]}, multiply: "1.1"}]
            """)
        #expect(cost(book, ["in.text.fresh": 1_000_000]) == "1")
        #expect(cost(book, ["in.text.fresh": 1]) == "0.0001")
        #expect(
            cost(book, ["in.text.fresh": 1_000_000, "web_search.request": 1]) { $0.geo = "eu" } == "1.11")
        #expect(cost(book, ["in.audio.fresh": 1_000_000]) == "1")
        #expect(
            notes == [
                "changed: test/m/2026-01: in.text.fresh was 3 per 1000000",
                "kept: test/m/2026-01: `minimum` of in.text.fresh",
                "kept: test/m/2026-01: web_search.request, for which the list has no price",
                "kept: test/m/2026-01: `multiply`", "kept: test/m/2026-01: `note`",
                "kept: test/m/2026-01: `premiums`",
            ])
    }

    @Test("a history stays, and what the list says begins where it ends", arguments: [true, false])
    func history(isContinued: Bool) throws {
        let (book, _) = try renewed(
            """
            - id: test/m/2026-01
              models: [m]
              from: 2026-01-01
              until: 2026-05-15T19:00:00Z
              rates: {in.text.fresh: {amount: "1", per: 1000000}}
            \(isContinued
                ? "- {id: test/m/2026-05, models: [m], from: 2026-05-15T19:00:00Z, "
                    + "rates: {in.text.fresh: {amount: '3', per: 1000000}}}" : "")
            """)
        let usage = ["in.text.fresh": Int64(1_000_000)]
        #expect(cost(book, usage, at: "2026-05-15T18:59:59Z") == "1")
        #expect(cost(book, usage, at: "2026-05-15T19:00:00Z") == "2")
        #expect(book.entries.map(\.id) == ["test/m/2026-01", "test/m/2026-05"])
    }

    @Test("prices of models that the list has dropped still price the past")
    func dropped() throws {
        let (book, notes) = try renewed(
            """
            - id: test/gone/2025-01
              models: [gone, "gone-*"]
              from: 2025-01-01
              when:
                service_tier: [flex, "1"]
                input_over: 1000
                window: {days: mon-fri, from: "09:00", to: "17:00"}
              rates: {in.text.fresh: {amount: "5", per: 1000000}}
            """)
        #expect(notes == ["kept: test/gone/2025-01 is not in the list"])
        let usage = ["in.text.fresh": Int64(1_000_000)]
        #expect(
            cost(book, usage, model: "gone-2", at: "2026-11-20T10:00:00Z") { $0.serviceTier = "flex" } == "5")
        #expect(
            cost(book, usage, model: "gone-2", at: "2026-11-20T08:00:00Z") { $0.serviceTier = "flex" } == nil)
        #expect(cost(book, usage) == "2")
    }

    @Test("the same again tells nothing and changes nothing")
    func again() throws {
        let own = """
            - id: test/m/2026-01
              models: [m]
              from: 2026-01-01
              rates: {in.text.fresh: {amount: "0.002", per: 1000}}
            """
        let (book, notes) = try renewed(own)
        #expect(notes.isEmpty && cost(book, ["in.text.fresh": 1_000_000]) == "2")
    }
}
