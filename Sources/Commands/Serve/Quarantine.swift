// Records that PostgreSQL would not take: kept as JSON lines beside the spool, so that nothing is lost and
// nothing waits for them.
import Bookkeeping
import Glibc
import Reporting
import Terms

enum Quarantine {
    /// Appends one record with the reason of its refusal, and syncs.
    static func keep(_ refused: PostReceipt.Quarantined, of batch: [RatedRecord], in path: String) {
        guard let rated = batch.first(where: { $0.key == refused.key }) else { return }
        var json = JSONWriter(reserving: 2048)
        json.beginObject()
        json.field("reason", refused.reason)
        json.field("quarantined_at", Clock.now().rfc3339)
        json.key("record")
        json.record(rated.record, bookedAt: Clock.now(), rated: nil)
        json.endObject()
        json.newline()
        let file = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        guard file >= 0 else { return }
        defer { close(file) }
        _ = write(file, json.bytes, json.bytes.count)
        fsync(file)
    }
}
