// Gemini generateContent, on Google's two hosts and in its three framings. Thoughts and tool-use
// prompts come on top of candidates and prompt; in a stream the last report stands whole.

import Terms

extension Dialect {
    static let geminiGenerate = Dialect(
        "gemini/generate", api: "generate_content",
        fields: [
            Field("responseId", .responseID),
            Field("modelVersion", .model),
            Field("candidates[].finishReason", .finishReason),
            Field("candidates[].groundingMetadata.webSearchQueries[]", .search),
            Field("candidates[].groundingMetadata.groundingChunks[].maps", .mapsChunk),
            Field("promptFeedback.blockReason", .blockReason),
            Field("candidates[].content.parts[].text", .text),
            Field("candidates[].content.parts[].functionCall.args.**", .text),
            Field("error", .error),
        ] + geminiUsage(at: "usageMetadata"),
        inclusions: [
            .within(.cacheRead, .input),
            .within(.audioInput, .input),
            .within(.imageInput, .input),
            .within(.videoInput, .input),
            .within(.documentInput, .input),
            .beside(.toolPrompt, .input),
            .asTotalShows(.reasoning, .output, otherwise: .beside),
            .within(.audioOutput, .output),
            .within(.imageOutput, .output),
        ],
        merge: .replace,
        stream: StreamShape(framing: .array, terminal: .finishReason),
        request: .geminiGenerate, presenceStates: true,
        traits: DialectTraits(
            headerWords: [("x-gemini-service-tier", .serviceTier)],
            searchMeter: Meter("grounding.query"), searchedPrompt: searchedPrompt))

    /// Gemini's embeddings; older models report nothing.
    static let geminiEmbed = Dialect(
        "gemini/embed", api: "embeddings",
        fields: [Field("error", .error)] + geminiUsage(at: "usageMetadata"),
        inclusions: [.within(.audioInput, .input), .within(.imageInput, .input)],
        request: .geminiEmbed, totalIsInput: true)

    static func geminiUsage(at root: String) -> [Field] {
        let counts: [(String, Cell)] = [
            ("promptTokenCount", .input),
            ("candidatesTokenCount", .output),
            ("responseTokenCount", .output),
            ("totalTokenCount", .total),
            ("cachedContentTokenCount", .cacheRead),
            ("thoughtsTokenCount", .reasoning),
            ("toolUsePromptTokenCount", .toolPrompt),
        ]
        let lists: [(String, PartKind)] = [
            ("promptTokensDetails", .promptModality),
            ("promptTokenDetails", .promptModality),
            ("cacheTokensDetails", .cacheModality),
            ("candidatesTokensDetails", .outputModality),
            ("responseTokensDetails", .outputModality),
            ("toolUsePromptTokensDetails", .toolModality),
        ]
        return counts.map { Field("\(root).\($0.0)", .cell($0.1)) }
            + lists.flatMap { name, kind in
                [
                    Field("\(root).\(name)[].modality", .partType),
                    Field("\(root).\(name)[].tokenCount", .partCell(.elementCount)),
                    Field("\(root).\(name)[]", .part(kind)),
                ]
            } + [
                Field("\(root).trafficType", .serviceTier),
                Field("\(root).serviceTier", .serviceTier),
                Field(root, .usage),
            ] + costs(at: root)
    }
}

extension RequestTable {
    static let geminiGenerate = RequestTable(
        common + [
            Field("generationConfig.maxOutputTokens", .maximumOutput),
            Field("generation_config.max_output_tokens", .maximumOutput),
            Field("generationConfig.candidateCount", .candidates),
            Field("contents.**", .text),
            Field("systemInstruction.**", .text),
            Field("system_instruction.**", .text),
            Field("tools.**", .text),
        ])

    static let geminiEmbed = RequestTable(
        common + [Field("content.**", .text), Field("requests[].content.**", .text)])
}
