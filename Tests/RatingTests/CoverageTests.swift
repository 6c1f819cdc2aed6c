// Models that must have a price: the families that people use today, by the names that responses state.
import Rating
import Terms
import Testing

@Suite struct CoverageTests {
    static let models: [String: [String]] = [
        "openai": [
            "gpt-6.1-sol", "gpt-6.1-terra", "gpt-6-astra", "gpt-6-sol", "gpt-6-luna", "gpt-5.6-sol",
            "gpt-5.6-terra",
            "gpt-5.6-luna", "gpt-5.6", "gpt-5.5-2026-04-23", "gpt-5.4-2026-03-05", "gpt-5.4-mini-2026-03-17",
            "gpt-5.4-nano", "gpt-5.4-pro", "gpt-5.3-codex", "gpt-5.2-2025-12-11", "gpt-5.2-codex",
            "gpt-5.1-2025-11-13", "gpt-5-2025-08-07", "gpt-5-mini-2025-08-07", "gpt-5-nano-2025-08-07",
            "gpt-4.1-2025-04-14", "gpt-4.1-mini", "gpt-4.1-nano", "gpt-4o-2024-05-13", "gpt-4o-2024-11-20",
            "gpt-4o-mini-2024-07-18", "gpt-4o-search-preview-2025-03-11", "gpt-4-0613",
            "gpt-4-turbo-2024-04-09",
            "gpt-3.5-turbo-0125", "gpt-3.5-turbo-instruct:20230824-v2", "o1-2024-12-17", "o3-2025-04-16",
            "o3-mini-2025-01-31", "o4-mini-2025-04-16", "o3-deep-research-2025-06-26", "davinci-002",
            "computer-use-preview-2025-03-11", "gpt-audio-mini-2025-12-15",
            "gpt-4o-audio-preview-2024-12-17", "text-embedding-3-large", "text-embedding-ada-002-v2",
            "ft:gpt-4o-mini-2024-07-18:org:name:id",
        ],
        "anthropic": [
            "claude-fable-5-1", "claude-mythos-5", "claude-opus-5-5", "claude-opus-5", "claude-opus-4-8",
            "claude-opus-4-7-20260416", "claude-opus-4-6", "claude-opus-4-5-20251101",
            "claude-opus-4-1-20250805", "claude-opus-4-20250514", "claude-sonnet-5-5", "claude-sonnet-5",
            "claude-sonnet-4-6", "claude-sonnet-4-5-20250929", "claude-sonnet-4-20250514",
            "claude-haiku-5-5", "claude-haiku-4-5-20251001", "claude-3-7-sonnet-20250219",
            "claude-3-5-sonnet-20240620", "claude-3-5-haiku-20241022", "claude-3-opus-20240229",
            "claude-3-haiku-20240307", "claude-2.1",
        ],
        "google": [
            "gemini-4-argon", "gemini-3.8-flash", "gemini-3.7-flash", "gemini-3.6-flash", "gemini-3.5-flash",
            "gemini-3.5-flash-lite", "gemini-3.1-pro-preview", "gemini-3.1-flash-lite",
            "gemini-3-pro-preview",
            "gemini-3-flash-preview", "gemini-3-pro-image", "gemini-2.5-pro", "models/gemini-2.5-pro",
            "gemini-2.5-pro-preview-05-06", "gemini-2.5-flash", "gemini-2.5-flash-preview-09-2025",
            "gemini-2.5-flash-lite-preview-06-17", "gemini-2.5-flash-image", "gemini-2.0-flash-001",
            "gemini-2.0-flash-lite", "gemini-1.5-flash-002", "gemini-1.5-pro",
        ],
        "mistral": [
            "mistral-large-4", "mistral-large-latest", "mistral-medium-latest", "mistral-small-latest",
            "mistral-small-2506", "ministral-14b-latest", "ministral-8b-latest", "ministral-3b-latest",
            "magistral-medium-2507", "magistral-small-latest", "codestral-2508", "pixtral-12b-2409",
            "mistral-tiny", "open-mistral-7b",
        ],
        "deepseek": [
            "deepseek-flash", "deepseek-v4-flash", "deepseek-v4-pro", "deepseek-chat", "deepseek-reasoner",
        ],
        "azure": ["gpt-4.1-2025-04-14", "gpt-4o", "gpt-5.4"], "cohere": ["command-a-03-2025"],
        "bedrock": [
            "anthropic.claude-sonnet-4-5-20250929-v1:0", "us.anthropic.claude-haiku-4-5-20251001-v1:0",
            "amazon.nova-pro-v1:0",
        ],
        "vertex": ["claude-sonnet-4-5@20250929", "gemini-2.5-pro"], "groq": ["openai/gpt-oss-120b"],
        "xai": ["grok-4.5"], "perplexity": ["sonar-pro", "sonar-deep-research"],
        "together": ["meta-llama/Llama-3.3-70B-Instruct-Turbo"],
        "fireworks": ["accounts/fireworks/models/deepseek-v3p1"], "cerebras": ["gpt-oss-120b"],
        "moonshot": ["kimi-k3"], "zai": ["glm-5"], "alibaba": ["qwen-flash"],
        "vllm": ["anything/at-all"], "llamacpp": ["/models/x.gguf"], "lmstudio": ["a/b"],
    ]

    @Test("each has a price for input, and for output where it generates", arguments: models.keys.sorted())
    func priced(provider: String) throws {
        let book = try ShippedPricesTests.book.get()
        for model in Self.models[provider] ?? [] {
            let meters: [String: Int64] =
                model.hasPrefix("text-embedding")
                ? ["in.text.fresh": 7]
                : ["in.text.cache_read": 5, "in.text.fresh": 7, "out.text": 3, "out.text.reasoning": 2]
            let rated = book.rate(
                .of(
                    model, model.hasPrefix("claude-2") ? ["in.text.fresh": 7, "out.text": 3] : meters,
                    provider: provider),
                upstream: "up", at: Instant("2026-11-20T12:00:00Z"))
            #expect(rated.cost.list != nil, "\(provider) \(model) \(rated.unpriced)")
        }
    }
}
