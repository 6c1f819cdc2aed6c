// The limits of the ledger, each with its unit and its reason.

public enum LedgerLimits {
    /// Records per transaction. What a transaction costs by itself, its sync above all, is a third of a
    /// batch of 500 (`scripts/bench-posting`); beyond a thousand a batch holds rows locked for longer than
    /// other sidecars should wait, and takes memory that a small sidecar has not.
    public static let recordsPerBatch = 1000
    /// Bytes of a text that is part of a key. PostgreSQL refuses index rows above a third of a page;
    /// only a record that it did refuse is shortened.
    static let keyTextBytes = 160
    /// Quarters of an hour with unpriced usage that are looked up at once: a quarter is forty bytes.
    static let pendingQuarters = 10_000
    /// Levels of JSON that are read back. Components have four.
    static let jsonDepth = 64
    /// Seconds from the registration of a rollup label until it takes effect: every sidecar has learnt
    /// of it by then, see ``rollupLabelRefreshSeconds``.
    static let rollupLabelDelaySeconds: Int64 = 900
    /// Seconds after which a sidecar reads the list of rollup labels again.
    static let rollupLabelRefreshSeconds: Int64 = 60
    /// Findings that `verify` lists; it counts them all. Whoever has more has one cause, not hundreds.
    static let listedFindings = 100
    /// Seconds after a day's end before it is sealed: the longest time a posting may take, and as far as a
    /// sidecar's clock may be wrong.
    public static let sealDelaySeconds: Int64 = 3600
    /// Seconds that sealing waits for transactions which are posting: longer than any statement may run.
    static let sealPatienceSeconds = 90
    /// Days that one call seals at most: a ledger of ten years.
    static let sealedDays = 3700
}
