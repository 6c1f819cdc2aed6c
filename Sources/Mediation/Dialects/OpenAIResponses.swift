// OpenAI responses: one report at the end, whole, inside the closing event of a stream. What hosted
// tools use under models of their own stands apart in `tool_usage`.

extension Dialect {
    static let openAIResponses = Dialect(
        "openai/responses", api: "responses",
        fields: ["", "response."].flatMap { responsesFields(at: $0) } + [
            Field("type", .eventType),
            Field("error", .error),
            Field("delta", .text),
        ],
        inclusions: [
            .within(.cacheRead, .input),
            .within(.cacheWrite, .input),
            .within(.audioInput, .input),
            .within(.imageInput, .input),
            .asTotalShows(.reasoning, .output, otherwise: .within),
            .within(.audioOutput, .output),
            .within(.imageOutput, .output),
        ],
        stream: StreamShape(
            framing: .events,
            terminal: .types(["response.completed", "response.incomplete", "response.failed", "error"]),
            ignoredTypes: ["response.created", "response.in_progress", "response.queued"],
            failureTypes: ["error"]),
        request: .openAIResponses)

    private static func responsesFields(at prefix: String) -> [Field] {
        [
            Field("\(prefix)id", .responseID),
            Field("\(prefix)model", .model),
            Field("\(prefix)status", .finishReason),
            Field("\(prefix)incomplete_details.reason", .finishDetail),
            Field("\(prefix)service_tier", .serviceTier),
            Field("\(prefix)background", .background),
            Field("\(prefix)error", .error),
            Field("\(prefix)output[].content[].text", .text),
            Field("\(prefix)output[].arguments", .text),
            Field("\(prefix)tool_usage.web_search.num_requests", .cell(.webSearches)),
            Field("\(prefix)tools[].model", .toolModel),
            Field("\(prefix)tool_usage", .side, label: "tool_usage"),
        ] + imageTool(at: "\(prefix)tool_usage.image_gen") + responsesUsage(at: "\(prefix)usage")
    }

    static func responsesUsage(at root: String) -> [Field] {
        let counts: [(String, Cell)] = [
            ("input_tokens", .input),
            ("prompt_tokens", .input),
            ("output_tokens", .output),
            ("completion_tokens", .output),
            ("total_tokens", .total),
            ("input_tokens_details.cached_tokens", .cacheRead),
            ("input_tokens_details.cache_read_input_tokens", .cacheRead),
            ("prompt_tokens_details.cached_tokens", .cacheRead),
            ("input_tokens_details.cache_write_tokens", .cacheWrite),
            ("cache_write_tokens_details.ttl_30m_tokens", .cacheWrite30m),
            ("cache_write_tokens_details.ttl_12h_tokens", .cacheWrite12h),
            ("input_tokens_details.cache_write_tokens_details.ttl_30m_tokens", .cacheWrite30m),
            ("input_tokens_details.cache_write_tokens_details.ttl_12h_tokens", .cacheWrite12h),
            ("input_tokens_details.audio_tokens", .audioInput),
            ("input_tokens_details.image_tokens", .imageInput),
            ("output_tokens_details.reasoning_tokens", .reasoning),
            ("completion_tokens_details.reasoning_tokens", .reasoning),
            ("output_tokens_details.audio_tokens", .audioOutput),
            ("output_tokens_details.image_tokens", .imageOutput),
            ("server_side_tool_usage_details.web_search_calls", .webSearches),
            ("server_tool_use_details.web_search_requests", .webSearches),
            ("tool_calls_details.search_web.invocation", .webSearches),
        ]
        return counts.map { Field("\(root).\($0.0)", .cell($0.1)) } + [Field(root, .usage)]
            + costs(at: root)
    }

    /// The image tool works under a model of its own: its counts are another component.
    private static func imageTool(at root: String) -> [Field] {
        let counts: [(String, Cell)] = [
            ("input_tokens", .input),
            ("input_tokens_details.image_tokens", .imageInput),
            ("cached_tokens", .cacheRead),
            ("cached_tokens_details.cached_image_tokens", .imageCacheRead),
            ("output_tokens", .output),
            ("output_tokens_details.image_tokens", .imageOutput),
        ]
        return counts.map { Field("\(root).\($0.0)", .partCell($0.1)) } + [
            Field("\(root).model", .partModel), Field(root, .part(.imageTool)),
        ]
    }
}

extension RequestTable {
    static let openAIResponses = RequestTable(
        common + [
            Field("max_output_tokens", .maximumOutput),
            Field("instructions", .text),
            Field("input", .text),
            Field("input[].content", .text),
            Field("input[].content[].text", .text),
            Field("input[].arguments", .text),
            Field("input[].output", .text),
            Field("tools.**", .text),
        ])
}
