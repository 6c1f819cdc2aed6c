// How much calls really write, for `budgets.mode: learned`: a histogram for each tenant and model. A call
// then holds what all but one in a hundred stay below, and what the rare one uses beyond it is part of the
// bound's term D. Values in, values out; kept in memory only, because losing it costs larger holds and no
// money.
import Terms

/// Output tokens of finished calls.
public struct LearntOutput: Hashable, Sendable {
    /// Quarters of octaves: a bucket's upper end is at most a fifth above its lower.
    private var counts = [UInt16](repeating: 0, count: Self.buckets)
    public private(set) var calls = 0

    private static let buckets = 100
    /// Calls until anything is known.
    public static let least = 32
    /// Calls after which everything is halved, so that new behaviour wins.
    private static let most = 4096

    public init() {}

    /// A call has ended.
    ///
    /// - Parameter tokens: all that it wrote, hidden reasoning included.
    public mutating func learn(_ tokens: Int64) {
        counts[Self.bucket(tokens)] += 1
        calls += 1
        guard calls >= Self.most else { return }
        calls = 0
        for index in counts.indices {
            counts[index] /= 2
            calls += Int(counts[index])
        }
    }

    /// What all but one in a hundred calls stayed below; nil while too little is known.
    public var usual: Int64? {
        guard calls >= Self.least else { return nil }
        let above = calls / 100
        var seen = 0
        for index in counts.indices.reversed() {
            seen += Int(counts[index])
            if seen > above { return Self.end(of: index) }
        }
        return nil
    }

    private static func bucket(_ tokens: Int64) -> Int {
        var index = 0
        while index < buckets - 1, end(of: index) < tokens { index += 1 }
        return index
    }

    /// The most that a bucket holds: 4, 5, 6, 7, 8, 10, 12, 14, 16, 20 …
    private static func end(of index: Int) -> Int64 {
        let (octave, quarter) = index.quotientAndRemainder(dividingBy: 4)
        return Int64(4 + quarter) << Int64(octave)
    }
}
