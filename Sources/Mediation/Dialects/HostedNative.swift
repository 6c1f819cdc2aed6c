// The native surfaces of hosted providers that also speak OpenAI's: watsonx, Replicate, Cloudflare,
// DashScope, Tencent, Aleph Alpha, and Anthropic's text completions of old.

import Terms

extension Dialect {
    static let watsonxGeneration = Dialect(
        "watsonx/generation", api: "watsonx_generation",
        fields: [
            Field("model_id", .model),
            Field("results[].stop_reason", .finishReason),
            Field("results[].generated_text", .text),
            Field("results[].input_token_count", .sumCell(.input)),
            Field("results[].generated_token_count", .sumCell(.output)),
            Field("errors", .error),
        ],
        stream: StreamShape(framing: .events, terminal: .marker, terminalIsOptional: true),
        request: .hosted)

    /// A prediction is charged for by its tokens or images where the model counts them, else by the time
    /// that it took; it is reported when it is looked at after it has ended.
    static let replicatePredictions = Dialect(
        "replicate/predictions", api: "predictions",
        fields: [
            Field("id", .responseID),
            Field("model", .soldModel),
            Field("status", .finishReason),
            Field("error", .error),
            Field("metrics.input_token_count", .cell(.input)),
            Field("metrics.output_token_count", .cell(.output)),
            Field("metrics.image_count", .unit(Meter("image.count"))),
            Field("metrics.predict_time", .unit(computeSeconds)),
            Field("metrics", .usage),
        ],
        request: .hosted,
        traits: DialectTraits(
            unlessCounted: [computeSeconds], isLookedAt: true, pendingStates: ["starting", "processing"]))

    private static let computeSeconds = Meter("compute.seconds")

    /// An envelope around the report of chat; the model stands in the path.
    static let cloudflareRun = Dialect(
        "cloudflare/run", api: "cloudflare_run",
        fields: [
            Field("result.response", .text),
            Field("response", .text),
            Field("errors[]", .error),
        ] + chatUsage(at: "result.usage") + chatUsage(at: "usage"),
        inclusions: chatInclusions,
        stream: StreamShape(framing: .events, terminal: .marker, terminalIsOptional: true),
        request: .hosted)

    static let dashscopeGeneration = Dialect(
        "dashscope/generation", api: "dashscope_generation",
        fields: [
            Field("request_id", .requestID),
            // Images and videos are made in the background.
            Field("output.task_id", .responseID),
            Field("output.task_status", .finishReason),
            Field("output.finish_reason", .finishReason),
            Field("output.choices[].finish_reason", .finishReason),
            Field("output.text", .text),
            Field("output.choices[].message.content", .text),
            Field("output.choices[].message.content[].text", .text),
            Field("output.choices[].message.reasoning_content", .text),
            Field("usage.input_tokens", .cell(.input)),
            Field("usage.output_tokens", .cell(.output)),
            Field("usage.total_tokens", .cell(.total)),
            Field("usage.image_tokens", .cell(.imageInput)),
            Field("usage.video_tokens", .cell(.videoInput)),
            Field("usage.audio_tokens", .cell(.audioInput)),
            Field("usage.prompt_tokens_details.cached_tokens", .cell(.cacheRead)),
            Field("usage.input_tokens_details.cached_tokens", .cell(.cacheRead)),
            Field("usage.prompt_tokens_details.cache_creation_input_tokens", .cell(.cacheWrite)),
            Field("usage.prompt_tokens_details.cache_type", .cacheKind),
            Field("usage.output_tokens_details.reasoning_tokens", .cell(.reasoning)),
            Field("usage.plugins.search.count", .cell(.webSearches)),
            Field("usage.image_count", .unit(Meter("image.count"))),
            Field("usage.characters", .unit(Meter("chars.in"))),
            Field("usage.video_duration", .unit(.videoSeconds)),
            Field("usage", .usage),
        ],
        inclusions: [
            .within(.cacheRead, .input), .within(.cacheWrite, .input), .within(.audioInput, .input),
            .within(.imageInput, .input), .within(.videoInput, .input), .within(.reasoning, .output),
        ],
        stream: StreamShape(framing: .events, terminal: .finishReason),
        request: .dashscope, cacheWriteMeter: .fiveMinutes,
        traits: DialectTraits(isLookedAt: true, pendingStates: ["PENDING", "RUNNING"]))

    /// The same work, looked at until it is done; a video's length is called its duration there.
    static let dashscopeTask = dashscopeGeneration.changed(
        "dashscope/tasks", adding: [Field("usage.duration", .unit(.videoSeconds))], billing: .once)

    static let tencentChat = Dialect(
        "tencent/chat", api: "chat_completions",
        fields: ["", "Response."].flatMap { prefix in
            [
                Field("\(prefix)Id", .responseID),
                Field("\(prefix)RequestId", .requestID),
                Field("\(prefix)Error", .error),
                Field("\(prefix)Choices[].FinishReason", .finishReason),
                Field("\(prefix)Choices[].Message.Content", .text),
                Field("\(prefix)Choices[].Delta.Content", .text),
                Field("\(prefix)Usage.PromptTokens", .cell(.input)),
                Field("\(prefix)Usage.CompletionTokens", .cell(.output)),
                Field("\(prefix)Usage.TotalTokens", .cell(.total)),
                Field("\(prefix)Usage", .usage),
            ]
        },
        stream: StreamShape(framing: .events, terminal: .marker, terminalIsOptional: true),
        request: .tencent)

    static let alephAlphaComplete = Dialect(
        "aleph-alpha/complete", api: "complete",
        fields: [
            Field("model_version", .model),
            Field("completions[].finish_reason", .finishReason),
            Field("completions[].completion", .text),
            Field("num_tokens_prompt_total", .looseCell(.input)),
            Field("num_tokens_generated", .looseCell(.output)),
        ],
        request: .hosted)

    /// Reports nothing.
    static let anthropicComplete = Dialect(
        "anthropic/complete", api: "complete_legacy",
        fields: [
            Field("type", .eventType),
            Field("model", .model),
            Field("stop_reason", .finishReason),
            Field("completion", .text),
            Field("error", .error),
        ],
        stream: StreamShape(framing: .events, terminal: .finishReason, failureTypes: ["error"]),
        request: .hosted)
}

extension RequestTable {
    static let hosted = RequestTable(
        common + [
            Field("model_id", .model),
            Field("maximum_tokens", .maximumOutput),
            Field("max_tokens_to_sample", .maximumOutput),
            Field("parameters.max_new_tokens", .maximumOutput),
            Field("max_tokens", .maximumOutput),
            Field("input.**", .text),
            Field("prompt.**", .text),
            Field("messages[].content", .text),
            Field("messages[].content[].text", .text),
        ])

    static let dashscope = RequestTable(
        common + [
            Field("parameters.max_tokens", .maximumOutput),
            Field("input.prompt", .text),
            Field("input.messages[].content", .text),
            Field("input.messages[].content[].text", .text),
        ])

    static let tencent = RequestTable(
        common + [
            Field("Model", .model), Field("Stream", .stream), Field("Messages[].Content", .text),
        ])
}
