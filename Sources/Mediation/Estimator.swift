// What is assumed where nothing was reported. The first method is deliberately plain: a token of the
// tokenizers in use stands for about four bytes of English text and for at least one byte of any text,
// so bytes divided by four is a point and the bytes themselves are a bound.

/// A point and an upper bound, in tokens.
public struct EstimatedTokens: Hashable, Sendable {
    public var point: Int64
    public var upper: Int64
    public init(point: Int64, upper: Int64) {
        self.point = point
        self.upper = max(point, upper)
    }
}

/// Turns what was seen of an exchange into assumed token counts.
public struct Estimator: Sendable {
    /// What an estimate may rest on.
    public struct Basis: Hashable, Sendable {
        public var model: String?
        /// Bytes of text that the model read, and of the whole request body.
        public var inputTextBytes = 0
        public var inputBodyBytes = 0
        /// Bytes of text that the model wrote, as far as it was relayed.
        public var outputTextBytes = 0
        /// The declared bound of output tokens, all candidates together.
        public var maximumOutput: Int64?

        public init() {}
    }

    public let method: String
    public let version: Int
    private let inputTokens: @Sendable (Basis) -> EstimatedTokens
    private let outputTokens: @Sendable (Basis) -> EstimatedTokens

    public init(
        method: String, version: Int, input: @escaping @Sendable (Basis) -> EstimatedTokens,
        output: @escaping @Sendable (Basis) -> EstimatedTokens
    ) {
        self.method = method
        self.version = version
        inputTokens = input
        outputTokens = output
    }

    public func input(_ basis: Basis) -> EstimatedTokens { inputTokens(basis) }
    public func output(_ basis: Basis) -> EstimatedTokens { outputTokens(basis) }

    /// Bytes divided by four, rounded up. Bounds: no byte-level tokenizer makes more tokens than there
    /// are bytes, and the chat template's own tokens are fewer than the bytes of the JSON around the
    /// text; hidden reasoning is bounded by the declared maximum only.
    public static let bytesByFour = Estimator(
        method: "bytes/4", version: 1,
        input: { basis in
            EstimatedTokens(point: quarter(basis.inputTextBytes), upper: Int64(basis.inputBodyBytes))
        },
        output: { basis in
            EstimatedTokens(
                point: quarter(basis.outputTextBytes),
                upper: max(Int64(basis.outputTextBytes), basis.maximumOutput ?? 0))
        })

    private static func quarter(_ bytes: Int) -> Int64 { Int64(bytes / 4 + (bytes % 4 == 0 ? 0 : 1)) }
}
