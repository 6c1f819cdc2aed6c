// What single providers do differently on surfaces that they share with OpenAI or Anthropic. A
// provider that is not named here speaks the surface as its table says.

import Terms

extension Dialect {
    /// The surface as this provider speaks it.
    func spoken(by provider: Provider?) -> Dialect {
        guard let provider else { return self }
        let variant = Self.variants[provider.name]?[name]
        return variant ?? (provider.zeroIsPlaceholder ? changed(zeroIsPlaceholder: true) : self)
    }

    /// The table that a record names: a surface's own, or a provider's variant of it.
    public static func named(_ name: String, spokenBy provider: String) -> Dialect? {
        let variant = variants[provider]?.values.first { $0.name == name }
        return variant ?? named(name)?.spoken(by: Provider.named(provider))
    }

    /// Every provider's variant, `provider dialect`; for the check that a table that changes gets a version.
    static var allVariants: [(provider: String, dialect: Dialect)] {
        variants.flatMap { provider, surfaces in surfaces.values.map { (provider, $0) } }
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

    /// By provider, then by surface.
    private static let variants = Dictionary(grouping: own + openRouter, by: \.provider).mapValues {
        Dictionary(uniqueKeysWithValues: $0.map { ($0.surface, $0.dialect) })
    }

    private static let own: [Variant] = [
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
        Variant("reframr", openAIChat, guessed(openAIChat)),
        Variant("reframr", openAICompletions, guessed(openAICompletions)),
        Variant("mistral", openAIChat, mistralChat),
        Variant("mistral", transcriptions, mistralTranscriptions),
        Variant("groq", transcriptions, groqTranscriptions),
    ]

    /// A server that states words instead of tokens.
    private static func guessed(_ surface: Dialect) -> Dialect {
        surface.changed(
            zeroIsPlaceholder: true, traits: DialectTraits(guesses: true))
    }

    /// Audio is charged for by its length; its tokens are the same audio once more.
    private static let mistralChat = openAIChat.changed(
        "mistral/chat",
        adding: [
            Field("usage.prompt_audio_seconds", .unit(.audioSeconds)),
            Field("usage.connector_tokens", .cell(.toolPrompt)),
        ],
        inclusions: chatInclusions + [.asTotalShows(.toolPrompt, .input, otherwise: .beside)],
        traits: DialectTraits(unitsInsteadOf: [(.audioSeconds, .audioInput)]))

    /// What OpenRouter states is what it charges; what the caller's own provider charges comes on top.
    private static let openRouter: [Variant] = [
        openAIChat, openAICompletions, openAIResponses, openAIEmbeddings, anthropicMessages, rerank, images,
        transcriptions, speech,
    ].map { surface in
        var traits = surface.traits
        traits.costIsCharge = true
        let roots = surface.name == openAIResponses.name ? ["usage", "response.usage"] : ["usage"]
        return Variant(
            "openrouter", surface,
            surface.changed(
                adding: roots.flatMap { root in
                    [
                        Field("\(root).is_byok", .ownAccount),
                        Field("\(root).cost_details.upstream_inference_cost", .upstreamCost),
                    ]
                }, traits: traits))
    }

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
