public import Terms

/// What happened since the spool was opened.
public struct SpoolCounters: Hashable, Sendable {
    /// Records taken by `append`.
    public var appended: Int64 = 0
    /// Groups made durable, each by one sync: `appended / syncs` is the records per sync.
    public var syncs: Int64 = 0
    /// How long each of them took, from the first byte written.
    public var syncTimes = SyncTimes()
    /// Writes, syncs and new segments that the disk refused.
    public var diskErrors: Int64 = 0
    /// Records that `append` refused because the spool was full, busy or closed.
    public var unrecorded: Int64 = 0
    /// Records known to be lost to damage, by the gaps in their sequence.
    public var lostRecords: Int64 = 0
    /// Segments with damage inside; each is kept in `quarantine/`.
    public var damagedSegments: Int64 = 0
    /// Whole frames whose content no decoder reads; their segment is kept in `quarantine/`.
    public var undecodableRecords: Int64 = 0
    /// Opened notes that found no room in the table, or were too large for it.
    public var droppedNotes: Int64 = 0
    /// Whether the last process left a half-written group: nobody was told that it was durable.
    public var tornTail = false

    public init() {}
}

/// How full a spool is and how it fares.
public struct SpoolStatus: Hashable, Sendable {
    public enum Condition: Hashable, Sendable {
        case healthy
        /// The backlog has reached the configured size.
        case full
        /// The disk refuses; the words are its own.
        case failing(reason: String)
    }

    /// Durable records that the ledger does not have yet.
    public var records: Int64 = 0
    /// Their bytes on disk.
    public var bytes = 0
    /// When the oldest of them occurred; `nil` when there is none.
    public var oldest: Instant?
    /// Exchanges opened without a record so far, those left by a dead process included.
    public var open = 0
    public var condition = Condition.healthy
    /// The sidecar's identity, empty for a directory that never had a spool.
    public var instance = ""
    /// The last durable record, and the last one that the ledger has.
    public var lastSequence: Int64 = 0
    public var postedSequence: Int64 = 0
    /// Bytes of segments kept for replay after they were posted.
    public var keptBytes = 0
    public var counters = SpoolCounters()

    public init() {}
}
