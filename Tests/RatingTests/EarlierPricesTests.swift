// An earlier edition of a list, put before the prices of a file.
import Documents
import Rating
import Terms
import Testing

@Suite struct EarlierPricesTests {
    private let day = CivilDate("2026-11-21")!
    private static let file = """
        - id: test/a/2023-01
          models: [a, a-latest, b]
          from: 2023-01-01
          rates:
            in.text.fresh: {amount: "2", per: 1000000}
            in.text.cache_read: {amount: "0.5", per: 1000000, minimum: "100"}
            web_search.request: {amount: "10", per: 1000}
          same_as: {out.text: in.text.fresh}
          premiums: [{name: residency, when: {geo: [eu]}, multiply: "1.1"}]
        - id: test/a/2023-01/batch
          models: [a]
          from: 2023-01-01
          when: {batch: true, speed: fast}
          rates: {in.text.fresh: {amount: "1", per: 1000000}}
        """

    /// The text of a file after editions were put before its prices, oldest first, and what was told.
    private func preceded(
        _ text: String, _ editions: [(until: String, models: String)]
    ) throws -> (text: String, notes: [String]) {
        var text = Books.provider(text)
        var notes: [String] = []
        for edition in editions {
            let options = ImportOptions(from: CivilDate("2023-01-01")!, checked: day)
            let list = try Document.json(Array("{\(edition.models)}".utf8))
            let prices = PriceImport.liteLLM(list, options).byProvider["test"] ?? []
            let made = ExistingPrices(try Document.yaml(text))
                .preceded(by: prices, until: Instant(rfc3339: edition.until)!, words: "seen in edition 1")
            notes += made.notes.map { "\($0.kind.rawValue): \($0.text)" }
            text = made.added.priceFile(
                provider: "test", head: [], checked: day, source: "list", kept: made.kept)
        }
        return (text, notes)
    }

    private func model(_ name: String, _ fields: String) -> String {
        #""\#(name)": {"litellm_provider": "test", "mode": "chat", \#(fields)}"#
    }

    private func cost(
        _ text: String, _ readings: [String: Int64] = ["in.text.fresh": 1_000_000], model: String = "a",
        at time: String, _ select: (inout Selectors) -> Void = { _ in }
    ) throws -> String? {
        try Books.book(text).rate(.of(model, readings, select), upstream: "up", at: Instant(time))
            .cost.list?.plain
    }

    @Test("the edition's price holds before, the file's from then on; other models of the entry stay")
    func split() throws {
        let list = [
            model("a", #""input_cost_per_token": 4.0000000000000003e-06, "output_cost_per_token": 8e-06"#),
            model("a-latest", #""input_cost_per_token": 4e-06, "output_cost_per_token": 8e-06"#),
            model("b", #""input_cost_per_token": 2e-06"#),
        ]
        let (text, notes) = try preceded(Self.file, [("2025-03-22", list.joined(separator: ", "))])
        #expect(try cost(text, at: "2025-03-21T23:59:59Z") == "4")
        #expect(try cost(text, at: "2025-03-22") == "2")
        #expect(try cost(text, model: "a-latest", at: "2024-01-01") == "4")
        #expect(try cost(text, model: "b", at: "2024-01-01") == "2")
        // The edition prices no cached tokens: they cost what fresh ones did. Fees are a person's.
        #expect(try cost(text, ["in.text.cache_read": 1_000_000], at: "2024-01-01") == "4")
        #expect(try cost(text, ["in.text.cache_read": 1_000_000], at: "2025-04-01") == "0.5")
        #expect(try cost(text, ["web_search.request": 100], at: "2024-01-01") == "1")
        #expect(try cost(text, at: "2024-01-01") { $0.geo = "eu" } == "4.4")
        // Conditions that the edition does not have stay as they are.
        #expect(try cost(text, at: "2024-01-01") { ($0.batch, $0.speed) = (true, "fast") } == "1")
        #expect(text.contains("  note: \"seen in edition 1\"\n"))
        #expect(notes == ["added: test/a/2023-01-01 until 2025-03-22, then test/a/2025-03"])
    }

    @Test("editions one after the other make a history, and the same again changes nothing")
    func several() throws {
        let one = ("2024-05-01", model("b", #""input_cost_per_token": 9e-06"#))
        let two = ("2025-05-15T19:00:00Z", model("b", #""input_cost_per_token": 5e-06"#))
        let three = ("2025-05-20", model("b", #""input_cost_per_token": 3e-06"#))
        let (text, _) = try preceded(Self.file, [one, two, three])
        let times = [
            "2024-04-30", "2024-05-01", "2025-05-15T18:59:59Z", "2025-05-15T19:00:00Z", "2025-05-20",
        ]
        #expect(try times.map { try cost(text, model: "b", at: $0) } == ["9", "5", "5", "3", "2"])
        let all = try Books.book(text).entries.map(\.id)
        let ids = all.filter { $0.contains("/b/") && !$0.hasSuffix("residency") }
        #expect(ids == ["test/b/2023-01", "test/b/2024-05", "test/b/2025-05", "test/b/2025-05-20"])
        let own = String(text.drop { $0 != "-" })
        let (again, notes) = try preceded(own, [one, two, three])
        #expect(notes.isEmpty)
        #expect(try Books.book(again).entries.map(\.id) == all)
    }

    @Test("a model that the file does not have keeps its last known price; a tier that it lacks has ended")
    func gone() throws {
        let list = [
            model("gone", #""input_cost_per_token": 7e-06"#),
            model("b", #""input_cost_per_token": 2e-06, "input_cost_per_token_priority": 6e-06"#),
        ]
        let (text, notes) = try preceded(Self.file, [("2025-03-22", list.joined(separator: ", "))])
        #expect(try cost(text, model: "gone", at: "2026-11-01") == "7")
        #expect(try cost(text, model: "b", at: "2025-03-21") { $0.serviceTier = "priority" } == "6")
        #expect(
            try cost(text, ["web_search.request": 100], model: "b", at: "2025-03-21") {
                $0.serviceTier = "priority"
            } == "1")
        #expect(try cost(text, model: "b", at: "2025-03-22") { $0.serviceTier = "priority" } == "2")
        #expect(
            notes == [
                "added: test/gone/2023-01: last known price",
                "added: test/b/2023-01/priority: until 2025-03-22",
            ])
    }

    @Test("a dated name beside the model's in the file is the same model")
    func dated() throws {
        let own = """
            - id: test/m/2023-01
              models: [m, m-2026-07-09, m-mini]
              from: 2023-01-01
              rates: {in.text.fresh: {amount: "2", per: 1000000}}
            """
        let (text, _) = try preceded(own, [("2025-03-22", model("m", #""input_cost_per_token": 5e-06"#))])
        let costs = try ["m", "m-2026-07-09", "m-mini"].map { try cost(text, model: $0, at: "2025-01-01") }
        #expect(costs == ["5", "5", "2"])
    }

    @Test("the same amounts in other units are no change")
    func units() throws {
        let (text, notes) = try preceded(
            """
            - id: test/m/2023-01
              models: [m]
              from: 2023-01-01
              rates: {in.text.fresh: {amount: "0.002", per: 1000}}
            """,
            [("2025-03-22", model("m", #""input_cost_per_token": 2e-06"#))])
        #expect(notes.isEmpty && !text.contains("until"))
    }
}
