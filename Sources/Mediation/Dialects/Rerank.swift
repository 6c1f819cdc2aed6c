// Surfaces that order, read or search instead of generating. What they charge for are search units,
// pages or calls; some count tokens of the input.

import Terms

extension Dialect {
    /// The shapes of Cohere, Jina, Voyage, Together, NIM, vLLM and llama.cpp.
    static let rerank = Dialect(
        "rerank", api: "rerank",
        fields: [
            Field("id", .responseID),
            Field("model", .model),
            Field("error", .error),
            Field("usage.prompt_tokens", .cell(.input)),
            Field("usage.completion_tokens", .cell(.output)),
            Field("usage.total_tokens", .cell(.total)),
            Field("usage.search_units", .unit(Meter("rerank.search_unit"))),
            Field("usage", .usage),
            Field("meta.billed_units.search_units", .unit(Meter("rerank.search_unit"))),
            Field("meta.billed_units", .usage),
        ] + costs(at: "usage"),
        totalIsInput: true)

    static let mistralOCR = Dialect(
        "mistral/ocr", api: "ocr",
        fields: [
            Field("model", .model),
            Field("document_annotation", .annotation),
            Field("pages[].images[].image_annotation", .annotation),
            Field("usage_info.pages_processed", .unit(Meter("ocr.page"))),
            Field("usage_info", .usage),
        ], traits: DialectTraits(annotation: (Meter("ocr.page"), Meter("ocr.annotated_page"))))

    /// Priced by the request (Perplexity).
    static let search = Dialect(
        "search", api: "search", fields: [Field("id", .responseID), Field("error", .error)],
        traits: DialectTraits(countsCalls: .request))
}
