// Vertex's older surface for embeddings and images, and caches that are made by themselves.

import Terms

extension Dialect {
    static let predictEmbeddings = Dialect(
        "gemini/predict", api: "predict_embeddings",
        fields: [
            Field("predictions[].embeddings.statistics.token_count", .sumCell(.input)),
            Field("error", .error),
        ],
        request: .predict, totalIsInput: true)

    static let predictImages = Dialect(
        "gemini/predict-images", api: "images",
        fields: [Field("predictions[].bytesBase64Encoded", .choice), Field("error", .error)],
        request: .predict, traits: DialectTraits(choiceMeter: Meter("image.count")))

    /// Making a cache is charged for as input. What it costs to keep depends on how long it is kept.
    static let cachedContents = Dialect(
        "gemini/cached-contents", api: "cached_contents",
        fields: [
            Field("model", .model),
            Field("error", .error),
            Field("usageMetadata.totalTokenCount", .cell(.input)),
            Field("usageMetadata", .usage),
        ],
        request: .geminiGenerate, totalIsInput: true)
}

extension RequestTable {
    static let predict = RequestTable(
        common + [Field("instances[].content", .text), Field("instances[].prompt", .text)])
}
