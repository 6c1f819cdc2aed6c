// Ollama's native surface: counts stand in the last line itself, among the message; zero counts are
// left out, so an absent prompt count means a prompt that was wholly cached.

extension Dialect {
    static let ollamaChat = Dialect(
        "ollama/chat", api: "ollama_chat",
        fields: ollamaFields + [
            Field("message.content", .text),
            Field("message.thinking", .text),
            Field("message.tool_calls[].function.arguments.**", .text),
            Field("choices[].message.content", .text),
        ] + chatUsage(at: "usage"),
        inclusions: chatInclusions,
        stream: StreamShape(framing: .lines, terminal: .flag),
        request: .ollamaChat)

    static let ollamaGenerate = Dialect(
        "ollama/generate", api: "ollama_generate",
        fields: ollamaFields + [Field("response", .text), Field("thinking", .text)],
        inclusions: [.within(.cacheRead, .input)],
        stream: StreamShape(framing: .lines, terminal: .flag),
        request: .ollamaGenerate)

    static let ollamaEmbed = Dialect(
        "ollama/embed", api: "ollama_embed", fields: ollamaFields, request: .embeddings)

    private static let ollamaFields: [Field] = [
        Field("model", .model),
        Field("done_reason", .finishReason),
        Field("done", .doneFlag),
        Field("error", .error),
        Field("prompt_eval_count", .looseCell(.input)),
        Field("prompt_eval_cached_count", .looseCell(.cacheRead)),
        Field("eval_count", .looseCell(.output)),
    ]
}

extension RequestTable {
    private static let ollama: [Field] = [
        Field("options.num_predict", .maximumOutput),
        Field("tools.**", .text),
    ]

    static let ollamaChat = RequestTable(
        common + ollama + [Field("messages[].content", .text)], streamsByDefault: true)

    static let ollamaGenerate = RequestTable(
        common + ollama + [Field("prompt", .text), Field("system", .text), Field("suffix", .text)],
        streamsByDefault: true)
}
