// What the admin listener answers: is the process alive, would the next call be refused, and the metrics.
import Access
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
    let log: Log
    /// What callers have to show for more than a yes or no; nil: nothing.
    let token: [UInt8]?

    func answer(_ head: RequestHead) -> LocalResponse {
        let isKnown = isAllowed(head)
        switch head.path.prefix(while: { $0 != "?" }) {
        case "/healthz":
            return LocalResponse(status: 200, body: Array(#"{"healthy":true,"reasons":[]}"#.utf8) + [0x0a])
        case "/readyz": return ready(isKnown: isKnown)
        case "/metrics": return isKnown ? metrics() : Self.unauthorized
        default:
            guard isKnown else { return Self.unauthorized }
            return LocalResponse(
                status: 404,
                Diagnosis(
                    code: "admin.unknown-page", problem: "there is no page \(head.path.prefix(64)) here",
                    effect: "nothing was answered", remedy: "ask for /healthz, /readyz or /metrics"))
        }
    }

    /// Whether the caller shows the token. The comparison takes as long whatever is shown.
    private func isAllowed(_ head: RequestHead) -> Bool {
        guard let token else { return true }
        guard let shown = head.value(of: "authorization"), shown.utf8.count > 7,
            shown.prefix(7).lowercased() == "bearer "
        else { return false }
        return isSame(Array(shown.utf8.dropFirst(7)), token)
    }

    private static let unauthorized: LocalResponse = {
        var response = LocalResponse(
            status: 401,
            Diagnosis(
                code: "admin.unauthorized", problem: "this page is for those who have the token",
                effect: "nothing was answered",
                remedy: "send `Authorization: Bearer …` with what admin_token of the configuration says"))
        response.fields.append(HeaderField("www-authenticate", "Bearer realm=\"tollbook\"")!)
        return response
    }()

    /// Why the next call would not be served.
    private var reasons: [String] {
        var reasons: [String] = []
        if sidecar.isDraining.load(ordering: .relaxed) {
            reasons.append("the sidecar was told to stop and accepts no more callers")
        }
        if let refusal = sidecar.refusal { reasons.append(refusal.problem) }
        return reasons
    }

    /// 503 only when the next call would be refused.
    private func ready(isKnown: Bool) -> LocalResponse {
        let reasons = reasons
        guard isKnown else {
            return LocalResponse(
                status: reasons.isEmpty ? 200 : 503,
                body: Array("{\"ready\":\(reasons.isEmpty)}\n".utf8))
        }
        let status = sidecar.spool.status()
        let database = ledger.current
        var json = JSONWriter()
        json.beginObject()
        json.field("ready", reasons.isEmpty)
        json.key("reasons")
        json.beginArray()
        for reason in reasons { json.string(reason) }
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
        return LocalResponse(status: reasons.isEmpty ? 200 : 503, body: json.bytes)
    }
}
