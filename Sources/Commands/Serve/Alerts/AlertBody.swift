// What is told of a crossed threshold, on stderr and to webhooks, and how a webhook's receiver knows that it
// was told by this ledger.
import Bookkeeping
import COpenSSL
import LedgerStore
import Terms

enum AlertBody {
    /// One JSON object. `id` is the same however often it is sent.
    static func text(_ crossing: BudgetCrossing, generation: Int) -> String {
        var json = JSONWriter()
        json.beginObject()
        let since = crossing.window.since.microseconds
        json.field(
            "id",
            "\(crossing.budget.name):\(generation):\(since):\(crossing.threshold):\(crossing.limit.plain)")
        json.field("what", crossing.isForecast ? "budget_forecast" : "budget_crossed")
        json.field("at", crossing.at.rfc3339)
        json.facts(crossing.facts)
        json.endObject()
        return json.text
    }

    /// `t=SECONDS,v1=HEX`: HMAC-SHA-256 under the secret, of the seconds, a dot and the body.
    static func signature(_ body: String, secret: String, at instant: Instant) -> String {
        let key = Array(secret.utf8)
        let message = Array("\(instant.seconds).\(body)".utf8)
        var digest = [UInt8](repeating: 0, count: 32)
        var size: UInt32 = 0
        _ = HMAC(EVP_sha256(), key, Int32(key.count), message, message.count, &digest, &size)
        let hex = digest.map { byte in
            let text = String(byte, radix: 16)
            return text.count < 2 ? "0" + text : text
        }
        return "t=\(instant.seconds),v1=\(hex.joined())"
    }
}

extension BudgetCrossing {
    /// Numbers, window, and when the limit is used up at this rate: what the log and webhooks are told.
    var facts: [Fact] {
        var facts = [Fact("budget", budget.name), Fact("scope", budget.scope.text)]
        if !isForecast { facts.append(Fact("percent", threshold)) }
        let isAlways = window == .always
        return facts + [
            Fact("limit", limit.plain), Fact("spent", spent.plain), Fact("unit", budget.unit.text),
            Fact("action", budget.action.rawValue),
            Fact("since", isAlways ? nil : window.since.rfc3339),
            Fact("until", isAlways ? nil : window.until.rfc3339),
            Fact("exhausted_at", exhausted?.rfc3339),
        ]
    }
}
