// Cohere: `tokens` is what the model saw, `billed_units` what is charged for (the prompt template is
// not). Older surfaces state only the latter.

import Terms

extension Dialect {
    static let cohereChatV2 = Dialect(
        "cohere/chat-v2", api: "cohere_chat_v2",
        fields: [
            Field("id", .responseID),
            Field("type", .eventType),
            Field("finish_reason", .finishReason),
            Field("delta.finish_reason", .finishReason),
            Field("delta.error", .error),
            Field("message.content[].text", .text),
            Field("message.content[].thinking", .text),
            Field("message.tool_plan", .text),
            Field("message.tool_calls[].function.arguments", .text),
            Field("delta.message.content.text", .text),
            Field("delta.message.content.thinking", .text),
            Field("delta.message.tool_plan", .text),
            Field("delta.message.tool_calls.function.arguments", .text),
        ] + cohereUsage(at: "usage") + cohereUsage(at: "delta.usage"),
        inclusions: cohereInclusions,
        stream: StreamShape(framing: .events, terminal: .types(["message-end"])), request: .cohere)

    static let cohereChatV1 = Dialect(
        "cohere/chat-v1", api: "cohere_chat_v1",
        fields: [
            Field("generation_id", .responseID),
            Field("event_type", .eventType),
            Field("finish_reason", .finishReason),
            Field("text", .text),
            Field("tool_calls[].parameters.**", .text),
        ] + cohereUsage(at: "meta") + cohereUsage(at: "response.meta"),
        inclusions: cohereInclusions, stream: cohereLines, request: .cohere)

    static let cohereGenerate = Dialect(
        "cohere/generate", api: "cohere_generate",
        fields: [
            Field("id", .responseID),
            Field("event_type", .eventType),
            Field("finish_reason", .finishReason),
            Field("text", .text),
            Field("generations[].text", .text),
        ] + cohereUsage(at: "meta") + cohereUsage(at: "response.meta"),
        inclusions: cohereInclusions, stream: cohereLines, request: .cohere)

    /// Embeddings are charged for by tokens or by images.
    static let cohereEmbed = Dialect(
        "cohere/embed", api: "embeddings",
        fields: [
            Field("id", .responseID),
            Field("meta.billed_units.input_tokens", .cell(.input)),
            Field("meta.billed_units.images", .cell(.images)),
            Field("meta.billed_units", .usage),
        ],
        request: .embeddings, totalIsInput: true)

    static let cohereClassify = Dialect(
        "cohere/classify", api: "classify",
        fields: [
            Field("id", .responseID),
            Field("meta.billed_units.classifications", .unit(Meter("classification.unit"))),
            Field("meta.billed_units", .usage),
        ])

    static let cohereParse = Dialect(
        "cohere/parse", api: "parse",
        fields: [
            Field("id", .responseID),
            Field("meta.billed_units.pages", .unit(Meter("parse.page"))),
            Field("meta.billed_units", .usage),
        ])

    private static let cohereLines = StreamShape(framing: .lines, terminal: .types(["stream-end"]))

    private static let cohereInclusions: [Inclusion] = [
        .within(.cacheRead, .input), .within(.imageInput, .input), .within(.reasoning, .output),
    ]

    private static func cohereUsage(at root: String) -> [Field] {
        [
            Field("\(root).tokens.input_tokens", .cell(.input)),
            Field("\(root).tokens.output_tokens", .cell(.output)),
            Field("\(root).tokens.reasoning_tokens", .cell(.reasoning)),
            Field("\(root).tokens.image_tokens", .cell(.imageInput)),
            Field("\(root).cached_tokens", .cell(.cacheRead)),
            Field("\(root).billed_units.input_tokens", .billedCell(.input)),
            Field("\(root).billed_units.output_tokens", .billedCell(.output)),
            Field("\(root).billed_units.search_units", .unit(Meter("rerank.search_unit"))),
            Field(root, .usage, label: root == "usage" ? nil : root),
        ]
    }
}

extension RequestTable {
    static let cohere = RequestTable(
        common + [
            Field("max_tokens", .maximumOutput),
            Field("messages[].content", .text),
            Field("messages[].content[].text", .text),
            Field("message", .text),
            Field("preamble", .text),
            Field("prompt", .text),
            Field("chat_history[].message", .text),
            Field("documents.**", .text),
            Field("tools.**", .text),
        ])
}
