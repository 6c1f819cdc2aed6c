// Embeddings, with every spelling that servers of the surface use. Nothing is generated, so a stated
// total is the input.

extension Dialect {
    static let openAIEmbeddings = Dialect(
        "openai/embeddings", api: "embeddings",
        fields: [
            Field("id", .responseID),
            Field("model", .model),
            Field("error", .error),
            Field("usage.prompt_tokens", .cell(.input)),
            Field("usage.input_tokens", .cell(.input)),
            Field("usage.completion_tokens", .cell(.output)),
            Field("usage.total_tokens", .cell(.total)),
            Field("usage.prompt_tokens_details.image_tokens", .cell(.imageInput)),
            Field("usage", .usage),
        ] + costs(at: "usage"),
        inclusions: [.within(.imageInput, .input)],
        request: .embeddings, totalIsInput: true)
}

extension RequestTable {
    static let embeddings = RequestTable(
        common + [Field("input.**", .text), Field("inputs.**", .text), Field("texts.**", .text)])
}
