// Bedrock Invoke: the body is the model's own, so this table names the spellings of all families. What
// the body leaves out stands in the response's headers, or in a stream in the metrics of its last chunk;
// both count as Bedrock does, without what a cache held.

extension Dialect {
    static let bedrockInvoke = Dialect(
        "bedrock/invoke", api: "invoke_model", fields: invokeFields, inclusions: invokeInclusions,
        stream: invokeStream, request: .bedrock, cacheWriteMeter: .fiveMinutes, traits: invokeTraits)

    /// Anthropic's messages, which are the only ones that name the response.
    static let bedrockInvokeAnthropic = bedrockInvoke.changed(
        "bedrock/invoke-anthropic",
        adding: [Field("id", .responseID), Field("message.id", .responseID)])

    /// Speech to speech: reports are totals of the session so far, and none is the last.
    static let bedrockSonic = Dialect(
        "bedrock/sonic", api: "invoke_model",
        fields: [
            Field("event.usageEvent.totalInputTokens", .cell(.input)),
            Field("event.usageEvent.totalOutputTokens", .cell(.output)),
            Field("event.usageEvent.totalTokens", .cell(.total)),
            Field("event.usageEvent.details.total.input.speechTokens", .cell(.audioInput)),
            Field("event.usageEvent.details.total.output.speechTokens", .cell(.audioOutput)),
            Field("event.usageEvent", .usage, label: "usageEvent"),
            Field("event.textOutput.content", .text),
        ],
        inclusions: [.within(.audioInput, .input), .within(.audioOutput, .output)],
        stream: StreamShape(
            framing: .wrappedMessages, terminal: .marker, terminalIsOptional: true, reportsAreFinal: true),
        request: .bedrock, traits: DialectTraits(sellsPathModel: true))

    private static let invokeStream = StreamShape(
        framing: .wrappedMessages, terminal: .flag, terminalIsOptional: true, failureTypes: ["error"])

    private static let invokeTraits = DialectTraits(
        headerCounts: [
            ("x-amzn-bedrock-input-token-count", .uncachedInput),
            ("x-amzn-bedrock-output-token-count", .output),
            ("x-amzn-bedrock-cache-read-input-token-count", .cacheRead),
            ("x-amzn-bedrock-cache-write-input-token-count", .cacheWrite),
        ], headerWords: bedrockHeaders, sellsPathModel: true)

    /// Of the families that state the whole prompt; the others state what of it no cache held.
    private static let invokeInclusions: [Inclusion] = [
        .within(.cacheRead, .input),
        .within(.cacheWrite, .input),
        .asTotalShows(.reasoning, .output, otherwise: .within),
    ]

    private static let invokeFields: [Field] =
        [
            Field("type", .eventType),
            Field("model", .model),
            Field("message.model", .model),
            Field("stop_reason", .finishReason),
            Field("delta.stop_reason", .finishReason),
            Field("stopReason", .finishReason),
            Field("messageStop.stopReason", .finishReason),
            Field("finish_reason", .finishReason),
            Field("completionReason", .finishReason),
            Field("results[].completionReason", .finishReason),
            Field("outputs[].stop_reason", .finishReason),
        ] + invokeText.map { Field($0, .text) } + invokeUsage
        + anthropicUsage(at: "usage", input: .uncachedInput, output: .output)
        + anthropicUsage(at: "message.usage", input: .uncachedInput, output: .provisionalOutput)

    private static let invokeText = [
        // Anthropic
        "content[].text", "content[].thinking", "content[].input.**", "delta.text", "delta.thinking",
        "delta.partial_json", "completion",
        // Nova
        "output.message.content[].text", "contentBlockDelta.delta.text",
        "contentBlockDelta.delta.toolUse.input",
        // Titan, Llama, Cohere, Mistral, and those that speak as OpenAI
        "results[].outputText", "outputText", "generation", "generations[].text", "text", "outputs[].text",
        "choices[].message.content", "choices[].delta.content", "choices[].text",
    ]

    private static let invokeTrace = "amazon-bedrock-trace.guardrail"

    private static let invokeUsage: [Field] =
        guardrail(at: ["\(invokeTrace).input.*", "\(invokeTrace).outputs[].*"])
        + novaUsage(at: "usage") + novaUsage(at: "metadata.usage") + [
            Field("metadata.usage", .usage, label: "metadata.usage"),
            Field("usage.prompt_tokens", .cell(.input)),
            Field("usage.completion_tokens", .cell(.output)),
            Field("usage.total_tokens", .cell(.total)),
            Field("usage.prompt_tokens_details.cached_tokens", .cell(.cacheRead)),
            Field("usage.completion_tokens_details.reasoning_tokens", .cell(.reasoning)),
            Field("inputTextTokenCount", .looseCell(.input)),
            Field("totalOutputTextTokenCount", .looseCell(.output)),
            Field("results[].tokenCount", .sumCell(.output)),
            Field("prompt_token_count", .looseCell(.input)),
            Field("generation_token_count", .looseCell(.output)),
            Field("\(metrics).inputTokenCount", .cell(.uncachedInput)),
            Field("\(metrics).outputTokenCount", .cell(.output)),
            Field("\(metrics).cacheReadInputTokenCount", .cell(.cacheRead)),
            Field("\(metrics).cacheWriteInputTokenCount", .cell(.cacheWrite)),
            Field(metrics, .fill, label: metrics),
        ]

    private static let metrics = "amazon-bedrock-invocationMetrics"

    private static func novaUsage(at root: String) -> [Field] {
        let counts: [(String, Cell)] = [
            ("inputTokens", .uncachedInput),
            ("outputTokens", .output),
            ("cacheReadInputTokenCount", .cacheRead),
            ("cacheWriteInputTokenCount", .cacheWrite),
            ("cacheReadInputTokens", .cacheRead),
            ("cacheWriteInputTokens", .cacheWrite),
        ]
        return counts.map { Field("\(root).\($0.0)", .cell($0.1)) }
    }
}
