// LiteLLM's list of prices (`model_prices_and_context_window_backup.json`): one JSON object of models,
// each with prices for one unit in US dollars. A model becomes one price for every tier and size of
// request that it names; where a tier says nothing of a meter, the model's own price of it holds, as
// LiteLLM itself reads the list.
public import Terms

extension PriceImport {
    public static func liteLLM(_ document: Document, _ options: ImportOptions) -> PriceImport {
        var result = PriceImport()
        guard case .map(let models) = document.content else { return result }
        for model in models where model.key != "sample_spec" {
            let label = model.value["litellm_provider"]?.text ?? ""
            let stated = label.isEmpty ? "unknown" : label
            let provider = LiteLLMModel.provider(stated)
            guard options.wants(provider), options.wants(entry: model.key) else { continue }
            result.entries += 1
            var reader = LiteLLMModel(model.key, model.value, provider: provider, options)
            result.prices += reader.prices(&result)
        }
        result.removeDuplicates()
        return result
    }
}

struct LiteLLMModel {
    let key: String
    let document: Document
    let provider: String
    let options: ImportOptions
    private var rates: [Variant: [Meter: ImportedRate]] = [:]

    /// One tier and one size of request.
    struct Variant: Hashable {
        var tier = ""
        /// Tokens of input that are exceeded.
        var over: Int64 = 0
    }

    init(_ key: String, _ document: Document, provider: String, _ options: ImportOptions) {
        self.key = key
        self.document = document
        self.provider = provider
        self.options = options
    }

    /// LiteLLM's labels of providers in the words of usage records.
    static func provider(_ label: String) -> String {
        switch label {
        case "azure_ai", "azure_text": "azure"
        case "bedrock_converse": "bedrock"
        case "cohere_chat": "cohere"
        case "together_ai": "together"
        case "fireworks_ai", "fireworks_ai-embedding-models": "fireworks"
        case "dashscope", "qwencloud", "qwen_ai_platform": "alibaba"
        case "gemini": "google"
        case "text-completion-openai": "openai"
        case _ where label.hasPrefix("vertex_ai"): "vertex"
        default: PriceFileReader.canonical(label)
        }
    }

    mutating func prices(_ result: inout PriceImport) -> [ImportedPrice] {
        readFields(&result)
        readTiers(&result)
        guard let plain = rates[Variant()], !plain.isEmpty else {
            if rates.isEmpty {
                result.note(.noPrice, provider, key, "no price is stated")
            } else {
                result.note(.notRepresentable, provider, key, "prices of tiers only, and none without")
            }
            return []
        }
        let tiers = Set(rates.keys.map(\.tier)).sorted()
        let thresholds = Set(rates.keys.map(\.over)).sorted()
        let place = place()
        var prices: [ImportedPrice] = []
        for tier in tiers {
            for (number, over) in thresholds.enumerated() {
                let variant = Variant(tier: tier, over: over)
                var price = ImportedPrice(
                    provider: provider, models: place.models, name: place.name, from: options.from)
                price.source = document["source"]?.text
                price.when = place.when + Self.tier(tier)
                price.when += size(over, thresholds.dropFirst(number + 1).first)
                price.rates = merged(variant, plain)
                if rates[variant] == nil {
                    result.note(.assumed, provider, key, "\(price.id): as without the tier")
                }
                prices.append(price)
            }
        }
        return prices
    }

    /// What is stated for the variant, else for its size, else for its tier, else for the model.
    private func merged(_ variant: Variant, _ plain: [Meter: ImportedRate]) -> [Meter: ImportedRate] {
        var found = plain
        for source in [
            Variant(tier: variant.tier), Variant(over: variant.over), variant,
        ] {
            found.merge(rates[source] ?? [:]) { _, new in new }
        }
        return found
    }

    // MARK: Reading

    private mutating func readFields(_ result: inout PriceImport) {
        guard case .map(let fields) = document.content else { return }
        let mode = document["mode"]?.text ?? ""
        let keeps = fields.lazy.compactMap { LiteLLMKey($0.key).keptHours }.first
        for field in fields where !field.value.isNull {
            if field.key == "search_context_cost_per_query" {
                searches(field.value, &result)
                continue
            }
            if field.key == "tiered_pricing" { continue }
            guard Self.isPrice(field.key) else { continue }
            let parsed = LiteLLMKey(field.key)
            guard parsed.tier != "decisions",
                let meter = parsed.meter(mode: mode, provider: provider, keeps: keeps)
            else {
                result.note(.notRepresentable, provider, key, "\(field.key): \(Self.words(field.value))")
                continue
            }
            let variant = Variant(tier: String(parsed.tier ?? ""), over: parsed.over ?? 0)
            add(field.value, field.key, meter, to: variant, &result)
        }
    }

    private mutating func add(
        _ value: Document, _ name: String, _ meter: (Meter, per: Int), to variant: Variant,
        _ result: inout PriceImport
    ) {
        guard let amount = result.amount(value, provider, key, name),
            let scaled = amount.shifted(by: meter.per)
        else { return }
        let per = (0..<meter.per).reduce(1 as Int64) { power, _ in power * 10 }
        let rate = ImportedRate(amount: scaled, per: per)
        if let other = rates[variant]?[meter.0], other != rate {
            result.note(.duplicate, provider, key, "\(name) contradicts another price of \(meter.0.rawValue)")
            return
        }
        rates[variant, default: [:]][meter.0] = rate
    }

    /// Ranges of a request's size, each with prices of its own; the end belongs to the range.
    private mutating func readTiers(_ result: inout PriceImport) {
        guard let tiers = document["tiered_pricing"], case .list(let items) = tiers.content else { return }
        for item in items {
            guard let range = item["range"], case .list(let ends) = range.content, let first = ends.first,
                let start = first.text.flatMap({ DecimalText($0)?.fixed(places: 0) }),
                let over = Int64(exactly: start), case .map(let fields) = item.content
            else {
                result.note(.notRepresentable, provider, key, "tiered_pricing without a range of tokens")
                continue
            }
            for field in fields where field.key != "range" {
                let parsed = LiteLLMKey(field.key)
                guard let meter = parsed.meter(mode: "", provider: provider, keeps: nil) else {
                    result.note(.notRepresentable, provider, key, "tiered_pricing.\(field.key)")
                    continue
                }
                let tier = String(parsed.tier ?? "")
                add(field.value, field.key, meter, to: Variant(tier: tier, over: over), &result)
            }
        }
    }

    /// One price for a search, or three by how much of the web it looks at.
    private mutating func searches(_ node: Document, _ result: inout PriceImport) {
        guard case .map(let sizes) = node.content else { return }
        let amounts = Set(sizes.compactMap { $0.value.text.flatMap { DecimalText($0) } })
        for size in sizes {
            let word = size.key.split(separator: "_").last.map(String.init) ?? ""
            var meter = "request.search_\(word)"
            if provider != "perplexity" || amounts.count == 1 {
                guard amounts.count == 1 else {
                    result.note(
                        .notRepresentable, provider, key,
                        "search_context_cost_per_query.\(size.key): \(Self.words(size.value))")
                    continue
                }
                meter = ["google", "vertex"].contains(provider) ? "grounding.query" : "web_search.request"
            }
            add(size.value, size.key, (Meter(meter), 3), to: Variant(), &result)
        }
    }

    private static func isPrice(_ key: String) -> Bool {
        key.contains("_cost") || key.contains("cost_per") || key == "off_peak_pricing"
            || key.hasSuffix("_multiplier") || key.contains("uplift") || key == "provider_specific_entry"
            || key == "search_free_requests"
    }

    static func words(_ document: Document) -> String {
        switch document.content {
        case .scalar(let text, _): text
        case .list(let items): "[\(items.map(words).joined(separator: ", "))]"
        case .map(let entries): "{\(entries.map { "\($0.key): \(words($0.value))" }.joined(separator: ", "))}"
        }
    }
}
