// Speech to text and back. Hearing is charged for by tokens or by seconds, as the model is; a response
// that is plain text or sound says neither.

import Terms

extension Dialect {
    static let transcriptions = Dialect(
        "openai/transcriptions", api: "audio_transcriptions",
        fields: [
            Field("type", .eventType),
            Field("model", .model),
            Field("error", .error),
            Field("duration", .duration),
        ] + audioUsage,
        inclusions: [.within(.audioInput, .input), .within(.cacheRead, .input)],
        stream: audioStream, request: .audio, traits: DialectTraits(durationMeter: .audioSeconds))

    /// Audio tokens come on top of the prompt, and seconds are what is charged for.
    static let mistralTranscriptions = transcriptions.changed(
        "mistral/transcriptions",
        adding: [
            Field("usage.prompt_tokens", .cell(.input)),
            Field("usage.completion_tokens", .cell(.output)),
            Field("usage.prompt_tokens_details.audio_tokens", .cell(.audioInput)),
            Field("usage.prompt_tokens_details.cached_tokens", .cell(.cacheRead)),
            Field("usage.prompt_audio_seconds", .unit(.audioSeconds)),
            Field("usage.service_tier", .serviceTier),
        ],
        inclusions: [
            .asTotalShows(.audioInput, .input, otherwise: .beside), .within(.cacheRead, .input),
        ],
        traits: DialectTraits(
            unitsInsteadOf: [(.audioSeconds, .audioInput)], durationMeter: .audioSeconds))

    /// Ten seconds are the least that is charged for.
    static let groqTranscriptions = transcriptions.changed(
        "groq/transcriptions",
        traits: DialectTraits(
            minimums: [(.audioSeconds, Quantity(10))], durationMeter: .audioSeconds))

    static let speech = Dialect(
        "openai/speech", api: "audio_speech",
        fields: [Field("type", .eventType), Field("error", .error)] + audioUsage,
        stream: audioStream, request: .speech,
        traits: DialectTraits(requestTextMeter: Meter("chars.in"), unnamedOutput: .audioOutput))

    /// Characters are counted (MiniMax). An error comes with status 200.
    static let minimaxSpeech = Dialect(
        "minimax/speech", api: "audio_speech",
        fields: [
            Field("trace_id", .requestID),
            Field("base_resp.status_code", .errorCode),
            Field("extra_info.usage_characters", .unit(Meter("chars.in"))),
            Field("extra_info", .usage),
        ],
        stream: StreamShape(framing: .events, terminal: .report), request: .speech,
        traits: DialectTraits(requestTextMeter: Meter("chars.in")))

    private static let audioStream = StreamShape(
        framing: .events, terminal: .types(["transcript.text.done", "speech.audio.done"]),
        terminalIsOptional: true)

    private static let audioUsage: [Field] =
        [
            Field("usage.input_tokens", .cell(.input)),
            Field("usage.output_tokens", .cell(.output)),
            Field("usage.total_tokens", .cell(.total)),
            Field("usage.input_token_details.audio_tokens", .cell(.audioInput)),
            Field("usage.input_token_details.cached_tokens", .cell(.cacheRead)),
            Field("usage.seconds", .unit(.audioSeconds)),
            Field("usage", .usage),
        ] + costs(at: "usage")
}

extension RequestTable {
    static let audio = RequestTable(common)
    static let speech = RequestTable(common + [Field("input", .text), Field("text", .text)])
}
