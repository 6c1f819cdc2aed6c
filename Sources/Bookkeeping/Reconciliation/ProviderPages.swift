// The JSON that OpenAI, Anthropic and OpenRouter answer with: pages of buckets of results, or rows of days.
// Shapes: openai-python `types/admin/organization`, platform.claude.com usage and cost API, openrouter.ai
// activity. A page, a list of pages and a bare list of buckets are all taken.
public import Terms

extension ProviderLines {
    /// Reads a document of this kind. What cannot be read is told in ``problems``; the rest is taken.
    public mutating func read(_ document: Document) {
        for bucket in Self.buckets(document) {
            switch kind {
            case .openRouterActivity: openRouter(bucket)
            case .openAIUsage, .openAICosts: openAI(bucket)
            case .anthropicUsage, .anthropicCosts: anthropic(bucket)
            case .awsCUR, .gcpBilling, .focus: problem("line \(bucket.line): this kind is a CSV file")
            }
        }
    }

    private static func buckets(_ document: Document) -> [Document] {
        if let data = document["data"] { return data.items }
        return document.items.flatMap { $0["data"]?.items ?? [$0] }
    }

    private mutating func openAI(_ bucket: Document) {
        guard let start = bucket["start_time"]?.text.flatMap({ Int64($0) }),
            (0...4_102_444_800).contains(start)
        else { return problem("line \(bucket.line): a bucket without start_time") }
        let day = Instant(microseconds: start * 1_000_000).date
        cover("openai", day)
        for result in bucket["results"]?.items ?? [] {
            var key = ProviderLine.Key(provider: "openai", day: day)
            if kind == .openAICosts { openAICost(result, &key) } else { openAIUsage(result, &key) }
        }
    }

    /// `line_item` is such as `gpt-5.4-2026-03-05, cached input`, or absent where nothing is grouped by.
    private mutating func openAICost(_ result: Document, _ key: inout ProviderLine.Key) {
        guard let amount = ProviderAmount(result["amount"]?["value"]?.text) else {
            return problem("line \(result.line): no amount")
        }
        key.currency = Currency((result["amount"]?["currency"]?.text ?? "usd").uppercased())
        if let item = result["line_item"]?.text, let comma = item.lastIndex(of: ",") {
            key.model = String(item[..<comma])
            let words = item[item.index(after: comma)...].trimmedSpaces
            key.group =
                ["input": .freshInput, "cached input": .cacheRead, "output": .output][words] ?? .other
        } else {
            key.model = result["line_item"]?.text ?? ""
        }
        add(key, amount: amount)
    }

    /// `input_tokens` includes what a cache served and what was written to it.
    private mutating func openAIUsage(_ result: Document, _ key: inout ProviderLine.Key) {
        key.model = result["model"]?.text ?? ""
        key.key = result["api_key_id"]?.text ?? ""
        guard let input = result.count("input_tokens"), let output = result.count("output_tokens") else {
            return problem("line \(result.line): no input_tokens and output_tokens")
        }
        let cached = result.count("input_cached_tokens") ?? 0
        let written = result.count("input_cache_write_tokens") ?? 0
        let fresh = input - cached - written
        guard fresh >= 0 else { return problem("line \(result.line): more cached tokens than input") }
        add(
            key,
            [
                (.freshInput, fresh), (.cacheRead, cached), (.cacheWrite, written), (.output, output),
                (.requests, result.count("num_model_requests")),
            ])
    }

    private mutating func anthropic(_ bucket: Document) {
        guard let day = bucket["starting_at"]?.text.flatMap({ Instant(rfc3339: $0) })?.date else {
            return problem("line \(bucket.line): a bucket without starting_at")
        }
        cover("anthropic", day)
        for result in bucket["results"]?.items ?? [] {
            var key = ProviderLine.Key(provider: "anthropic", day: day)
            key.model = result["model"]?.text ?? ""
            if kind == .anthropicCosts { anthropicCost(result, &key) } else { anthropicUsage(result, &key) }
        }
    }

    /// Amounts are decimal strings in cents.
    private mutating func anthropicCost(_ result: Document, _ key: inout ProviderLine.Key) {
        guard let amount = ProviderAmount(result["amount"]?.text, shift: 2) else {
            return problem("line \(result.line): no amount")
        }
        key.currency = Currency(result["currency"]?.text ?? "USD")
        let groups: [String: MeterGroup] = [
            "uncached_input_tokens": .freshInput, "output_tokens": .output,
            "cache_read_input_tokens": .cacheRead,
            "cache_creation.ephemeral_5m_input_tokens": .cacheWrite5m,
            "cache_creation.ephemeral_1h_input_tokens": .cacheWrite1h,
        ]
        if result["cost_type"]?.text == "web_search" {
            key.group = .webSearch
        } else if let type = result["token_type"]?.text {
            key.group = groups[type] ?? .other
        }
        add(key, amount: amount)
    }

    private mutating func anthropicUsage(_ result: Document, _ key: inout ProviderLine.Key) {
        key.key = result["api_key_id"]?.text ?? ""
        guard let fresh = result.count("uncached_input_tokens"), let output = result.count("output_tokens")
        else { return problem("line \(result.line): no uncached_input_tokens and output_tokens") }
        let written = result["cache_creation"]
        add(
            key,
            [
                (.freshInput, fresh), (.cacheRead, result.count("cache_read_input_tokens")),
                (.cacheWrite5m, written?.count("ephemeral_5m_input_tokens")),
                (.cacheWrite1h, written?.count("ephemeral_1h_input_tokens")), (.output, output),
                (.webSearch, result["server_tool_use"]?.count("web_search_requests")),
            ])
    }

    /// One row per UTC day and endpoint; `usage` is in credits, which are US dollars.
    private mutating func openRouter(_ row: Document) {
        guard let day = row["date"]?.text.flatMap({ CivilDate(String($0.prefix(10))) }) else {
            return problem("line \(row.line): a row without date")
        }
        var key = ProviderLine.Key(provider: "openrouter", day: day)
        key.model = row["model_permaslug"]?.text ?? row["model"]?.text ?? ""
        add(
            key,
            [
                (.input, row.count("prompt_tokens")), (.output, row.count("completion_tokens")),
                (.requests, row.count("requests")),
            ])
        guard let amount = ProviderAmount(row["usage"]?.text) else {
            return problem("line \(row.line): no usage in credits")
        }
        add(key, amount: amount)
    }

    private mutating func add(_ key: ProviderLine.Key, _ counts: [(MeterGroup, Int64?)]) {
        for case (let group, let count?) in counts where count > 0 {
            var key = key
            key.group = group
            add(key, quantity: Quantity(count))
        }
    }
}

extension Document {
    fileprivate var items: [Document] { if case .list(let items) = content { items } else { [] } }

    /// A count within ``TokenCounts/limit``.
    fileprivate func count(_ key: String) -> Int64? {
        guard let text = self[key]?.text, let count = DecimalText(text)?.fixed(places: 0),
            (0...Int128(TokenCounts.limit)).contains(count)
        else { return nil }
        return Int64(count)
    }
}

extension Substring {
    fileprivate var trimmedSpaces: String {
        String(drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
    }
}
