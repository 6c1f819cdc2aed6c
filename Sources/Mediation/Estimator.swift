// What is assumed where nothing was reported: a point from what this model's exchanges did report, or,
// as long as too little is known of it, the plain rule that a token of the tokenizers in use stands for
// about four bytes of English text. The bound beside it rests on no experience at all.

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
        public var provider = ""
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

    /// How an estimate was made, as the record says it.
    public struct Method: Hashable, Sendable {
        public var name: String
        public var version: Int
        public init(_ name: String, version: Int) {
            self.name = name
            self.version = version
        }
    }

    private let methodFor: @Sendable (Basis) -> Method
    private let inputTokens: @Sendable (Basis) -> EstimatedTokens
    private let outputTokens: @Sendable (Basis) -> EstimatedTokens

    public init(
        method: String, version: Int, input: @escaping @Sendable (Basis) -> EstimatedTokens,
        output: @escaping @Sendable (Basis) -> EstimatedTokens
    ) {
        methodFor = { _ in Method(method, version: version) }
        inputTokens = input
        outputTokens = output
    }

    /// Estimates from what models' exchanges reported, and by bytes where too little is known.
    ///
    /// - Parameter ratio: what is known of a provider's model and side now, nil when nothing is.
    public init(
        learntFrom ratio: @escaping @Sendable (TokenRatios.Key) -> TokenRatio?
    ) {
        @Sendable func known(_ basis: Basis, _ side: TokenRatios.Side) -> TokenRatio? {
            guard let model = basis.model else { return nil }
            let found = ratio(TokenRatios.Key(provider: basis.provider, model: model, side: side))
            return found.flatMap { $0.isKnown ? $0 : nil }
        }
        methodFor = { basis in
            let isLearnt = known(basis, .input) != nil || known(basis, .output) != nil
            return isLearnt ? Method("tokens/byte", version: 1) : Method("bytes/4", version: 1)
        }
        inputTokens = { basis in
            let upper = UpperBound.input(basis)
            guard let ratio = known(basis, .input) else {
                return EstimatedTokens(point: Self.quarter(basis.inputTextBytes), upper: upper)
            }
            return EstimatedTokens(point: min(ratio.tokens(for: basis.inputTextBytes), upper), upper: upper)
        }
        outputTokens = { basis in
            let upper = UpperBound.output(basis)
            guard let ratio = known(basis, .output) else {
                return EstimatedTokens(point: Self.quarter(basis.outputTextBytes), upper: upper)
            }
            return EstimatedTokens(point: min(ratio.tokens(for: basis.outputTextBytes), upper), upper: upper)
        }
    }

    public func method(_ basis: Basis) -> Method { methodFor(basis) }
    public func input(_ basis: Basis) -> EstimatedTokens { inputTokens(basis) }
    public func output(_ basis: Basis) -> EstimatedTokens { outputTokens(basis) }

    /// Bytes divided by four, rounded up, whatever the model.
    public static let bytesByFour = Estimator { _ in nil }

    private static func quarter(_ bytes: Int) -> Int64 { Int64(bytes / 4 + (bytes % 4 == 0 ? 0 : 1)) }
}
