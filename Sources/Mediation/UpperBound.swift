/// The most that an exchange can have used, whatever its tokenizer: for estimates, for exchanges that are
/// still open, and for admission before a call. Pure; the same bytes give the same bound.
///
/// What the bound rests on: no byte-level tokenizer makes more tokens of a text than it has bytes, and the
/// tokens of a chat template are fewer than the bytes of the JSON around the text. What it does not cover:
/// media named by address instead of sent (an image's tokens do not follow from the bytes of its URL;
/// admission looks for them with ``RequestReach``), and hidden reasoning where no maximum was declared.
public enum UpperBound {
    /// Input tokens: no more than the request body has bytes.
    public static func input(_ basis: Estimator.Basis) -> Int64 {
        Int64(max(basis.inputBodyBytes, basis.inputTextBytes))
    }

    /// Input tokens of a request that was read whole: no more than its body has bytes.
    public static func input(_ facts: RequestFacts) -> Int64 { Int64(max(facts.bodyBytes, facts.textBytes)) }

    /// No model writes more tokens than this in one answer; a request that declares more means no maximum.
    public static let mostOutput: Int64 = 10_000_000

    /// Uses of tools that a provider runs within one call: what is charged for by use, at most.
    public static let mostToolCalls: Int64 = 100

    /// Output tokens: the declared maximum, which bounds hidden reasoning too; without one, the bytes that
    /// were seen.
    public static func output(_ basis: Estimator.Basis) -> Int64 {
        max(Int64(basis.outputTextBytes), basis.maximumOutput ?? 0)
    }
}
