import Glibc
import Synchronization

/// The named places at which a test can end the process as `kill -9` would: those between two steps that
/// have to count as one. Armed by the environment alone, `TOLLBOOK_FAILPOINT=NAME` or `NAME:COUNT` for the
/// so-manieth time that it is reached; otherwise one comparison.
public enum Failpoint: String, CaseIterable, Sendable {
    /// An exchange is noted as open, and nothing of it was sent upstream.
    case noteWritten = "note-written"
    /// The response is complete, and its record is not in the spool's queue yet.
    case responseEnded = "response-ended"
    /// The record is queued, and not written.
    case recordQueued = "record-queued"
    /// A group is about to be written.
    case groupTaken = "group-taken"
    /// A group is on disk, and nobody was told.
    case groupSynced = "group-synced"
    /// A group's notes are cleared, and its clients have not got their ends.
    case notesCleared = "notes-cleared"
    /// A new segment has its name, and no record.
    case segmentMade = "segment-made"
    /// A batch was read from the spool.
    case batchRead = "batch-read"
    /// A batch is committed, and still in the spool.
    case batchCommitted = "batch-committed"
    /// A batch is released, and its segments are still there.
    case batchReleased = "batch-released"
    /// PostgreSQL refused a record, and it is not set apart yet.
    case recordRefused = "record-refused"

    private final class Armed: Sendable {
        let point: Failpoint
        let left: Atomic<Int>
        init(_ point: Failpoint, _ count: Int) {
            self.point = point
            left = Atomic(count)
        }
    }

    private static let armed: Armed? = {
        guard let text = getenv("TOLLBOOK_FAILPOINT") else { return nil }
        let parts = String(cString: text).split(separator: ":")
        guard let name = parts.first, let point = Failpoint(rawValue: String(name)) else { return nil }
        return Armed(point, parts.count > 1 ? Int(parts[1]) ?? 1 : 1)
    }()

    /// Ends the process here if the environment asked for it.
    @inline(__always)
    public func reach() {
        if let armed = Self.armed { fire(armed) }
    }

    @inline(never)
    private func fire(_ armed: Armed) {
        guard armed.point == self, armed.left.subtract(1, ordering: .relaxed).newValue == 0 else { return }
        // Nothing is flushed and nobody is told, as when the kernel ends a process.
        kill(getpid(), SIGKILL)
        while true { pause() }
    }
}
