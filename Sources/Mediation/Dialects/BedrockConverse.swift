// Bedrock Converse: one shape for all models. `inputTokens` is what no cache held; the model stands only
// in the path, where it is also what is sold. Streams are binary, with the report in their last message.

import Terms

extension Dialect {
    static let bedrockConverse = Dialect(
        "bedrock/converse", api: "converse",
        fields: [
            Field("stopReason", .finishReason),
            Field("serviceTier.type", .serviceTier),
            Field("performanceConfig.latency", .speed),
            Field("trace.promptRouter.invokedModelId", .model),
            Field("output.message.content[].text", .text),
            Field("output.message.content[].reasoningContent.reasoningText.text", .text),
            Field("output.message.content[].toolUse.input.**", .text),
            Field("delta.text", .text),
            Field("delta.reasoningContent.text", .text),
            Field("delta.toolUse.input", .text),
        ] + guardrail(at: ["trace.guardrail.inputAssessment.*", "trace.guardrail.outputAssessments.*[]"])
            + converseUsage(at: "usage"),
        inclusions: [
            .beside(.cacheRead, .input), .beside(.cacheWrite, .input), .within(.reasoning, .output),
        ],
        stream: StreamShape(framing: .messages, terminal: .report),
        request: .bedrock, cacheWriteMeter: .fiveMinutes,
        traits: DialectTraits(headerWords: bedrockHeaders, sellsPathModel: true))

    /// What the answer's head says where the body does not.
    static let bedrockHeaders: [(name: String, word: HeaderWord)] = [
        ("x-amzn-bedrock-service-tier", .serviceTier),
        ("x-amzn-bedrock-performanceconfig-latency", .speed),
    ]

    /// Models of the OpenAI family count cached tokens in their prompt when they stream, and then once
    /// more in the total.
    static let bedrockConverseOpenAI = bedrockConverse.changed(
        "bedrock/converse-openai",
        inclusions: [
            .withinIfItFits(.cacheRead, .input), .withinIfItFits(.cacheWrite, .input),
            .within(.reasoning, .output),
        ], cacheWriteMeter: .thirtyMinutes)

    static func converseUsage(at root: String) -> [Field] {
        let counts: [(String, Cell)] = [
            ("inputTokens", .input),
            ("outputTokens", .output),
            ("totalTokens", .total),
            ("cacheReadInputTokens", .cacheRead),
            ("cacheReadInputTokenCount", .cacheRead),
            ("cacheWriteInputTokens", .cacheWrite),
            ("cacheWriteInputTokenCount", .cacheWrite),
            ("output_tokens_details.thinking_tokens", .reasoning),
        ]
        return counts.map { Field("\(root).\($0.0)", .cell($0.1)) } + [
            Field("\(root).cacheDetails[].ttl", .partType),
            Field("\(root).cacheDetails[].inputTokens", .partCell(.elementCount)),
            Field("\(root).cacheDetails[]", .part(.cacheLifetime)),
            Field(root, .usage),
        ] + costs(at: root)
    }

    /// What a guardrail that is applied by itself charges for.
    static let bedrockGuardrail = Dialect(
        "bedrock/guardrail", api: "guardrail",
        fields: guardrailUnits.map { Field("usage.\($0)", .unit(Meter("guardrail.\($0)"))) }
            + [Field("usage", .usage)],
        traits: DialectTraits(soldAs: "guardrail"))

    private static let guardrailUnits = [
        "topicPolicyUnits", "contentPolicyUnits", "contentPolicyImageUnits", "wordPolicyUnits",
        "sensitiveInformationPolicyUnits", "contextualGroundingPolicyUnits", "automatedReasoningPolicyUnits",
    ]

    /// What a guardrail around a call charges for: told where the trace was asked for.
    static func guardrail(at assessments: [String]) -> [Field] {
        assessments.map { "\($0).invocationMetrics.usage" }.flatMap { root in
            guardrailUnits.map { Field("\(root).\($0)", .partUnit(Meter("guardrail.\($0)"))) }
                + [Field(root, .part(.guardrail))]
        }
    }
}

extension RequestTable {
    /// Converse, and the bodies that the models behind Invoke take.
    static let bedrock = RequestTable(
        common + [
            Field("inferenceConfig.maxTokens", .maximumOutput),
            Field("inferenceConfig.max_new_tokens", .maximumOutput),
            Field("max_tokens", .maximumOutput),
            Field("max_tokens_to_sample", .maximumOutput),
            Field("max_gen_len", .maximumOutput),
            Field("textGenerationConfig.maxTokenCount", .maximumOutput),
            Field("serviceTier.type", .serviceTier),
            Field("system", .text),
            Field("system[].text", .text),
            Field("messages[].content", .text),
            Field("messages[].content[].text", .text),
            Field("messages[].content[].toolUse.input.**", .text),
            Field("messages[].content[].toolResult.**", .text),
            Field("toolConfig.**", .text),
            Field("tools.**", .text),
            Field("prompt", .text),
            Field("inputText", .text),
            Field("texts.**", .text),
        ])
}
