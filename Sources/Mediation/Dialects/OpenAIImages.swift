// Images. Models of the GPT family report tokens, and what a second model wrote for an SVG beside them; the
// others are charged for by the image, which is then counted under a name with the size and quality asked
// for.

import Terms

extension Dialect {
    static let images = Dialect(
        "openai/images", api: "images",
        fields: [
            Field("type", .eventType),
            Field("error", .error),
            Field("data[]", .choice),
            Field("usage.input_tokens", .cell(.input)),
            Field("usage.input_tokens_details.image_tokens", .cell(.imageInput)),
            Field("usage.input_tokens_details.cached_tokens", .cell(.cacheRead)),
            Field("usage.input_tokens_details.cached_tokens_details.image_tokens", .cell(.imageCacheRead)),
            Field("usage.output_tokens", .cell(.output)),
            Field("usage.output_tokens_details.image_tokens", .cell(.imageOutput)),
            Field("svg_usage.model", .partModel),
            Field("svg_usage.input_tokens", .partCell(.input)),
            Field("svg_usage.input_tokens_details.cached_tokens", .partCell(.cacheRead)),
            Field("svg_usage.output_tokens", .partCell(.output)),
            Field("svg_usage.reasoning_tokens", .partCell(.reasoning)),
            Field("svg_usage", .part(.svgAuthor), label: "svg_usage"),
        ] + chatUsage(at: "usage"),
        inclusions: [
            .within(.cacheRead, .input), .within(.cacheWrite, .input), .within(.imageInput, .input),
            .within(.imageOutput, .output), .within(.reasoning, .output),
        ],
        stream: StreamShape(
            framing: .events, terminal: .types(["image_generation.completed", "image_edit.completed"]),
            terminalIsOptional: true),
        request: .images, presenceStates: true,
        traits: DialectTraits(choiceMeter: Meter("image.count"), unnamedOutput: .imageOutput))
}

extension Dialect {
    /// Videos are made in the background and charged for by their length and size, which are told beforehand.
    static let videos = Dialect(
        "openai/videos", version: 2, api: "videos",
        fields: [
            Field("id", .responseID),
            Field("model", .model),
            Field("status", .finishReason),
            Field("error", .error),
            Field("seconds", .looseUnit(.videoSeconds)),
            Field("size", .videoSize),
        ],
        traits: DialectTraits(
            isLookedAt: true, countsWhenDone: true, pendingStates: ["queued", "in_progress"]))
}

extension RequestTable {
    static let images = RequestTable(
        common + [
            Field("n", .candidates), Field("prompt", .text), Field("size", .size), Field("quality", .quality),
        ])
}
