// What single providers do differently on surfaces that they share with OpenAI or Anthropic. A
// provider that is not named here speaks the surface as its table says.

extension Dialect {
    /// The surface as this provider speaks it.
    func spoken(by provider: Provider?) -> Dialect {
        guard let provider else { return self }
        let variant = Self.variants.first { $0.provider == provider.name && $0.surface == name }
        return variant?.dialect ?? (provider.zeroIsPlaceholder ? changed(zeroIsPlaceholder: true) : self)
    }

    /// The table that a record names: a surface's own, or a provider's variant of it.
    public static func named(_ name: String, spokenBy provider: String) -> Dialect? {
        let variant = variants.first { $0.provider == provider && $0.dialect.name == name }
        return variant?.dialect ?? named(name)?.spoken(by: Provider.named(provider))
    }

    private struct Variant {
        let provider: String
        let surface: String
        let dialect: Dialect
        init(_ provider: String, _ surface: Dialect, _ dialect: Dialect) {
            self.provider = provider
            self.surface = surface.name
            self.dialect = dialect
        }
    }

    /// Writes are kept for half an hour unless the report says otherwise.
    private static let openAIChatWithCache = openAIChat.changed(cacheWriteMeter: .thirtyMinutes)
    private static let openAIResponsesWithCache = openAIResponses.changed(cacheWriteMeter: .thirtyMinutes)

    private static let variants: [Variant] = [
        Variant("openai", openAIChat, openAIChatWithCache),
        Variant("openai", openAIResponses, openAIResponsesWithCache),
        Variant("azure", openAIChat, openAIChatWithCache),
        Variant("azure", openAIResponses, openAIResponsesWithCache),
        Variant("chatgpt_codex", openAIResponses, openAIResponsesWithCache),
        // Thoughts are in the total and in no other count.
        Variant("google", openAIChat, openAIChat.changed("gemini/chat", hidesReasoning: true)),
        Variant("vertex", openAIChat, openAIChat.changed("gemini/chat", hidesReasoning: true)),
        // Reasoning comes on top of the completion.
        Variant(
            "xai", openAIChat,
            openAIChat.changed(
                "xai/chat",
                inclusions: chatInclusions(replacing: .asTotalShows(.reasoning, .output, otherwise: .beside)))
        ),
        Variant("perplexity", openAIChat, perplexityChat),
        Variant("alibaba", openAIChat, dashscopeChat),
        // The program behind this one wrote these constants into every answer.
        Variant(
            "koboldcpp", openAIChat,
            openAIChat.changed(zeroIsPlaceholder: true, placeholder: (input: 100, output: 100))),
    ]

    /// The chat inclusions with one of them decided otherwise.
    static func chatInclusions(replacing inclusion: Inclusion) -> [Inclusion] {
        chatInclusions.filter { $0.part != inclusion.part } + [inclusion]
    }

    /// Citations and deep-research reasoning are in no total; searches have a price per request.
    private static let perplexityChat = openAIChat.changed(
        "perplexity/chat",
        adding: [
            Field("usage.reasoning_tokens", .cell(.reasoning)),
            Field("usage.citation_tokens", .cell(.citations)),
            Field("usage.num_search_queries", .cell(.webSearches)),
            Field("usage.search_context_size", .searchContext),
        ],
        inclusions: chatInclusions(replacing: .besideTotal(.reasoning, .output)) + [
            .besideTotal(.citations, .input)
        ])

    /// Explicit caching: the write is stated, the read has its own price.
    private static let dashscopeChat = openAIChat.changed(
        "dashscope/chat",
        adding: [
            Field("usage.prompt_tokens_details.cache_creation_input_tokens", .cell(.cacheWrite)),
            Field(
                "usage.prompt_tokens_details.cache_creation.ephemeral_5m_input_tokens", .cell(.cacheWrite5m)),
            Field("usage.prompt_tokens_details.cache_type", .cacheKind),
        ], cacheWriteMeter: .fiveMinutes)
}
