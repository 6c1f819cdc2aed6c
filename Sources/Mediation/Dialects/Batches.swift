// Batches. Making and looking at one costs nothing by itself; its results bring one report per request,
// in the shape of the surface that was asked.

extension Dialect {
    static let batchResults = Dialect(
        "batch/results", api: "batch_results",
        fields: [
            // Anthropic: what was neither read from nor written to a cache.
            Field("result.message.model", .partModel),
            Field("result.message.usage.input_tokens", .partCell(.uncachedInput)),
            Field("result.message.usage.cache_read_input_tokens", .partCell(.cacheRead)),
            Field("result.message.usage.cache_creation_input_tokens", .partCell(.cacheWrite)),
            Field(
                "result.message.usage.cache_creation.ephemeral_5m_input_tokens", .partCell(.cacheWrite5m)),
            Field(
                "result.message.usage.cache_creation.ephemeral_1h_input_tokens", .partCell(.cacheWrite1h)),
            Field("result.message.usage.output_tokens", .partCell(.output)),
            Field("result.message.usage.output_tokens_details.thinking_tokens", .partCell(.reasoning)),
            Field("result.message.usage.server_tool_use.web_search_requests", .partCell(.webSearches)),
            Field("result.message.usage.service_tier", .serviceTier),
            Field("result.message.usage", .part(.batchResult)),
            // OpenAI and those who speak as it does.
            Field("response.body.model", .partModel),
            Field("response.body.usage", .part(.batchResult)),
            // Gemini.
            Field("response.modelVersion", .partModel),
            Field("response.usageMetadata.promptTokenCount", .partCell(.input)),
            Field("response.usageMetadata.candidatesTokenCount", .partCell(.output)),
            Field("response.usageMetadata.thoughtsTokenCount", .partCell(.reasoning)),
            Field("response.usageMetadata.cachedContentTokenCount", .partCell(.cacheRead)),
            Field("response.usageMetadata.toolUsePromptTokenCount", .partCell(.toolPrompt)),
            Field("response.usageMetadata.totalTokenCount", .partCell(.total)),
            Field("response.usageMetadata", .part(.batchResult)),
            // xAI: a page of results in one document.
            Field("\(xai).model", .partModel),
            Field("\(xai).usage", .part(.batchResult)),
        ] + chatResult(at: "response.body.usage") + chatResult(at: "\(xai).usage"),
        inclusions: [
            .within(.cacheRead, .input), .within(.cacheWrite, .input), .within(.audioInput, .input),
            .within(.imageInput, .input), .beside(.toolPrompt, .input),
            .asTotalShows(.reasoning, .output, otherwise: .within),
        ],
        stream: StreamShape(
            framing: .lines, terminal: .marker, terminalIsOptional: true, endsWithBody: true,
            reportsAreFinal: true),
        cacheWriteMeter: .fiveMinutes, totalIsInput: true, traits: DialectTraits(isBatch: true))

    private static let xai = "results[].batch_result.response.chat_get_completion"

    /// Chat, completions, embeddings and responses.
    private static func chatResult(at root: String) -> [Field] {
        let counts: [(String, Cell)] = [
            ("prompt_tokens", .input),
            ("input_tokens", .input),
            ("completion_tokens", .output),
            ("output_tokens", .output),
            ("total_tokens", .total),
            ("prompt_tokens_details.cached_tokens", .cacheRead),
            ("input_tokens_details.cached_tokens", .cacheRead),
            ("prompt_tokens_details.cache_write_tokens", .cacheWrite),
            ("input_tokens_details.cache_write_tokens", .cacheWrite),
            ("prompt_tokens_details.audio_tokens", .audioInput),
            ("prompt_tokens_details.image_tokens", .imageInput),
            ("completion_tokens_details.reasoning_tokens", .reasoning),
            ("output_tokens_details.reasoning_tokens", .reasoning),
        ]
        return counts.map { Field("\(root).\($0.0)", .partCell($0.1)) }
    }

    /// A batch that is made, listed, looked at or cancelled.
    static let batches = Dialect(
        "batch", api: "batches", fields: [Field("id", .responseID), Field("error", .error)], billing: .free)
}
