// Endpoints that count, list or judge and are never charged for. What a counting endpoint returns is
// an answer, not usage.

import Terms

extension Dialect {
    static let countTokens = Dialect(
        "count-tokens", api: "count_tokens",
        fields: [Field("id", .responseID), Field("model", .model), Field("error", .error)],
        billing: .countOnly)

    static let moderations = Dialect(
        "openai/moderations", api: "moderations",
        fields: [Field("id", .responseID), Field("model", .model), Field("error", .error)],
        billing: .free, traits: DialectTraits(countsCalls: .request))

    static let models = Dialect("models", api: "models", fields: [], billing: .free)

    /// An answer that was made before, fetched again.
    static let fetchedResponse = openAIResponses.changed("openai/responses-get", billing: .replay)
    static let fetchedCompletion = openAIChat.changed("openai/chat-get", billing: .replay)
    /// Work that is made in the background, and looked at until it is done.
    static let fetchedInteraction = geminiInteractions.changed("gemini/interactions-get", billing: .once)
    static let fetchedPrediction = replicatePredictions.changed("replicate/predictions-get", billing: .once)
    static let fetchedVideo = videos.changed("openai/videos-get", billing: .once)
    /// A chat completion that was accepted (202) and is fetched by the request's id (NVIDIA).
    static let fetchedAccepted = openAIChat.changed("nvidia/status", billing: .once)
    static let fetchedRun = assistantRuns.changed("openai/runs-get", billing: .once)

    /// What is known of work that was done before.
    static let lookup = Dialect("lookup", api: "lookup", fields: [], billing: .free)

    /// Forwarded and recorded; nothing is read from it.
    static let other = Dialect("other", api: "other", fields: [])
}
