// Gemini's interactions: thoughts and tool prompts come on top of output and input, as in generateContent,
// under names of their own. A hop that asks to be continued is an exchange that is charged for.

import Terms

extension Dialect {
    static let geminiInteractions = Dialect(
        "gemini/interactions", api: "interactions",
        fields: ["", "interaction."].flatMap { interactionFields(at: $0) } + [
            Field("event_type", .eventType),
            Field("error", .error),
            Field("delta.text", .text),
            Field("steps[].content[].text", .text),
        ] + interactionUsage(at: "metadata.total_usage"),
        inclusions: [
            .within(.cacheRead, .input), .within(.audioInput, .input), .within(.imageInput, .input),
            .within(.videoInput, .input), .within(.documentInput, .input), .beside(.toolPrompt, .input),
            .beside(.reasoning, .output), .within(.audioOutput, .output), .within(.imageOutput, .output),
        ],
        stream: StreamShape(
            framing: .events,
            terminal: .types(["interaction.completed", "interaction.failed", "interaction.incomplete"])),
        request: .geminiInteractions,
        traits: DialectTraits(
            searchMeter: Meter("grounding.query"), searchedPrompt: searchedPrompt, isLookedAt: true,
            pendingStates: ["in_progress", "queued"], emptyIDIsNone: true))

    /// Older families charge once for a prompt that searched, newer ones for each query.
    static let searchedPrompt: (models: [String], meter: Meter) = (
        ["gemini-1", "gemini-2"], Meter("grounding.prompt")
    )

    private static func interactionFields(at prefix: String) -> [Field] {
        [
            Field("\(prefix)id", .responseID),
            Field("\(prefix)model", .model),
            Field("\(prefix)status", .finishReason),
            Field("\(prefix)service_tier", .serviceTier),
        ] + interactionUsage(at: "\(prefix)usage")
    }

    private static func interactionUsage(at root: String) -> [Field] {
        let counts: [(String, Cell)] = [
            ("total_input_tokens", .input),
            ("total_cached_tokens", .cacheRead),
            ("total_output_tokens", .output),
            ("total_thought_tokens", .reasoning),
            ("total_tool_use_tokens", .toolPrompt),
            ("total_tokens", .total),
        ]
        let lists: [(String, PartKind)] = [
            ("input_tokens_by_modality", .promptModality),
            ("cached_tokens_by_modality", .cacheModality),
            ("output_tokens_by_modality", .outputModality),
            ("tool_use_tokens_by_modality", .toolModality),
        ]
        return counts.map { Field("\(root).\($0.0)", .cell($0.1)) }
            + lists.flatMap { name, kind in
                [
                    Field("\(root).\(name)[].modality", .partType),
                    Field("\(root).\(name)[].tokens", .partCell(.elementCount)),
                    Field("\(root).\(name)[]", .part(kind)),
                ]
            } + [
                Field("\(root).grounding_tool_count[].type", .partType),
                Field("\(root).grounding_tool_count[].count", .partCell(.elementCount)),
                Field("\(root).grounding_tool_count[]", .part(.toolCalls)),
                Field(root, .usage),
            ] + costs(at: root)
    }
}

extension RequestTable {
    static let geminiInteractions = RequestTable(
        common + [
            Field("agent", .model),
            Field("generation_config.max_output_tokens", .maximumOutput),
            Field("input", .text),
            Field("input[].text", .text),
            Field("input[].content", .text),
            Field("input[].content[].text", .text),
            Field("system_instruction", .text),
            Field("tools.**", .text),
        ])
}
