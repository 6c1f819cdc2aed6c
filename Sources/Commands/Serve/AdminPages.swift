// What the admin listener answers: is the process alive, would the next call be refused, and the counters.
import Relay
import Spool
import Synchronization
import Terms
import Wire

/// What the shipper last knew of the database. Guarded by its own lock; any thread.
final class LedgerStatus: Sendable {
    struct State: Sendable {
        var connected = false
        /// The last failure in PostgreSQL's own words, nil when the last attempt worked.
        var problem: String?
        var priceVersion: String?
        var lastPosted: Instant?
    }
    private let state = Mutex(State())

    var current: State { state.withLock { $0 } }
    func update(_ change: (inout State) -> Void) { state.withLock { change(&$0) } }
}

struct AdminPages: Sendable {
    let sidecar: Sidecar
    let ledger: LedgerStatus

    func answer(path: String) -> LocalResponse {
        switch path.prefix(while: { $0 != "?" }) {
        case "/healthz": LocalResponse(status: 200, body: Array(#"{"healthy":true}"#.utf8) + [0x0a])
        case "/readyz": ready()
        case "/metrics": metrics()
        default:
            LocalResponse(
                status: 404,
                Diagnosis(
                    code: "admin.unknown-page", problem: "there is no page \(path.prefix(64)) here",
                    effect: "nothing was answered", remedy: "ask for /healthz, /readyz or /metrics"))
        }
    }

    /// 503 only when the next call would be refused.
    private func ready() -> LocalResponse {
        let refusal = sidecar.refusal
        let status = sidecar.spool.status()
        let database = ledger.current
        var json = JSONWriter()
        json.beginObject()
        json.field("ready", refusal == nil)
        json.key("reasons")
        json.beginArray()
        if let refusal { json.string(refusal.problem) }
        json.endArray()
        json.key("spool")
        json.beginObject()
        json.field("records", Int64(status.records))
        json.field("bytes", Int64(status.bytes))
        json.field("oldest_seconds", status.oldest.map { Clock.now().seconds - $0.seconds })
        json.field("open", Int64(status.open))
        json.endObject()
        json.key("database")
        json.beginObject()
        json.field("connected", database.connected)
        json.field("problem", database.problem)
        json.field("price_version", database.priceVersion)
        json.endObject()
        json.endObject()
        json.newline()
        return LocalResponse(status: refusal == nil ? 200 : 503, body: json.bytes)
    }

    /// A line of the metrics page, its name without the prefix.
    private typealias Metric = (name: String, kind: String, help: String, value: Int64)

    private func metrics() -> LocalResponse {
        var text = ""
        for line in callMetrics + spoolMetrics {
            text += "# HELP tollbook_\(line.name) \(line.help)\n# TYPE tollbook_\(line.name) \(line.kind)\n"
            text += "tollbook_\(line.name) \(line.value)\n"
        }
        text += sidecar.admission.metrics(at: Clock.now())
        let type = HeaderField("content-type", "text/plain; version=0.0.4")!
        return LocalResponse(status: 200, fields: [type], body: Array(text.utf8))
    }

    /// What became of calls and of their records.
    private var callMetrics: [Metric] {
        let counters = sidecar.counters
        return [
            ("exchanges_total", "counter", "Calls that were accepted.", counters.exchanges.value),
            ("refused_total", "counter", "Calls that the sidecar answered itself.", counters.refused.value),
            (
                "unrecorded_total", "counter", "Calls served without a record, by policy.",
                counters.unrecorded.value
            ),
            ("splices_total", "counter", "Streams that were asked to report usage.", counters.spliced.value),
            (
                "splices_refused_total", "counter", "Of them, refused and sent again as they came.",
                counters.unspliced.value
            ),
            ("posted_total", "counter", "Records committed to PostgreSQL.", counters.posted.value),
            (
                "duplicates_total", "counter", "Records that PostgreSQL had already.",
                counters.duplicates.value
            ),
            (
                "conflicts_total", "counter", "Records whose id PostgreSQL had with other content.",
                counters.conflicts.value
            ),
            (
                "quarantined_total", "counter", "Records that PostgreSQL would not take.",
                counters.quarantined.value
            ),
            (
                "posting_failures_total", "counter", "Batches that have to be tried again.",
                counters.postingFailures.value
            ),
            (
                "budget_refused_total", "counter", "Calls that a budget did not cover.",
                sidecar.admission.refused.value
            ),
            (
                "budget_waits_total", "counter", "Calls that waited for a lease.",
                sidecar.admission.waited.value
            ),
        ]
    }

    /// What is on this machine's disk, and what is known of the database.
    private var spoolMetrics: [Metric] {
        let status = sidecar.spool.status()
        let database = ledger.current
        let oldest = status.oldest.map { Clock.now().seconds - $0.seconds } ?? 0
        return [
            ("spool_records", "gauge", "Records that are not in PostgreSQL yet.", Int64(status.records)),
            ("spool_bytes", "gauge", "Bytes of those records.", Int64(status.bytes)),
            ("spool_oldest_seconds", "gauge", "Age of the oldest of them.", oldest),
            ("open_exchanges", "gauge", "Exchanges that have begun and not ended.", Int64(status.open)),
            (
                "access_age_seconds", "gauge", "Since tenants and keys were last compared; -1: not yet.",
                sidecar.access.age
            ),
            ("spool_appended_total", "counter", "Records that the spool took.", status.counters.appended),
            (
                "spool_syncs_total", "counter", "Syncs that made them durable, several at a time.",
                status.counters.syncs
            ),
            (
                "spool_disk_errors_total", "counter", "Writes and syncs that the disk refused.",
                status.counters.diskErrors
            ),
            (
                "spool_refused_total", "counter", "Records that the spool did not take: full, or failing.",
                status.counters.unrecorded
            ),
            (
                "spool_lost_total", "counter", "Records lost to damage on disk, by the gaps that they left.",
                status.counters.lostRecords + status.counters.undecodableRecords
            ),
            (
                "spool_dropped_notes_total", "counter", "Open exchanges that found no room for their note.",
                status.counters.droppedNotes
            ),
            ("database_connected", "gauge", "1 when the last posting worked.", database.connected ? 1 : 0),
        ]
    }
}

extension Atomic<Int> {
    var value: Int64 { Int64(load(ordering: .relaxed)) }
}
