// OpenRouter's list of models (`/api/v1/models`): one object per model with prices for one unit in US
// dollars, as decimal strings. A price of -1 belongs to a router that decides per request.
public import Terms

extension PriceImport {
    public static func openRouter(_ document: Document, _ options: ImportOptions) -> PriceImport {
        var result = PriceImport()
        let provider = "openrouter"
        guard options.wants(provider) else { return result }
        var models: [Document] = []
        if case .list(let items) = (document["data"] ?? document).content { models = items }
        for model in models {
            let id = model["id"]?.text ?? ""
            guard options.wants(entry: id) else { continue }
            result.entries += 1
            guard case .map(let fields) = model["pricing"]?.content, !id.isEmpty else {
                result.note(.noPrice, provider, id, "no pricing is stated")
                continue
            }
            var price = ImportedPrice(provider: provider, models: [id], name: id, from: options.from)
            if let slug = model["canonical_slug"]?.text, slug != id { price.models.append(slug) }
            price.source = "https://openrouter.ai/\(id)"
            for field in fields where !field.value.isNull {
                guard let unit = openRouterUnits[field.key] else {
                    let words = LiteLLMModel.words(field.value)
                    if words != "0" {
                        result.note(.notRepresentable, provider, id, "\(field.key): \(words)")
                    }
                    continue
                }
                guard let amount = result.amount(field.value, provider, id, field.key),
                    let scaled = amount.shifted(by: unit.power)
                else { continue }
                let isToken = unit.power == 6
                // Zero is free for tokens; for what hardly any model charges it means "not charged for".
                if scaled.digits == 0, !isToken || field.key == "internal_reasoning" { continue }
                let per = (0..<unit.power).reduce(1 as Int64) { power, _ in power * 10 }
                price.rates[Meter(unit.meter)] = ImportedRate(amount: scaled, per: per)
            }
            if price.rates.isEmpty {
                result.note(.noPrice, provider, id, "it decides per request what it costs")
            } else {
                result.prices.append(price)
            }
        }
        result.removeDuplicates()
        return result
    }

    private static let openRouterUnits: [String: (meter: String, power: Int)] = [
        "prompt": ("in.text.fresh", 6), "completion": ("out.text", 6),
        "internal_reasoning": ("out.text.reasoning", 6), "input_cache_read": ("in.text.cache_read", 6),
        "input_cache_write": ("in.text.cache_write", 6), "audio": ("in.audio.fresh", 6),
        "input_audio_cache": ("in.audio.cache_read", 6), "request": ("request", 3),
        "web_search": ("web_search.request", 3),
    ]
}
