// Endpoints that count, list or judge and are never charged for. What a counting endpoint returns is
// an answer, not usage.

extension Dialect {
    static let countTokens = Dialect(
        "count-tokens", api: "count_tokens",
        fields: [Field("id", .responseID), Field("model", .model), Field("error", .error)],
        billing: .countOnly)

    static let moderations = Dialect(
        "openai/moderations", api: "moderations",
        fields: [Field("id", .responseID), Field("model", .model), Field("error", .error)],
        billing: .free)

    static let models = Dialect("models", api: "models", fields: [], billing: .free)

    /// An answer that was made before, fetched again.
    static let fetchedResponse = openAIResponses.changed("openai/responses-get", billing: .replay)
    static let fetchedCompletion = openAIChat.changed("openai/chat-get", billing: .replay)

    /// Forwarded and recorded; nothing is read from it.
    static let other = Dialect("other", api: "other", fields: [])
}
