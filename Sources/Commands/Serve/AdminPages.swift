// What the admin listener answers: is the process alive, would the next call be refused, and the metrics.
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

/// The relay's counters, for pages that are made before the relay has been started.
final class RelayReading: Sendable {
    private let read = Mutex<@Sendable () -> RelayCounters>({ RelayCounters() })

    /// As published last, at most a second ago.
    var current: RelayCounters { read.withLock { $0 }() }
    func begin(_ reading: @escaping @Sendable () -> RelayCounters) { read.withLock { $0 = reading } }
}

struct AdminPages: Sendable {
    let sidecar: Sidecar
    let ledger: LedgerStatus
    let relay: RelayReading

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
}
