// Other projects' price lists: exact units, repaired decimals, and a note for all that is lost.
import Documents
import Rating
import Terms
import Testing

@Suite struct ImportTests {
    private let options = ImportOptions(from: CivilDate("2025-01-01")!, checked: CivilDate("2026-11-21")!)

    /// The file of one provider, read back as a book.
    private func book(_ imported: PriceImport, _ provider: String) throws -> PriceBook {
        let text = (imported.byProvider[provider] ?? []).priceFile(
            provider: provider, head: ["x"], checked: options.checked, source: "https://example.com")
        return try Books.book(text)
    }

    private func liteLLM(_ json: String) throws -> PriceImport {
        .liteLLM(try .json(Array(json.utf8)), options)
    }

    private func words(_ imported: PriceImport, _ kind: ImportNote.Kind) -> [String] {
        imported.notes.filter { $0.kind == kind }.map(\.text)
    }

    @Test(
        "a decimal that went through binary floating point is what was meant",
        arguments: [
            ("2.9999900000000002e-06", "0.00000299999"), ("4.0000000000000003e-07", "0.0000004"),
            ("9.499999999999999e-07", "0.00000095"), ("1.5000020000000002e-05", "0.00001500002"),
        ])
    func repair(stated: String, meant: String) {
        #expect(DecimalText(stated)?.repaired?.plain == meant)
    }

    @Test(
        "a decimal that is only long stays",
        arguments: ["2.384185791015625e-08", "1.59263611e-07", "1.25e-06", "0.3333333333333333"])
    func unrepaired(stated: String) { #expect(DecimalText(stated)?.repaired == nil) }

    @Test("no amount has forty decimals, and a provider without a name is unknown")
    func absurd() throws {
        let imported = try liteLLM(
            #"{"m": {"litellm_provider": "", "mode": "chat", "input_cost_per_token": 1e-80000, "#
                + #""output_cost_per_token": 1e-6}}"#)
        #expect(imported.prices.map(\.provider) == ["unknown"])
        #expect(imported.prices[0].rates.keys.map(\.rawValue) == ["out.text"])
        #expect(words(imported, .notRepresentable) == ["input_cost_per_token: 1e-80000"])
    }

    @Test("a name that no file can hold as it is comes back as it was")
    func oddNames() throws {
        let imported = try liteLLM(
            #"""
            {"xai/grok\u0007\u0085\ufeff\uffff\ud83d\ude00\"\\": {"litellm_provider": "xai",
              "mode": "chat", "input_cost_per_token": 3e-06, "output_cost_per_token": 1.5e-05}}
            """#)
        let name = "grok\u{7}\u{85}\u{feff}\u{ffff}\u{1f600}\"\\"
        let book = try book(imported, "xai")
        #expect(book.cost(.of(name, ["in.text.fresh": 1000], provider: "xai")) == "0.003")
    }

    @Test("LiteLLM: tiers, sizes, caches and searches")
    func variants() throws {
        let imported = try liteLLM(
            """
            {"sample_spec": {"input_cost_per_token": 1},
             "xai/grok-9": {"litellm_provider": "xai", "mode": "chat", "input_cost_per_token": 3e-06,
              "output_cost_per_token": 1.5e-05, "cache_read_input_token_cost": 7.5000000000000002e-07,
              "input_cost_per_token_above_200k_tokens": 6e-06, "input_cost_per_token_batches": 1.5e-06,
              "search_context_cost_per_query": {"search_context_size_low": 0.005,
               "search_context_size_high": 0.005}, "input_cost_per_pixel": 1e-07}}
            """)
        let book = try book(imported, "xai")
        func cost(_ meters: [String: Int64], batch: Bool = false) -> String? {
            book.cost(.of("grok-9", meters, provider: "xai") { $0.batch = batch })
        }
        #expect(cost(["in.text.fresh": 1000, "out.text.reasoning": 10]) == "0.00315")
        #expect(cost(["in.text.fresh": 199_999]) == "0.599997")
        #expect(cost(["in.text.fresh": 200_000]) == "1.2")
        #expect(cost(["in.text.cache_read": 1000, "web_search.request": 2]) == "0.01075")
        #expect(cost(["in.text.fresh": 1000], batch: true) == "0.0015")
        #expect(
            words(imported, .repaired) == [
                "cache_read_input_token_cost: 7.5000000000000002e-07 is 0.00000075"
            ])
        #expect(words(imported, .notRepresentable) == ["input_cost_per_pixel: 1e-07"])
        #expect(words(imported, .assumed) == ["xai/grok-9/2025-01/batch+over-200k: as without the tier"])
    }

    @Test("LiteLLM: ranges of sizes, regions, and how long a cache is kept")
    func places() throws {
        let imported = try liteLLM(
            """
            {"dashscope/q": {"litellm_provider": "dashscope", "tiered_pricing": [
               {"range": [0, 256000.0], "input_cost_per_token": 5e-08, "output_cost_per_token": 4e-07},
               {"range": [256000.0, 1e6], "input_cost_per_token": 2.5e-07, "output_cost_per_token": 2e-06}]},
             "a.claude": {"litellm_provider": "bedrock_converse", "input_cost_per_token": 3e-06,
               "output_cost_per_token": 1.5e-05, "cache_creation_input_token_cost": 3.75e-06,
               "cache_creation_input_token_cost_above_1hr": 6e-06},
             "bedrock/us-gov-west-1/a.claude": {"litellm_provider": "bedrock",
               "input_cost_per_token": 3.6e-06, "output_cost_per_token": 1.8e-05},
             "bedrock/us-gov-east-1/a.claude": {"litellm_provider": "bedrock",
               "input_cost_per_token": 3.6e-06, "output_cost_per_token": 1.8e-05}}
            """)
        let alibaba = try book(imported, "alibaba")
        func size(_ tokens: Int64) -> String? {
            alibaba.cost(.of("q", ["in.text.fresh": tokens], provider: "alibaba"))
        }
        #expect(size(256_000) == "0.0128" && size(256_001) == "0.06400025")
        let bedrock = try book(imported, "bedrock")
        #expect(
            bedrock.entries.map(\.id) == [
                "bedrock/a.claude/2025-01", "bedrock/a.claude/2025-01/us-gov-west-1",
            ])
        func cost(_ region: String?) -> String? {
            bedrock.cost(
                .of(
                    "a.claude",
                    ["in.text.fresh": 1000, "in.text.cache_write.5m": 1000, "in.text.cache_write.1h": 1000],
                    provider: "bedrock"
                ) { $0.region = region })
        }
        #expect(cost(nil) == "0.01275" && cost("us-gov-east-1") == "0.01335")
    }

    @Test("genai-prices: clauses, dates, hours, sizes and variants")
    func genAIPrices() throws {
        let json = """
            [{"id": "x-ai", "name": "X", "pricing_urls": ["https://x.ai"], "models": [
              {"id": "m", "match": {"or": [{"equals": "m"}, {"starts_with": "m-2"}, {"regex": "^z"}]},
               "prices": [{"prices": {"input_mtok": 2, "output_mtok": 8}},
                {"constraint": {"start_date": "2025-06-01"},
                 "prices": {"input_mtok": {"base": 1, "tiers": [{"start": 199999, "price": 3}]},
                  "output_mtok": 4, "audio_hours": 0.111, "mystery_kcount": 1}}],
               "price_variants": [{"when": {"processing": "batch"}, "prices": {"input_mtok": 0.5}}]},
              {"id": "free", "match": {"equals": "free"}, "prices": {}}]}]
            """
        let imported = PriceImport.genAIPrices(try .json(Array(json.utf8)), options)
        let book = try book(imported, "xai")
        func cost(_ meters: [String: Int64], at: String = "2026-01-01", batch: Bool = false) -> String? {
            book.cost(.of("m-27", meters, provider: "xai") { $0.batch = batch }, at: at)
        }
        #expect(cost(["in.text.fresh": 1_000_000], at: "2025-05-31") == "2")
        #expect(cost(["in.text.fresh": 100_000]) == "0.1" && cost(["in.text.fresh": 200_000]) == "0.6")
        #expect(cost(["in.audio.seconds": 3600]) == "0.111")
        #expect(cost(["in.text.fresh": 1_000_000], batch: true) == "0.5")
        #expect(words(imported, .notRepresentable) == ["match {regex: ^z}", "mystery_kcount: 1"])
        #expect(words(imported, .noPrice) == ["no price is stated"])
    }

    @Test("OpenRouter: one unit each, and routers without a price")
    func openRouter() throws {
        let json = """
            {"data": [{"id": "openai/gpt-9", "canonical_slug": "openai/gpt-9-2026", "pricing":
              {"prompt": "0.00000125", "completion": "0.00001", "request": "0", "web_search": "0.01",
               "image": "0.001", "discount": 0}},
             {"id": "openrouter/auto", "pricing": {"prompt": "-1", "completion": "-1"}}]}
            """
        let imported = PriceImport.openRouter(try .json(Array(json.utf8)), options)
        let book = try book(imported, "openrouter")
        let usage = Usage.of(
            "openai/gpt-9-2026", ["in.text.fresh": 8, "out.text": 3, "web_search.request": 1],
            provider: "openrouter")
        #expect(book.cost(usage) == "0.01004")
        #expect(words(imported, .notRepresentable) == ["image: 0.001", "prompt: -1", "completion: -1"])
        #expect(words(imported, .noPrice) == ["it decides per request what it costs"])
    }

    @Test("a book's differences name the amounts")
    func differences() throws {
        func file(_ rates: String, _ id: String = "a") -> String {
            Books.provider("- {id: \(id), models: [m], from: 2026-01-01, rates: {\(rates)}}")
        }
        let old = try Books.book(file("request: {amount: '1', per: 1000}"))
        #expect(old.differences(to: old).isEmpty)
        let same = try Books.book(file("request: {amount: '0.001', per: 1}"))
        #expect(old.differences(to: same).isEmpty)
        let new = try Books.book(
            file("request: {amount: '2', per: 1000, minimum: '3'}, out.text: {amount: 1, per: 1}"))
        #expect(
            old.differences(to: new).map { "\($0.what) \($0.old ?? "-") \($0.new ?? "-")" }
                == ["out.text - 1/1", "request 1/1000 2/1000 at least 3"])
        let other = try Books.book(file("request: {amount: '1', per: 1000}", "b"))
        #expect(old.differences(to: other).map(\.kind) == [.removed, .added])
    }
}
