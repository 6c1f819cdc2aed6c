// Brings alerts from the ledger's outbox to webhooks, on a thread of its own. Every sidecar with webhooks has
// a courier; an alert is sent until its receiver answers 2xx, for a week.
import Glibc
import LedgerStore
import Relay
import Synchronization
import Terms

/// The configuration's `alerts.*`.
public struct AlertSettings: Hashable, Sendable {
    public var endpoints: [Endpoint] = []
    /// Secret. Never empty where there are endpoints.
    public var secret = ""

    public struct Endpoint: Hashable, Sendable {
        public let text: String
        public let url: UpstreamURL
    }

    /// Milliseconds for one delivery.
    public static let patience = 10_000
}

final class AlertCourier: Sendable {
    private let settings: AlertSettings
    private let conninfo: String
    private let log: Log
    private let isStopping = Atomic<Bool>(false)
    private let thread = Mutex<ServiceThread?>(nil)

    /// Milliseconds between two looks into the outbox.
    private static let interval: Int64 = 500

    init(_ settings: AlertSettings, conninfo: String, log: Log) {
        self.settings = settings
        self.conninfo = conninfo
        self.log = log
    }

    /// Does nothing where no webhook is configured.
    func start() {
        guard !settings.endpoints.isEmpty else { return }
        thread.withLock { $0 = ServiceThread(name: "alert-courier") { self.run() } }
    }

    /// Ends after the delivery under way; what is left stays in the outbox.
    func stop() {
        isStopping.store(true, ordering: .relaxed)
        thread.withLock { $0 }?.join()
    }

    private func run() {
        let store = LedgerStore.lazily(conninfo)
        let names = settings.endpoints.map(\.text)
        var told: Diagnosis?
        while !isStopping.load(ordering: .relaxed) {
            var count = 0
            do throws(LedgerError) {
                let due = try store.takeAlerts(for: names, at: Clock.now())
                count = due.count
                told = nil
                for alert in due where !isStopping.load(ordering: .relaxed) { try deliver(alert, store) }
            } catch {
                // The shipper tells when the database is away; here only what it cannot meet.
                let diagnosis = error.diagnosis
                if !error.isRetryable, diagnosis != told {
                    log.tell(.warning(diagnosis))
                    told = diagnosis
                }
                count = 0
            }
            if count == 0 {
                var time = timespec(tv_sec: 0, tv_nsec: Int(Self.interval) * 1_000_000)
                nanosleep(&time, nil)
            }
        }
    }

    private func deliver(_ alert: PendingAlert, _ store: LedgerStore) throws(LedgerError) {
        guard let endpoint = settings.endpoints.first(where: { $0.text == alert.endpoint }) else { return }
        let signature = AlertBody.signature(alert.body, secret: settings.secret, at: Clock.now())
        let post = OutgoingPost(
            isTLS: endpoint.url.isTLS, host: endpoint.url.host, port: endpoint.url.port,
            path: endpoint.url.prefix.isEmpty ? "/" : endpoint.url.prefix,
            fields: [
                ("content-type", "application/json"), ("tollbook-signature", signature),
                ("user-agent", "tollbook/\(Tollbook.version)"),
            ], body: Array(alert.body.utf8))
        let problem: String? =
            switch post.send(milliseconds: AlertSettings.patience) {
            case .success(let status): (200..<300).contains(status) ? nil : "it answered \(status)"
            case .failure(let failure): failure.reason
            }
        if try store.noteAlert(alert, problem: problem, at: Clock.now()) {
            log.tell(
                .alertGivenUp(
                    endpoint: Configuration.masked(webhook: alert.endpoint), reason: problem ?? ""))
        }
    }
}
