/// The bounds of the spool, each with its unit, its reason, and what happens when it is reached.
public struct SpoolLimits: Sendable, Hashable {
    /// Bytes of one segment file. One is preallocated at a time, so this is also the least disk space
    /// that a spool needs; posted segments are removed whole. A single larger record gets a larger file.
    public var segmentBytes = 16 << 20
    /// Bytes of encoded records that wait in memory for the disk, those of a failed group included.
    /// Reached: `append` throws ``SpoolError/busy(bytes:)``; the caller's policy answers.
    public var queueBytes = 8 << 20
    /// Bytes of one encoded record. Mediation keeps a record far below; this bounds what a reader
    /// of a damaged file may be asked to believe. Reached: `append` throws.
    public var recordBytes = 1 << 20
    /// Microseconds for which the next sync is put off at most after one that several callers waited for: a
    /// few times what a sync takes, so that under load one serves many.
    public var gatherMicroseconds = 1000
    /// So many callers of one sync are a load for which the next is put off; fewer never wait.
    public var gatherFrom = 4
    /// Bytes that a full spool still takes, so that exchanges admitted before it was full are recorded.
    /// Reached: `append` throws ``SpoolError/full(bytes:limit:)``.
    public var overrunBytes = 64 << 20
    /// Bytes of posted segments kept for `spool replay`. Reached: the oldest are removed before their age.
    public var keptBytes = 4 << 30
    /// Bytes that the reader decodes into one batch: bounds the memory of the shipper.
    public var batchBytes = 4 << 20
    /// Slots of 512 bytes in the table of open exchanges. Reached: further notes are counted as dropped.
    public var openSlots = 32_768
    /// Damaged segments kept aside for a look. Reached: damage is still counted, but no copy is kept.
    public var quarantinedSegments = 64

    public init() {}
    public static let standard = SpoolLimits()
}
