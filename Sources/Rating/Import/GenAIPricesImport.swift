// The list of genai-prices (`prices/data.json`): providers with models; a model has clauses that say which
// names it answers to, prices by unit, and perhaps prices from a day on, for hours of the day, above
// sizes of the request, or for a variant such as a batch. Of several prices that hold, the last holds.
public import Terms

extension PriceImport {
    public static func genAIPrices(_ document: Document, _ options: ImportOptions) -> PriceImport {
        var result = PriceImport()
        guard case .list(let providers) = document.content else { return result }
        for node in providers {
            let id = node["id"]?.text ?? ""
            let provider = GenAIPricesModel.provider(id)
            guard options.wants(provider), case .list(let models) = node["models"]?.content else { continue }
            var source: String?
            if case .list(let urls) = node["pricing_urls"]?.content { source = urls.first?.text }
            for model in models where options.wants(entry: model["id"]?.text ?? "") {
                result.entries += 1
                let reader = GenAIPricesModel(model, provider: provider, source: source, options)
                result.prices += reader.prices(&result)
            }
        }
        result.removeDuplicates()
        return result
    }
}

struct GenAIPricesModel {
    private let document: Document
    private let provider: String
    private let source: String?
    private let options: ImportOptions
    private let id: String

    init(_ document: Document, provider: String, source: String?, _ options: ImportOptions) {
        self.document = document
        self.provider = provider
        self.source = source
        self.options = options
        id = document["id"]?.text ?? ""
    }

    /// Providers' ids in the words of usage records.
    static func provider(_ id: String) -> String {
        switch id {
        case "": "unknown"
        case "aws": "bedrock"
        case "x-ai": "xai"
        case "moonshotai": "moonshot"
        case "voyageai": "voyage"
        default: PriceFileReader.canonical(id)
        }
    }

    func prices(_ result: inout PriceImport) -> [ImportedPrice] {
        let names = document["match"].map { patterns($0, &result) } ?? [id]
        guard !names.isEmpty, let node = document["prices"] else { return [] }
        var prices: [ImportedPrice] = []
        if case .list(let dated) = node.content {
            prices = series(dated, names, &result)
        } else {
            prices = sized(node, template(names), &result)
        }
        if prices.isEmpty { result.note(.noPrice, provider, id, "no price is stated") }
        if let variants = document["price_variants"], case .list(let items) = variants.content {
            for item in items { prices += variant(item, names, base: prices, &result) }
        }
        return prices
    }

    private func template(_ names: [String]) -> ImportedPrice {
        var price = ImportedPrice(provider: provider, models: names, name: id, from: options.from)
        price.source = source
        return price
    }

    // MARK: Names

    private func patterns(_ clause: Document, _ result: inout PriceImport) -> [String] {
        guard case .map(let entries) = clause.content, entries.count == 1, let entry = entries.first else {
            result.note(.notRepresentable, provider, id, "match \(LiteLLMModel.words(clause))")
            return []
        }
        if let text = entry.value.text, !text.contains("*") {
            switch entry.key {
            case "equals": return [text]
            case "starts_with": return [text + "*"]
            case "ends_with": return ["*" + text]
            case "contains": return within(text, &result)
            default: break
            }
        }
        if entry.key == "or", case .list(let clauses) = entry.value.content {
            var found: [String] = []
            for clause in clauses {
                for name in patterns(clause, &result) where !found.contains(name) { found.append(name) }
            }
            return found
        }
        // Both a beginning and something within make one pattern; other pairs have no order.
        if entry.key == "and", case .list(let clauses) = entry.value.content, clauses.count == 2,
            let start = clauses.lazy.compactMap({ $0["starts_with"]?.text }).first,
            let rest = clauses.lazy.compactMap({ $0["contains"]?.text }).first
        {
            return ["\(start)*\(rest)*"]
        }
        result.note(.notRepresentable, provider, id, "match \(LiteLLMModel.words(clause))")
        return []
    }

    /// A name that contains something could contain a second model's name too; a list that takes its first
    /// match need not care, a book must. The places where the text does stand are few: the beginning, and
    /// on Bedrock behind a region.
    private func within(_ text: String, _ result: inout PriceImport) -> [String] {
        result.note(.assumed, provider, id, "names that contain \(text) begin with it")
        guard provider == "bedrock" else { return [text + "*"] }
        return ["", "us.", "eu.", "apac.", "global.", "jp.", "au.", "us-gov."].map { "\($0)\(text)*" }
    }

    // MARK: Prices

    /// Prices in the order in which later ones win: dated ones follow each other, hours of the day go
    /// beside the one they interrupt.
    private func series(
        _ items: [Document], _ names: [String], _ result: inout PriceImport
    ) -> [ImportedPrice] {
        var prices: [ImportedPrice] = []
        var current: [ImportedPrice] = []
        for item in items {
            guard let rates = item["prices"] else { continue }
            let constraint = item["constraint"]
            var price = template(names)
            if let text = constraint?["start_date"]?.text, let day = CivilDate(text) {
                price.from = day
                for index in current.indices { current[index].until = day }
                prices += current
                current = sized(rates, price, &result)
            } else if let window = constraint.flatMap(window) {
                price.when = [window]
                current += sized(rates, price, &result)
            } else if constraint == nil {
                prices += current.filter { $0.from < options.from }
                current = sized(rates, price, &result)
            } else {
                result.note(
                    .notRepresentable, provider, id, "constraint \(constraint.map(LiteLLMModel.words) ?? "")")
            }
        }
        return (prices + current).filter { price in price.until.map { price.from < $0 } ?? true }
    }

    private func window(_ constraint: Document) -> ImportedPrice.Condition? {
        guard let start = constraint["start_time"]?.text?.prefix(5),
            let end = constraint["end_time"]?.text?.prefix(5), start.count == 5, end.count == 5
        else { return nil }
        let to = end == "00:00" ? "24:00" : end
        return ImportedPrice.Condition(
            key: "window", value: "{from: \"\(start)\", to: \"\(to)\", timezone: UTC}", word: "hours")
    }

    private func variant(
        _ node: Document, _ names: [String], base: [ImportedPrice], _ result: inout PriceImport
    ) -> [ImportedPrice] {
        guard let when = node["when"], case .map(let words) = when.content, let rates = node["prices"] else {
            return []
        }
        var price = template(names)
        if let constraint = node["constraint"] {
            guard let day = constraint["start_date"]?.text.flatMap({ CivilDate($0) }) else {
                result.note(.notRepresentable, provider, id, "variant with \(LiteLLMModel.words(constraint))")
                return []
            }
            price.from = day
        }
        for word in words {
            switch (word.key, word.value.text) {
            case ("processing", "batch"):
                price.when.append(.init(key: "batch", value: "true", word: "batch"))
            case ("service_tier", "default"):
                return []  // the price without a variant
            case ("service_tier", let tier?): price.when.append(.init(key: word.key, value: tier, word: tier))
            case ("speed", let speed?): price.when.append(.init(key: word.key, value: speed, word: speed))
            default:
                result.note(.notRepresentable, provider, id, "variant \(LiteLLMModel.words(when))")
                return []
            }
        }
        // A variant is a whole price: what it does not name is priced as without it.
        return sized(rates, price, &result, inheriting: base)
    }

    /// One price per size of request: each from its threshold, exclusive, to the next.
    private func sized(
        _ node: Document, _ template: ImportedPrice, _ result: inout PriceImport,
        inheriting base: [ImportedPrice] = []
    ) -> [ImportedPrice] {
        guard case .map(let fields) = node.content else { return [] }
        var steps: [Meter: [(over: Int64, rate: ImportedRate)]] = [:]
        for field in fields where !field.value.isNull {
            guard let unit = GenAIPricesUnit.units[field.key] else {
                result.note(
                    .notRepresentable, provider, id, "\(field.key): \(LiteLLMModel.words(field.value))")
                continue
            }
            let meter = unit.meter(fields.contains { $0.key == "cache_write_1h_mtok" })
            for (over, value) in Self.tiers(field.value) {
                guard let amount = result.amount(value, provider, id, field.key) else { continue }
                steps[meter, default: []].append((over, ImportedRate(amount: amount, per: unit.per)))
            }
        }
        // Beside a base with sizes, a variant needs the same ones: else neither would win.
        let others = base.compactMap { $0.when.first { $0.key == "input_over" }.flatMap { Int64($0.value) } }
        let starts = Set(steps.values.flatMap { $0.map(\.over) } + others + [0]).sorted()
        guard !steps.isEmpty else { return [] }
        return starts.enumerated().map { number, over in
            var price = template
            let size = GenAIPricesUnit.size(over, starts.dropFirst(number + 1).first)
            price.when += size
            for (meter, values) in steps {
                price.rates[meter] = values.last { $0.over <= over }?.rate
            }
            let inherited = base.first { $0.when == size }?.rates ?? base.first?.rates ?? [:]
            for (meter, rate) in inherited where !meter.isInputTokens && !meter.isOutputTokens {
                if price.rates[meter] == nil { price.rates[meter] = rate }
            }
            return price
        }
    }

    /// A number, or a base with prices above so many tokens of input, ascending.
    private static func tiers(_ node: Document) -> [(over: Int64, value: Document)] {
        guard let base = node["base"], case .list(let tiers) = node["tiers"]?.content else {
            return [(0, node)]
        }
        let steps = tiers.compactMap { tier -> (over: Int64, value: Document)? in
            guard let price = tier["price"],
                let start = tier["start"]?.text.flatMap({ DecimalText($0)?.fixed(places: 0) })
            else { return nil }
            return (Int64(clamping: start), price)
        }
        return [(0, base)] + steps.sorted { $0.over < $1.over }
    }
}

/// What a price of genai-prices counts.
struct GenAIPricesUnit {
    let name: String
    let per: Int64

    func meter(_ keepsForAnHour: Bool) -> Meter {
        Meter(name == "in.text.cache_write" && keepsForAnHour ? "in.text.cache_write.5m" : name)
    }

    static func size(_ over: Int64, _ next: Int64?) -> [ImportedPrice.Condition] {
        guard over > 0 else { return [] }
        let above = ImportedPrice.Condition(key: "input_over", value: "\(over)", word: "over-\(over)")
        return [above]
            + (next.map { [ImportedPrice.Condition(key: "input_to", value: "\($0)", word: "")] } ?? [])
    }

    private static let million: Int64 = 1_000_000

    static let units: [String: GenAIPricesUnit] = [
        "input_mtok": .init(name: "in.text.fresh", per: million),
        "output_mtok": .init(name: "out.text", per: million),
        "cache_read_mtok": .init(name: "in.text.cache_read", per: million),
        "cache_write_mtok": .init(name: "in.text.cache_write", per: million),
        "cache_write_5m_mtok": .init(name: "in.text.cache_write.5m", per: million),
        "cache_write_1h_mtok": .init(name: "in.text.cache_write.1h", per: million),
        "output_reasoning_mtok": .init(name: "out.text.reasoning", per: million),
        "output_citation_mtok": .init(name: "in.citation", per: million),
        "input_audio_mtok": .init(name: "in.audio.fresh", per: million),
        "output_audio_mtok": .init(name: "out.audio", per: million),
        "cache_audio_read_mtok": .init(name: "in.audio.cache_read", per: million),
        "input_image_mtok": .init(name: "in.image.fresh", per: million),
        "output_image_mtok": .init(name: "out.image", per: million),
        "cache_image_read_mtok": .init(name: "in.image.cache_read", per: million),
        "input_video_mtok": .init(name: "in.video.fresh", per: million),
        "output_video_mtok": .init(name: "out.video", per: million),
        "audio_hours": .init(name: "in.audio.seconds", per: 3600),
        "input_audio_hours": .init(name: "in.audio.seconds", per: 3600),
        "output_audio_hours": .init(name: "out.audio.seconds", per: 3600),
        "input_mchars": .init(name: "chars.in", per: million),
        "output_mchars": .init(name: "chars.out", per: million),
        "requests_kcount": .init(name: "request", per: 1000),
        "input_text_messages_kcount": .init(name: "text.messages", per: 1000),
        "web_searches_kcount": .init(name: "web_search.request", per: 1000),
        "storage_searches_kcount": .init(name: "file_search.call", per: 1000),
        "rerank_searches_kcount": .init(name: "rerank.search_unit", per: 1000),
        "input_document_kpages": .init(name: "ocr.page", per: 1000),
        "input_annotated_document_kpages": .init(name: "ocr.annotated_page", per: 1000),
    ]
}
