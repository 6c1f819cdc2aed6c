import Terms

/// What to do with new exchanges while the spool can take no records.
public enum FullPolicy: String, CaseIterable, Sendable, Hashable {
    /// Answer new exchanges with 503: nothing is served that is not accounted for.
    case refuse
    /// Serve them unrecorded, and count them.
    case pass
}

/// The settings of one spool, with the defaults of the product.
public struct SpoolConfiguration: Sendable {
    /// Bytes of records not yet posted to the ledger, from which on the spool counts as full.
    public var maxBytes = 1 << 30
    public var whenFull = FullPolicy.refuse
    /// Seconds for which posted segments stay on disk, for replay.
    public var keepSeconds: Int64 = 86_400
    public var limits = SpoolLimits.standard
    /// The disk as the writer sees it; the tests break it.
    var disk = Disk.real
    /// Before the second try after a disk error; each further one doubles, up to five seconds.
    var firstPauseNanoseconds: UInt64 = 100_000_000
    /// The wall clock: dates new segments and ages posted ones.
    var now: @Sendable () -> Instant = wallClock

    public init() {}
}
