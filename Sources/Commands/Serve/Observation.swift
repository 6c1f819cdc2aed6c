// Everything worth telling about a running sidecar, as one type. Interpreters read it and nothing else:
// the log writes a line, the metrics page counts it by its word, and of a budget's crossing the webhooks
// are told the same facts. Never a prompt, a completion or a key.
import Bookkeeping
import LedgerStore
import Relay
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
    case certificateInForce(CertificateFacts)
    case certificateRefused(Diagnosis)
    /// Calls that the sidecar answered itself, since this was last told.
    case callsRefused(code: String, count: Int)
    case posted(records: Int)
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
        case .certificateInForce: "certificate_in_force"
        case .certificateRefused: "certificate_refused"
        case .callsRefused: "calls_refused"
        case .posted: "posted"
        case .warning: "warning"
        case .draining: "draining"
        case .stopped: "stopped"
        }
    }

    enum Level: Int, Comparable {
        case debug, info, warning, error

        var word: String {
            switch self {
            case .debug: "debug"
            case .info: "info"
            case .warning: "warning"
            case .error: "error"
            }
        }

        static func < (a: Level, b: Level) -> Bool { a.rawValue < b.rawValue }
    }

    var level: Level {
        switch self {
        case .posted: .debug
        case .started, .listening, .databaseBack, .pricesInForce, .accessChanged, .certificateInForce,
            .callsRefused, .draining, .stopped:
            .info
        case .openExchangesFound, .databaseLost, .pricesDiffer, .warning, .budgetCrossed: .warning
        case .schemaUnusable, .quarantined, .conflict, .alertGivenUp, .certificateRefused: .error
        }
    }

    /// What is to be said beside the word, in order.
    var facts: [Fact] {
        switch self {
        case .started(let version, let instance):
            [Fact("version", version), Fact("instance", instance)]
        case .listening(let address): [Fact("address", address)]
        case .openExchangesFound(let count), .conflict(let count): [Fact("count", count)]
        case .databaseLost(let reason): [Fact("reason", reason)]
        case .databaseBack: []
        case .accessChanged(let version): [Fact("version", Int(version))]
        case .schemaUnusable(let diagnosis), .warning(let diagnosis), .certificateRefused(let diagnosis):
            [
                Fact("code", diagnosis.code), Fact("problem", diagnosis.problem),
                Fact("effect", diagnosis.effect), Fact("remedy", diagnosis.remedy),
            ]
        case .pricesInForce(let version): [Fact("version", version)]
        case .pricesDiffer(let configured, let inForce):
            [Fact("configured", configured), Fact("in_force", inForce)]
        case .quarantined(let record, let reason): [Fact("record", record), Fact("reason", reason)]
        case .budgetCrossed(let crossing): crossing.facts
        case .alertGivenUp(let endpoint, let reason):
            [Fact("endpoint", endpoint), Fact("reason", reason)]
        case .certificateInForce(let facts):
            [
                Fact("file", facts.file), Fact("subject", facts.subject),
                Fact("until", Instant(microseconds: facts.notAfter &* 1_000_000).rfc3339),
            ]
        case .callsRefused(let code, let count): [Fact("code", code), Fact("count", count)]
        case .posted(let records): [Fact("records", records)]
        case .draining(let seconds): [Fact("seconds", seconds)]
        case .stopped(let backlog): [Fact("backlog", backlog)]
        }
    }
}

/// A name and what it is; nil: there is none.
struct Fact: Hashable, Sendable {
    enum Value: Hashable, Sendable {
        case text(String?)
        case number(Int64)
    }
    let name: String
    let value: Value

    init(_ name: String, _ text: String?) {
        self.name = name
        value = .text(text)
    }

    init(_ name: String, _ number: Int) {
        self.name = name
        value = .number(Int64(number))
    }
}

extension JSONWriter {
    /// Each fact as a field of the object that is open.
    mutating func facts(_ facts: [Fact]) {
        for fact in facts {
            switch fact.value {
            case .text(let text): field(fact.name, text)
            case .number(let number): field(fact.name, number)
            }
        }
    }
}
