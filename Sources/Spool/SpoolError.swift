public import Terms

/// Why the spool cannot do what was asked. Damage found in a segment is not an error: it is
/// quarantined, counted in ``SpoolStatus``, and the records around it are delivered.
public enum SpoolError: Error, Hashable, Sendable {
    /// A directory or file cannot be made, opened, read or written.
    case unusable(path: String, reason: String)
    /// Another process has the spool; `holder` is its process id as that process wrote it.
    case locked(path: String, holder: String)
    /// Written by a newer release, in a format that this one cannot read.
    case newerFormat(file: String, version: Int)
    /// The records that wait for the ledger fill the configured size, and the overrun on top.
    case full(bytes: Int, limit: Int)
    /// The disk is slower than the traffic, or failing: the queue in memory is at its limit.
    case busy(bytes: Int)
    case recordTooLarge(bytes: Int, limit: Int)
    /// Batches are released in the order in which they were read, each once.
    case outOfOrder
    case closed

    public var diagnosis: Diagnosis {
        switch self {
        case .unusable(let path, let reason):
            Diagnosis(
                code: "spool.unusable", problem: "\(path): \(reason)",
                effect: "usage cannot be recorded there",
                remedy: "check owner, permissions and free space of `data_dir`, then `tollbook doctor`")
        case .locked(let path, let holder):
            Diagnosis(
                code: "spool.locked", problem: "the spool in \(path) is in use by process \(holder)",
                effect: "two processes would number the same records twice, so this one does not start",
                remedy: "stop the other `tollbook serve`, or give this one its own `data_dir`")
        case .newerFormat(let file, let version):
            Diagnosis(
                code: "spool.newer-format",
                problem: "\(file) has format \(version), newer than this release reads",
                effect: "its records stay on disk, untouched, and this process does not start",
                remedy: "start the newer release until its spool is empty, or give another `data_dir`")
        case .full(let bytes, let limit):
            Diagnosis(
                code: "spool.full", problem: "the spool holds \(bytes) bytes of at most \(limit)",
                effect: "the exchange could not be recorded",
                remedy: "bring PostgreSQL back so that the backlog is posted, or raise `spool.max_bytes`")
        case .busy(let bytes):
            Diagnosis(
                code: "spool.busy", problem: "\(bytes) bytes of records wait for the disk",
                effect: "the exchange could not be recorded",
                remedy: "see `tollbook spool status` for the disk's error; check its free space and health")
        case .recordTooLarge(let bytes, let limit):
            Diagnosis(
                code: "spool.record-too-large", problem: "a record of \(bytes) bytes exceeds \(limit)",
                effect: "the exchange could not be recorded",
                remedy: "report this: no record should be so large")
        case .outOfOrder:
            Diagnosis(
                code: "spool.out-of-order", problem: "a batch was released out of order",
                effect: "the cursor stays, so the records are posted again", remedy: "report this as a bug")
        case .closed:
            Diagnosis(
                code: "spool.closed", problem: "the spool is closed",
                effect: "the exchange could not be recorded", remedy: "restart `tollbook serve`")
        }
    }
}
