// The limits of the ledger, each with its unit and its reason.

public enum LedgerLimits {
    /// Records per transaction. Beyond a few hundred a batch gains no speed, and holds rows locked for
    /// longer than other sidecars should wait.
    public static let recordsPerBatch = 500
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
}
