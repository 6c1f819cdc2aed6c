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
    /// Some models search the web once for every answer, and do not say so.
    private static let openAIChatWithSearch = openAIChatWithCache.changed(
        traits: DialectTraits(searchingModels: ["-search-preview", "-search-api"]))
    private static let openAIResponsesWithCache = openAIResponses.changed(cacheWriteMeter: .thirtyMinutes)

    /// The sessions in which code ran.
    private static let sessions = ["", "response."].map { Field("\($0)output[].container_id", .container) }
    private static let azureResponses = openAIResponsesWithCache.changed(adding: sessions)

    /// A call of the hosted file search has a fee, which no usage object counts, and so has the session in
    /// which code runs.
    private static let openAIResponsesWithTools = openAIResponsesWithCache.changed(
        adding: ["", "response."].map { Field("\($0)output[].type", .outputItem) } + sessions,
        traits: DialectTraits(hostedTools: [("file_search_call", Meter("file_search.call"))]))

    /// By provider, then by surface.
    private static let variants = Dictionary(grouping: own + openRouter, by: \.provider).mapValues {
        Dictionary(uniqueKeysWithValues: $0.map { ($0.surface, $0.dialect) })
    }

    private static let own: [Variant] = [
        Variant("openai", openAIChat, openAIChatWithSearch),
        Variant("openai", openAIResponses, openAIResponsesWithTools),
        Variant("azure", openAIChat, openAIChatWithCache),
        Variant("azure", openAIResponses, azureResponses),
        Variant("chatgpt_codex", openAIResponses, openAIResponsesWithCache),
        // Thoughts are in the total and in no other count.
        Variant("google", openAIChat, openAIChat.changed("gemini/chat", hidesReasoning: true)),
        Variant("vertex", openAIChat, openAIChat.changed("gemini/chat", hidesReasoning: true)),
        // Claude is sold by the name in the path, which is not spelled as in the answer.
        Variant(
            "vertex", anthropicMessages,
            anthropicMessages.changed(
                "vertex/anthropic", traits: DialectTraits(sellsPathModel: true))),
        // Reasoning comes on top of the completion.
        Variant(
            "xai", openAIChat,
            openAIChat.changed(
                "xai/chat",
                adding: serverTools(at: "usage"),
                inclusions: chatInclusions(replacing: .asTotalShows(.reasoning, .output, otherwise: .beside)))
        ),
        Variant(
            "xai", openAIResponses,
            openAIResponses.changed(
                "xai/responses", adding: ["usage", "response.usage"].flatMap { serverTools(at: $0) })),
        Variant("groq", openAIChat, groqChat),
        Variant(
            "minimax", openAIChat,
            openAIChat.changed("minimax/chat", adding: [Field("base_resp.status_code", .errorCode)])),
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

    /// Calls of tools that run beside the model, each kind with a fee of its own (xAI).
    private static func serverTools(at root: String) -> [Field] {
        let calls: [(String, Meter)] = [
            ("x_search_calls", Meter("x_search.request")),
            ("code_interpreter_calls", Meter("code.session")),
            ("file_search_calls", Meter("file_search.call")),
            ("document_search_calls", Meter("file_search.call")),
        ]
        return calls.map { Field("\(root).server_side_tool_usage_details.\($0.0)", .unit($0.1)) } + [
            Field("\(root).server_side_tool_usage_details.web_search_calls", .cell(.webSearches))
        ]
    }

    /// Compound systems list what their tools did; searching and opening pages have a fee.
    private static let groqChat = openAIChat.changed(
        "groq/chat", adding: [Field("choices[].message.executed_tools[].type", .outputItem)],
        traits: DialectTraits(
            hostedTools: [
                ("search", .webSearch), ("web_search", .webSearch), ("browser_search", .webSearch),
                ("browser.search", .webSearch), ("browser.open", Meter("web_fetch.request")),
                ("visit_website", Meter("web_fetch.request")),
            ]))

    /// Audio is charged for by its length; its tokens are the same audio once more.
    private static let mistralChat = openAIChat.changed(
        "mistral/chat",
        adding: [
            Field("usage.prompt_audio_seconds", .unit(.audioSeconds)),
            Field("usage.connector_tokens", .cell(.toolPrompt)),
            Field("usage.connectors.*", .unit(Meter("connector.call"))),
            Field("outputs[].model", .model),
            Field("outputs[].content", .text),
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
