// Cohere's embeddings: what is charged for stands in `billed_units`, tokens or images.

extension Dialect {
    static let cohereEmbed = Dialect(
        "cohere/embed", api: "embeddings",
        fields: [
            Field("id", .responseID),
            Field("meta.billed_units.input_tokens", .cell(.input)),
            Field("meta.billed_units.images", .cell(.images)),
            Field("meta.billed_units", .usage),
        ],
        request: .embeddings, totalIsInput: true)
}
