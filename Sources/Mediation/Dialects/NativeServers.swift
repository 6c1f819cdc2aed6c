// The native surfaces of servers that people run themselves. Most have an OpenAI surface as well, which
// is read by that table. Where nothing is reported, what was relayed is all there is to estimate from.

import Terms

extension Dialect {
    /// `tokens_evaluated` is the whole prompt; `tokens_cached` is the size of the slot and no cache read.
    static let llamaCompletion = Dialect(
        "llamacpp/completion", api: "llamacpp_completion",
        fields: [
            Field("model", .model),
            Field("stop", .doneFlag),
            Field("stop_type", .finishReason),
            Field("error", .error),
            Field("content", .text),
            Field("tokens_evaluated", .looseCell(.input)),
            Field("tokens_predicted", .looseCell(.output)),
            Field("timings.cache_n", .looseCell(.cacheRead)),
        ],
        inclusions: [.within(.cacheRead, .input)],
        stream: StreamShape(framing: .events, terminal: .flag), request: .native)

    /// Text Generation Inference and SGLang, which share the path and not the shape.
    static let tgiGenerate = Dialect(
        "tgi/generate", api: "tgi_generate",
        fields: ["", "[]."].flatMap { prefix in
            [
                Field("\(prefix)details.finish_reason", .finishReason),
                Field("\(prefix)details.generated_tokens", .sumCell(.output)),
                Field("\(prefix)details.input_length", .looseCell(.input)),
                Field("\(prefix)generated_text", .text),
                Field("\(prefix)meta_info.prompt_tokens", .sumCell(.input)),
                Field("\(prefix)meta_info.completion_tokens", .sumCell(.output)),
                Field("\(prefix)meta_info.cached_tokens", .sumCell(.cacheRead)),
                Field("\(prefix)meta_info.finish_reason.type", .finishReason),
                Field("\(prefix)text", .text),
            ]
        } + [Field("token.text", .text), Field("error", .error)],
        inclusions: [.within(.cacheRead, .input)],
        stream: StreamShape(framing: .events, terminal: .marker, terminalIsOptional: true),
        request: .native,
        traits: DialectTraits(
            headerCounts: [("x-prompt-tokens", .input), ("x-generated-tokens", .output)]))

    /// Triton and TensorRT-LLM report nothing.
    static let tritonGenerate = Dialect(
        "triton/generate", api: "triton_generate",
        fields: [Field("model_name", .model), Field("text_output", .text), Field("error", .error)],
        stream: StreamShape(framing: .events, terminal: .marker, terminalIsOptional: true),
        request: .native)

    /// KoboldCpp and the older surface of text-generation-webui report nothing.
    static let koboldGenerate = Dialect(
        "kobold/generate", api: "kobold_generate",
        fields: [
            Field("results[].text", .text), Field("results[].finish_reason", .finishReason),
            Field("token", .text), Field("finish_reason", .finishReason),
        ],
        stream: StreamShape(framing: .events, terminal: .marker, terminalIsOptional: true),
        request: .native)
}

extension RequestTable {
    static let native = RequestTable(
        common + [
            Field("n_predict", .maximumOutput),
            Field("max_length", .maximumOutput),
            Field("max_tokens", .maximumOutput),
            Field("parameters.max_new_tokens", .maximumOutput),
            Field("sampling_params.max_new_tokens", .maximumOutput),
            Field("prompt.**", .text),
            Field("inputs.**", .text),
            Field("text.**", .text),
            Field("text_input", .text),
            Field("input_prefix", .text),
            Field("input_suffix", .text),
        ])
}
