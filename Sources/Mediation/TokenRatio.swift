// How many tokens a byte of text comes to, learnt from the exchanges that said so: sums and a small
// histogram of whole numbers, nothing else.

/// Tokens per byte of one model and side.
public struct TokenRatio: Hashable, Sendable {
    /// Exchanges below which nothing is concluded, and bytes.
    public static let fewestExchanges: Int64 = 8
    public static let fewestBytes: Int64 = 4096
    /// Exchanges at which everything is halved, so that what is new counts for more than what is old
    /// and no sum ever overflows.
    public static let memory: Int64 = 4096
    /// Classes of the histogram: quarter octaves of tokens per KiB, from 16 (a token per 64 bytes) on.
    static let classes = 32
    private static let steps: [Int64] = [1000, 1189, 1414, 1682]

    public private(set) var exchanges: Int64 = 0
    public private(set) var tokens: Int64 = 0
    public private(set) var bytes: Int64 = 0
    /// Exchanges per class.
    public private(set) var spread = [Int64](repeating: 0, count: TokenRatio.classes)

    public init() {}

    /// What was kept; nil when it cannot be.
    init?(exchanges: Int64, tokens: Int64, bytes: Int64, spread: [Int64]) {
        let sums = [exchanges, tokens, bytes] + spread
        let limit = Self.memory * (1 << 40)
        guard spread.count == Self.classes, sums.allSatisfy({ $0 >= 0 && $0 <= limit }) else { return nil }
        guard exchanges <= Self.memory, spread.allSatisfy({ $0 <= Self.memory }) else { return nil }
        self.exchanges = exchanges
        self.tokens = tokens
        self.bytes = bytes
        self.spread = spread
    }

    /// Takes one exchange's count in.
    public mutating func learn(tokens more: Int64, bytes text: Int64) {
        guard more > 0, text > 0, more <= 1 << 40, text <= 1 << 40 else { return }
        exchanges += 1
        tokens += more
        bytes += text
        spread[Self.class(of: more * 1024 / text)] += 1
        guard exchanges >= Self.memory else { return }
        exchanges /= 2
        tokens /= 2
        bytes /= 2
        for index in spread.indices { spread[index] /= 2 }
    }

    /// Enough is known to estimate from.
    public var isKnown: Bool {
        exchanges >= Self.fewestExchanges && bytes >= Self.fewestBytes && tokens > 0
    }

    /// The point estimate: the ratio of the sums, rounded up.
    public func tokens(for text: Int) -> Int64 { scaled(text, tokens, bytes) }

    /// Error bounds: the tokens between which nine of ten exchanges lay, for so many bytes.
    public func likely(for text: Int) -> ClosedRange<Int64> {
        let low = Self.floor(of: quantile(5))
        let high = Self.floor(of: quantile(95) + 1)
        return scaled(text, low, 1024)...max(scaled(text, low, 1024), scaled(text, high, 1024))
    }

    /// The class that holds a percentile of the exchanges.
    private func quantile(_ percent: Int64) -> Int {
        let total = spread.reduce(0, +)
        var seen: Int64 = 0
        for (index, count) in spread.enumerated() {
            seen += count
            if seen * 100 >= total * percent, seen > 0 { return index }
        }
        return Self.classes - 1
    }

    private func scaled(_ text: Int, _ numerator: Int64, _ denominator: Int64) -> Int64 {
        guard denominator > 0, text > 0 else { return 0 }
        let product = Int128(text) * Int128(numerator)
        let (quotient, remainder) = product.quotientAndRemainder(dividingBy: Int128(denominator))
        return Int64(clamping: quotient + (remainder > 0 ? 1 : 0))
    }

    /// The least tokens per KiB of a class.
    static func floor(of index: Int) -> Int64 {
        index <= 0 ? 0 : (16 << Int64(index / 4)) * steps[index % 4] / 1000
    }

    static func `class`(of ratio: Int64) -> Int {
        var index = classes - 1
        while index > 0, floor(of: index) > ratio { index -= 1 }
        return index
    }
}
