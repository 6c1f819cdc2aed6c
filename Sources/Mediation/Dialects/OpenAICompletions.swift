// OpenAI's older text completions, still spoken by most self-hosted servers. Usage is spelled as in
// chat; only the text stands elsewhere.

extension Dialect {
    static let openAICompletions = Dialect(
        "openai/completions", api: "completions",
        fields: chatEnvelope + [Field("choices[].text", .text)]
            + ["usage", "x_groq.usage", "choices[].usage"].flatMap { chatUsage(at: $0) },
        inclusions: chatInclusions,
        stream: StreamShape(framing: .events, terminal: .marker, terminalIsOptional: true),
        request: .openAICompletions)

    /// Fill in the middle (Mistral): the shape of chat under another path.
    static let fimCompletions = Dialect(
        "mistral/fim", api: "fim_completions", fields: openAIChat.fields, inclusions: chatInclusions,
        stream: openAIChat.stream, request: .openAICompletions)
}

extension RequestTable {
    static let openAICompletions = RequestTable(
        common + [
            Field("stream_options", .streamOptions),
            Field("stream_options.include_usage", .includeUsage),
            Field("max_tokens", .maximumOutput),
            Field("n", .candidates),
            Field("best_of", .candidates),
            Field("prompt.**", .text),
            Field("suffix", .text),
        ], asksForUsage: true)
}
