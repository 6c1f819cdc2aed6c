// The figures and outcomes of posting that every ledger shares.
public enum Posting {
    /// Seconds. A record booked later than this after its exchange began counts as late: an earlier
    /// report of the same period did not contain it.
    public static let lateAfterSeconds: Int64 = 3600
    /// Seconds. Rollups are kept per quarter of an hour, because every zone offset in use is a multiple.
    public static let bucketSeconds: Int64 = 900
}

/// What became of a batch.
public struct PostReceipt: Hashable, Sendable {
    /// New in the ledger.
    public var inserted = 0
    /// Known already, with the same content.
    public var duplicates = 0
    /// Known already with other content: the first stays, the other is kept for inspection.
    public var conflicts = 0
    /// What the ledger cannot take at all, with the reason. Everything else of the batch is posted.
    public var quarantined: [Quarantined] = []

    public struct Quarantined: Hashable, Sendable {
        public var key: RecordKey
        public var reason: String
        public init(key: RecordKey, reason: String) {
            self.key = key
            self.reason = reason
        }
    }

    public init() {}

    public static func += (a: inout PostReceipt, b: PostReceipt) {
        a.inserted += b.inserted
        a.duplicates += b.duplicates
        a.conflicts += b.conflicts
        a.quarantined += b.quarantined
    }
}
