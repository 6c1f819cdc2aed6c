/// What one answer bills: the provider's truth, which a test compares with what the proxy booked.
///
/// All in tokens, except `searches` (requests). `input` and `output` are whole sides, the others are
/// parts of them; each dialect spells them in its own arithmetic.
public struct Counts: Hashable, Sendable {
    /// Everything the prompt cost, cache and tool prompts included.
    public var input: Int = 0
    /// Part of `input` read from the provider's cache.
    public var cached: Int = 0
    /// Part of `input` written to the cache for five minutes.
    public var written: Int = 0
    /// Part of `input` written to the cache for one hour.
    public var writtenHour: Int = 0
    /// Part of `input` that tools added (Gemini).
    public var toolPrompt: Int = 0
    /// Everything generated, reasoning included.
    public var output: Int = 0
    /// Part of `output` that nobody sees.
    public var reasoning: Int = 0
    /// Searches that the provider made by itself.
    public var searches: Int = 0

    public init() {}

    /// Input that was neither read from nor written to a cache.
    var fresh: Int { max(0, input - cached - written - writtenHour) }
    var visible: Int { max(0, output - reasoning) }
}
