// Everything worth telling about a running sidecar, and its one interpreter for people: a JSON line on
// stderr. Never a prompt, a completion or a key.
import Bookkeeping
import Glibc
import LedgerStore
import Synchronization
import Terms

enum Observation: Sendable {
    case started(version: String, instance: String)
    case listening(address: String)
    case openExchangesFound(count: Int)
    case databaseLost(reason: String)
    case databaseBack
    case schemaUnusable(Diagnosis)
    case pricesInForce(version: String)
    case pricesDiffer(configured: String, inForce: String)
    case quarantined(record: String, reason: String)
    case conflict(count: Int)
    case accessChanged(version: Int64)
    case budgetCrossed(BudgetCrossing)
    case alertGivenUp(endpoint: String, reason: String)
    case warning(Diagnosis)
    case draining(seconds: Int)
    case stopped(backlog: Int)

    var word: String {
        switch self {
        case .started: "started"
        case .listening: "listening"
        case .openExchangesFound: "open_exchanges_found"
        case .databaseLost: "database_lost"
        case .databaseBack: "database_back"
        case .schemaUnusable: "schema_unusable"
        case .pricesInForce: "prices_in_force"
        case .pricesDiffer: "prices_differ"
        case .quarantined: "record_quarantined"
        case .conflict: "record_conflict"
        case .accessChanged: "access_changed"
        case .budgetCrossed(let crossing): crossing.isForecast ? "budget_forecast" : "budget_crossed"
        case .alertGivenUp: "alert_given_up"
        case .warning: "warning"
        case .draining: "draining"
        case .stopped: "stopped"
        }
    }

    var level: String {
        switch self {
        case .started, .listening, .databaseBack, .pricesInForce, .accessChanged, .draining, .stopped: "info"
        case .openExchangesFound, .databaseLost, .pricesDiffer, .warning, .budgetCrossed: "warning"
        case .schemaUnusable, .quarantined, .conflict, .alertGivenUp: "error"
        }
    }

    fileprivate func fields(_ json: inout JSONWriter) {
        switch self {
        case .started(let version, let instance):
            json.field("version", version)
            json.field("instance", instance)
        case .listening(let address): json.field("address", address)
        case .openExchangesFound(let count), .conflict(let count): json.field("count", Int64(count))
        case .databaseLost(let reason): json.field("reason", reason)
        case .databaseBack: break
        case .accessChanged(let version): json.field("version", version)
        case .schemaUnusable(let diagnosis), .warning(let diagnosis):
            json.field("code", diagnosis.code)
            json.field("problem", diagnosis.problem)
            json.field("effect", diagnosis.effect)
            json.field("remedy", diagnosis.remedy)
        case .pricesInForce(let version): json.field("version", version)
        case .pricesDiffer(let configured, let inForce):
            json.field("configured", configured)
            json.field("in_force", inForce)
        case .quarantined(let record, let reason):
            json.field("record", record)
            json.field("reason", reason)
        case .budgetCrossed(let crossing):
            json.crossing(crossing)
        case .alertGivenUp(let endpoint, let reason):
            json.field("endpoint", endpoint)
            json.field("reason", reason)
        case .draining(let seconds): json.field("seconds", Int64(seconds))
        case .stopped(let backlog): json.field("backlog", Int64(backlog))
        }
    }
}

/// Writes observations to stderr or a file, one line each; lines of several threads do not mix.
final class Log: Sendable {
    private let gate = Mutex(())
    private let descriptor: Int32

    init() { descriptor = STDERR_FILENO }

    /// Appends to a file; where it cannot be opened, stderr gets the lines.
    init(file: String) {
        let opened = open(file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
        descriptor = opened >= 0 ? opened : STDERR_FILENO
    }

    deinit { if descriptor != STDERR_FILENO { close(descriptor) } }

    func tell(_ observation: Observation) {
        var json = JSONWriter()
        json.beginObject()
        json.field("time", Clock.now().rfc3339)
        json.field("level", observation.level)
        json.field("what", observation.word)
        observation.fields(&json)
        json.endObject()
        json.newline()
        gate.withLock { _ in
            // A log that is full or gone must not stop the traffic.
            _ = write(descriptor, json.bytes, json.bytes.count)
        }
    }
}
