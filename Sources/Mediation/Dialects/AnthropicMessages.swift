// Anthropic messages: `input_tokens` is what was neither read from nor written to the cache, so cache
// counts come on top. A stream states its input at the start and its output at the end.

extension Dialect {
    static let anthropicMessages = Dialect(
        "anthropic/messages", api: "messages",
        fields: [
            Field("type", .eventType),
            Field("id", .responseID),
            Field("message.id", .responseID),
            Field("model", .model),
            Field("message.model", .model),
            Field("stop_reason", .finishReason),
            Field("delta.stop_reason", .finishReason),
            Field("error", .error),
            Field("request_id", .requestID),
            Field("content[].text", .text),
            Field("content[].thinking", .text),
            Field("content[].input.**", .text),
            Field("delta.text", .text),
            Field("delta.thinking", .text),
            Field("delta.partial_json", .text),
        ] + anthropicUsage(at: "usage", output: .output)
            // Output as it stood before anything was generated.
            + anthropicUsage(at: "message.usage", output: .provisionalOutput),
        inclusions: anthropicInclusions,
        stream: StreamShape(
            framing: .events, terminal: .types(["message_stop", "error"]), failureTypes: ["error"]),
        request: .anthropicMessages,
        // Before lifetimes could be chosen (and where the split is left out) it is five minutes.
        cacheWriteMeter: .fiveMinutes)

    static let anthropicInclusions: [Inclusion] = [
        .beside(.cacheRead, .input),
        .beside(.cacheWrite, .input),
        .within(.reasoning, .output),
    ]

    static func anthropicUsage(at root: String, input: Cell = .input, output: Cell) -> [Field] {
        let cache: [(String, Cell)] = [
            ("cache_read_input_tokens", .cacheRead),
            ("cache_creation_input_tokens", .cacheWrite),
            ("cache_creation.ephemeral_5m_input_tokens", .cacheWrite5m),
            ("cache_creation.ephemeral_1h_input_tokens", .cacheWrite1h),
        ]
        let counts: [(String, Cell)] =
            cache + [
                ("input_tokens", input),
                ("output_tokens", output),
                ("output_tokens_details.thinking_tokens", .reasoning),
                ("server_tool_use.web_search_requests", .webSearches),
                ("server_tool_use.web_fetch_requests", .webFetches),
            ]
        let turn = "\(root).iterations[]"
        let turns = cache + [("input_tokens", input), ("output_tokens", .output)]
        return counts.map { Field("\(root).\($0.0)", .cell($0.1)) }
            + turns.map { Field("\(turn).\($0.0)", .partCell($0.1)) } + [
                Field("\(turn).type", .partType),
                Field("\(turn).model", .partModel),
                Field(turn, .part(.iteration)),
                Field("\(root).fallback_credit.status.type", .credit),
                Field("\(root).service_tier", .serviceTier),
                Field("\(root).speed", .speed),
                Field("\(root).inference_geo", .geo),
                Field(root, .usage, label: root == "usage" ? nil : root),
            ] + costs(at: root)
    }
}

extension RequestTable {
    static let anthropicMessages = RequestTable(
        common + [
            Field("max_tokens", .maximumOutput),
            Field("speed", .speed),
            Field("billing_policy.bill_to", .payer),
            Field("system", .text),
            Field("system[].text", .text),
            Field("messages[].content", .text),
            Field("messages[].content[].text", .text),
            Field("messages[].content[].thinking", .text),
            Field("messages[].content[].input.**", .text),
            Field("messages[].content[].content", .text),
            Field("messages[].content[].content[].text", .text),
            Field("tools.**", .text),
        ])
}
