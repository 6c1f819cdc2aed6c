// OpenAI's other surfaces: runs of assistants, realtime sessions, compaction, decisions.

import Terms

extension Dialect {
    /// A run's report is the sum of its steps, whose own reports are not read.
    static let assistantRuns = Dialect(
        "openai/runs", api: "assistants_runs", fields: runFields, inclusions: chatInclusions,
        stream: StreamShape(
            framing: .events, terminal: .marker, terminalIsOptional: true,
            ignoredTypes: ["thread.run.step", "thread.message", "thread.message.delta"]),
        request: .runs, traits: DialectTraits(isLookedAt: true, pendingStates: runStates))

    private static let runFields: [Field] =
        [
            Field("object", .eventType),
            Field("id", .responseID),
            Field("model", .model),
            Field("status", .finishReason),
            Field("last_error", .error),
        ] + chatUsage(at: "usage")
    private static let runStates = ["queued", "in_progress", "requires_action"]

    /// A context made shorter; the answer names no model.
    static let responsesCompact = Dialect(
        "openai/responses-compact", api: "responses_compact", fields: openAIResponses.fields,
        inclusions: openAIResponses.inclusions, request: .openAIResponses, cacheWriteMeter: .thirtyMinutes)

    /// Classification by a language model.
    static let decisions = Dialect(
        "openai/decisions", api: "decisions", fields: openAIResponses.fields,
        inclusions: openAIResponses.inclusions, request: .openAIResponses, cacheWriteMeter: .thirtyMinutes)

    /// One socket, many responses: each is charged for by itself, also the cancelled ones, and what was
    /// heard is charged for under a model of its own.
    static let realtime = Dialect(
        "openai/realtime", api: "realtime",
        fields: [
            Field("type", .eventType),
            Field("response.usage.input_tokens", .partCell(.input)),
            Field("response.usage.output_tokens", .partCell(.output)),
            Field("\(heard).audio_tokens", .partCell(.audioInput)),
            Field("\(heard).image_tokens", .partCell(.imageInput)),
            Field("\(heard).cached_tokens", .partCell(.cacheRead)),
            Field("\(heard).cached_tokens_details.audio_tokens", .partCell(.audioCacheRead)),
            Field("\(heard).cached_tokens_details.image_tokens", .partCell(.imageCacheRead)),
            Field("response.usage.output_token_details.audio_tokens", .partCell(.audioOutput)),
            Field("response.usage", .part(.response)),
            Field("session.model", .model),
            Field("usage.seconds", .partUnit(.audioSeconds)),
            Field("usage.input_tokens", .partCell(.input)),
            Field("usage.input_token_details.audio_tokens", .partCell(.audioInput)),
            Field("usage.output_tokens", .partCell(.output)),
            Field("usage", .part(.transcription)),
        ],
        inclusions: [
            .within(.cacheRead, .input), .within(.audioInput, .input), .within(.imageInput, .input),
            .within(.audioOutput, .output),
        ],
        stream: StreamShape(
            framing: .lines, terminal: .marker, terminalIsOptional: true, reportsAreFinal: true),
        request: RequestTable(RequestTable.common, streamsByDefault: true),
        traits: DialectTraits(transcriptionModel: "whisper-1"))

    /// One socket again, for responses: each is charged for by itself, also those that were steered away.
    static let responsesSocket = Dialect(
        "openai/responses-socket", api: "responses",
        fields: [
            Field("type", .eventType),
            Field("response.id", .responseID),
            Field("response.model", .partModel),
            Field("response.status", .finishReason),
            Field("response.service_tier", .serviceTier),
            Field("error", .error),
            Field("delta", .text),
            Field("\(said).input_tokens", .partCell(.input)),
            Field("\(said).output_tokens", .partCell(.output)),
            Field("\(said).total_tokens", .partCell(.total)),
            Field("\(said).input_tokens_details.cached_tokens", .partCell(.cacheRead)),
            Field("\(said).input_tokens_details.cache_write_tokens", .partCell(.cacheWrite)),
            Field("\(said).output_tokens_details.reasoning_tokens", .partCell(.reasoning)),
            Field(said, .part(.response)),
        ],
        inclusions: openAIResponses.inclusions,
        stream: StreamShape(
            framing: .lines, terminal: .marker, terminalIsOptional: true,
            ignoredTypes: ["response.created", "response.in_progress", "response.queued"],
            reportsAreFinal: true),
        request: RequestTable(RequestTable.common, streamsByDefault: true),
        cacheWriteMeter: .thirtyMinutes)

    private static let said = "response.usage"

    /// A live session is charged for by its seconds, told as totals so far; responses that it delegates are
    /// charged for beside them.
    static let live = Dialect(
        "openai/live", api: "live",
        fields: [
            Field("type", .eventType),
            Field("session.model", .model),
            Field("usage.seconds", .unit(Meter("live.seconds"))),
            Field("usage", .usage),
            Field("session.usage.seconds", .unit(Meter("live.seconds"))),
            Field("session.usage", .usage),
            Field("event.response.model", .partModel),
            Field("event.response.usage.input_tokens", .partCell(.input)),
            Field("event.response.usage.output_tokens", .partCell(.output)),
            Field("event.response.usage.input_tokens_details.cached_tokens", .partCell(.cacheRead)),
            Field("event.response.usage.output_tokens_details.reasoning_tokens", .partCell(.reasoning)),
            Field("event.response.usage", .part(.response)),
        ],
        inclusions: openAIResponses.inclusions,
        stream: StreamShape(framing: .lines, terminal: .types(["session.closed"])),
        request: RequestTable(RequestTable.common, streamsByDefault: true))

    private static let heard = "response.usage.input_token_details"
}

extension RequestTable {
    /// Reports come unasked.
    static let runs = RequestTable(
        common + [
            Field("max_completion_tokens", .maximumOutput),
            Field("instructions", .text),
            Field("additional_instructions", .text),
            Field("additional_messages[].content", .text),
        ])
}
