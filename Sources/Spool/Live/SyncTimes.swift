/// How long groups of records took to become durable, as a histogram.
public struct SyncTimes: Hashable, Sendable {
    /// Upper bounds of the buckets in microseconds: from a fast disk's sync to a stall that callers notice.
    public static let bounds: [Int64] = [
        100, 250, 500, 1000, 2500, 5000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000,
        5_000_000,
    ]

    /// By bucket, each group in the first whose bound it keeps.
    public private(set) var counts: [Int64] = Array(repeating: 0, count: bounds.count)
    /// All groups, those above the last bound included.
    public private(set) var count: Int64 = 0
    /// Microseconds, all together.
    public private(set) var total: Int64 = 0

    public init() {}

    mutating func add(microseconds: Int64) {
        count += 1
        total &+= microseconds
        if let bucket = Self.bounds.firstIndex(where: { microseconds <= $0 }) { counts[bucket] += 1 }
    }
}
