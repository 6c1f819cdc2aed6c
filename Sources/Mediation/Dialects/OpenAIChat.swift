// OpenAI chat completions, the surface that most servers speak. The table names every spelling that
// servers of this surface use for a count; the first one in a report that states it counts.

extension Dialect {
    /// Prompt and completion are inclusive: cached and modal counts lie within the prompt, reasoning
    /// within the completion.
    static let openAIChat = Dialect(
        "openai/chat", api: "chat_completions",
        fields: chatEnvelope + chatText(in: ["choices[].delta", "choices[].message"])
            + ["usage", "x_groq.usage", "choices[].usage"].flatMap { chatUsage(at: $0) } + breakdown,
        inclusions: chatInclusions,
        stream: StreamShape(framing: .events, terminal: .marker, terminalIsOptional: true),
        request: .openAIChat)

    static let chatEnvelope: [Field] = [
        Field("id", .responseID),
        Field("model", .model),
        Field("service_tier", .serviceTier),
        Field("choices[]", .choice),
        Field("choices[].finish_reason", .finishReason),
        Field("cost.usd", .cost),
        Field("timings", .side, label: "timings"),
        Field("error", .error),
        Field("x_groq.error", .error),
        // Known members of a chunk that carry nothing beside the report.
        Field("object", .known),
        Field("created", .known),
        Field("system_fingerprint", .known),
        Field("provider", .known),
        Field("obfuscation", .known),
        Field("*", .stranger),
    ]

    /// Where a message or its delta holds text that the model generated.
    static func chatText(in places: [String]) -> [Field] {
        places.flatMap { place in
            [
                "content", "content[].text", "reasoning_content", "reasoning", "refusal", "audio.transcript",
                "tool_calls[].function.name", "tool_calls[].function.arguments", "function_call.name",
                "function_call.arguments",
            ].map { Field("\(place).\($0)", .text) }
        }
    }

    static func chatUsage(at root: String) -> [Field] {
        let label: String? = root == "usage" ? nil : root
        return chatCounts.map { Field("\(root).\($0.0)", .cell($0.1)) } + [
            Field("\(root).input_tokens_details", .wholeInput),
            Field("\(root).service_tier", .serviceTier),
            Field(root, .usage, label: label),
        ] + costs(at: root)
    }

    /// The counts of a usage object, in the spellings of all who speak this surface. Names that other
    /// surfaces use mean here what they mean there: `input_tokens` alone is what no cache held.
    private static let chatCounts: [(String, Cell)] = [
        ("prompt_tokens", .input),
        ("prompt_eval_count", .input),
        ("input_tokens", .uncachedInput),
        ("prompt_cache_miss_tokens", .uncachedInput),
        ("completion_tokens", .output),
        ("output_tokens", .output),
        ("eval_count", .output),
        ("total_tokens", .total),
        ("prompt_tokens_details.cached_tokens", .cacheRead),
        ("prompt_token_details.cached_tokens", .cacheRead),
        ("input_tokens_details.cached_tokens", .cacheRead),
        ("cached_tokens", .cacheRead),
        ("num_cached_tokens", .cacheRead),
        ("prompt_cache_hit_tokens", .cacheRead),
        ("cache_read_input_tokens", .cacheRead),
        ("native_tokens_cached", .cacheRead),
        ("prompt_tokens_details.cache_write_tokens", .cacheWrite),
        ("cache_write_tokens", .cacheWrite),
        ("cache_creation_input_tokens", .cacheWrite),
        ("cache_creation.ephemeral_5m_input_tokens", .cacheWrite5m),
        ("cache_creation.ephemeral_1h_input_tokens", .cacheWrite1h),
        ("prompt_tokens_details.audio_tokens", .audioInput),
        ("prompt_tokens_details.image_tokens", .imageInput),
        ("prompt_tokens_details.video_tokens", .videoInput),
        ("completion_tokens_details.reasoning_tokens", .reasoning),
        ("completion_token_details.reasoning_tokens", .reasoning),
        ("output_tokens_details.reasoning_tokens", .reasoning),
        ("reasoning_tokens", .reasoningMemo),
        ("native_tokens_reasoning", .reasoningMemo),
        ("completion_tokens_details.audio_tokens", .audioOutput),
        ("completion_tokens_details.image_tokens", .imageOutput),
        ("server_tool_use.web_search_requests", .webSearches),
        ("server_tool_use_details.web_search_requests", .webSearches),
    ]

    /// Where servers state money in a usage object, in USD.
    static func costs(at root: String) -> [Field] {
        [
            Field("\(root).cost", .cost),
            Field("\(root).cost.total_cost", .cost),
            Field("\(root).estimated_cost", .cost),
            Field("\(root).pydantic_ai_gateway.cost_estimate", .cost),
            Field("\(root).cost_in_usd_ticks", .costTicks),
        ]
    }

    static let chatInclusions: [Inclusion] = [
        .within(.cacheRead, .input),
        .within(.cacheWrite, .input),
        .asTotalShows(.audioInput, .input, otherwise: .within),
        .within(.imageInput, .input),
        .within(.videoInput, .input),
        .asTotalShows(.reasoning, .output, otherwise: .within),
        .asTotalShows(.reasoningMemo, .output, otherwise: .within),
        .within(.audioOutput, .output),
        .within(.imageOutput, .output),
    ]

    /// How a compound system's work divides over models (Groq).
    static let breakdown: [Field] = ["usage_breakdown", "x_groq.usage_breakdown"].flatMap { root in
        [
            Field("\(root).models[].model", .partModel),
            Field("\(root).models[].usage.prompt_tokens", .partCell(.input)),
            Field("\(root).models[].usage.prompt_tokens_details.cached_tokens", .partCell(.cacheRead)),
            Field("\(root).models[].usage.completion_tokens", .partCell(.output)),
            Field(
                "\(root).models[].usage.completion_tokens_details.reasoning_tokens", .partCell(.reasoning)),
            Field("\(root).models[]", .part(.breakdown)),
            Field(root, .side, label: root),
        ]
    }
}

extension RequestTable {
    static let openAIChat = RequestTable(
        common + [
            Field("stream_options", .streamOptions),
            Field("stream_options.include_usage", .includeUsage),
            Field("max_completion_tokens", .maximumOutput),
            Field("max_tokens", .maximumOutput),
            Field("n", .candidates),
            Field("messages[].content", .text),
            Field("messages[].content[].text", .text),
            Field("messages[].tool_calls[].function.arguments", .text),
            Field("messages[].reasoning_content", .text),
            Field("tools.**", .text),
            Field("functions.**", .text),
            Field("response_format.**", .text),
        ], asksForUsage: true)
}
