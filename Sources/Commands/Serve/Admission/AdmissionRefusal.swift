// Why a call was refused, and how its caller is told: in the shape of its dialect, with the numbers, and
// with the header fields that make official SDKs do the right thing. They read the fields, not the body.
import Bookkeeping
import Relay
import Terms
import Wire

/// A refusal by budgets.
struct AdmissionRefusal: Sendable {
    /// A budget that does not cover the call.
    struct Violation: Sendable {
        let budget: Budget
        let limit: BudgetAmount
        let spent: BudgetAmount
        /// What this and other sidecars may still spend of it.
        let leased: BudgetAmount
        /// What the call may use at most.
        let needs: BudgetAmount
        let window: BudgetWindow
        /// Seconds until so much may fit; nil where it never will by itself.
        let reset: Int64?

        var remaining: BudgetAmount { (limit - spent - leased).positive }
    }
    enum Reason: Sendable {
        /// All that do not cover it; never empty.
        case exhausted([Violation])
        case unpriced(model: String, budget: String)
        /// The body says two things where one decides what the call may cost.
        case ambiguous
        /// PostgreSQL cannot be asked.
        case away
    }

    let reason: Reason
    let at: Instant

    var status: Int {
        switch reason {
        case .exhausted: 429
        case .unpriced, .ambiguous: 400
        case .away: 503
        }
    }

    var diagnosis: Diagnosis {
        switch reason {
        case .exhausted(let violations):
            Diagnosis(
                code: "budget.exhausted", problem: violations.map(Self.text).joined(separator: "; "),
                effect: "The call was not sent",
                remedy: (isRateLimit
                    ? "try again after the stated delay" : "wait for the window's end, ask for less")
                    + ", or have the budget raised (tollbook budget set)"
            )
        case .unpriced("", let budget):
            Diagnosis(
                code: "budget.unpriced-model",
                problem: "nothing says which model the call is for, and the budget \(budget) counts money",
                effect: "The call was not sent, because nothing could stop its cost",
                remedy: "send the model in a JSON body with content-type application/json, within "
                    + "limits.inspect_body")
        case .unpriced(let model, let budget):
            Diagnosis(
                code: "budget.unpriced-model",
                problem: "no price names the model \(model), and the budget \(budget) counts money",
                effect: "The call was not sent, because nothing could stop its cost",
                remedy:
                    "add a price (tollbook prices load), or set budgets.unpriced, or unpriced of the upstream"
            )
        case .ambiguous:
            Diagnosis(
                code: "budget.ambiguous-body",
                problem: "the body states its model, its maximum or another field that decides twice",
                effect: "The call was not sent, because a budget counts it and nobody knows which one holds",
                remedy: "state each field once")
        case .away:
            Diagnosis(
                code: "budget.away", problem: "PostgreSQL cannot be asked what is left of a budget",
                effect: "The call was not sent", remedy: "try again in a moment")
        }
    }

    /// Budget, scope, numbers, window.
    private static func text(_ violation: Violation) -> String {
        let budget = violation.budget
        let unit = budget.unit.text
        if budget.unit == .concurrent {
            return "the limit \(budget.name) (\(budget.scope.text)) does not cover this call: "
                + "\(violation.leased.plain) of \(violation.limit.plain) calls are under way"
        }
        if let seconds = budget.window.seconds, budget.isRateLimit, violation.needs <= violation.limit {
            let delay = violation.reset ?? seconds
            return "the limit \(budget.name) (\(budget.scope.text)) does not cover this call yet: of "
                + "\(violation.limit.plain) \(unit) in \(seconds) s, \(violation.remaining.plain) are "
                + "left, and the call may use \(violation.needs.plain); it fits in \(delay) s"
        }
        let end =
            violation.window == .always ? "" : ", which ends at \(violation.window.until.rfc3339)"
        return "the budget \(budget.name) (\(budget.scope.text)) does not cover this call: of "
            + "\(violation.limit.plain) \(unit) per \(budget.window.text)\(end), "
            + "\(violation.spent.plain) are spent and \(violation.leased.plain) are held; "
            + "\(violation.remaining.plain) remain, and the call may use \(violation.needs.plain)"
    }

    /// Seconds until all of the windows that are used up have ended; nil where one never ends.
    private var reset: Int64? {
        guard case .exhausted(let violations) = reason else { return nil }
        return violations.compactMap(\.reset).max()
    }

    /// All that do not cover the call bound its speed.
    private var isRateLimit: Bool {
        guard case .exhausted(let violations) = reason else { return false }
        return violations.allSatisfy { $0.budget.isRateLimit && $0.needs <= $0.limit }
    }

    func response(dialect: String) -> LocalResponse {
        var fields: [(name: String, value: String)] = []
        switch reason {
        case .exhausted(let violations):
            // A rate limit is over soon: SDKs do right to come again after the stated delay.
            if !isRateLimit { fields.append(("x-should-retry", "false")) }
            fields.append(("retry-after", String(reset ?? 86_400)))
            fields += RateFields.fields(
                violations.compactMap {
                    RateFields($0.budget, limit: $0.limit, remaining: $0.remaining, reset: $0.reset)
                })
            let lines = violations.map { violation in
                Self.header(
                    violation.budget, limit: violation.limit, spent: violation.spent,
                    remaining: violation.remaining, reset: violation.reset)
            }
            fields.append(("x-tollbook-budget", lines.joined(separator: ", ")))
            if dialect.hasPrefix("bedrock"), !isRateLimit {
                fields.append(("x-amzn-errortype", "ServiceQuotaExceededException"))
            }
        case .unpriced, .ambiguous: fields.append(("x-should-retry", "false"))
        case .away:
            fields.append(("retry-after", "2"))
            fields.append(("x-should-retry", "true"))
        }
        var error = LocalError(status, diagnosis)
        error.fields = fields
        var response = error.response(dialect: dialect)
        if case .exhausted(let violations) = reason {
            response.body = RefusalBody(
                message: error.message, violations: violations, isRateLimit: isRateLimit
            ).bytes(dialect: dialect)
        }
        return response
    }

    /// The field that tells of a budget in money or tokens: the IETF's fields have no unit for them.
    static func header(
        _ budget: Budget, limit: BudgetAmount?, spent: BudgetAmount, remaining: BudgetAmount?, reset: Int64?
    ) -> String {
        let scope = budget.scope.text.unicodeScalars.map { scalar in
            scalar.value > 0x20 && scalar.value < 0x7f && scalar != "\"" && scalar != "\\"
                ? String(scalar) : "?"
        }.joined()
        var text = "scope=\"\(scope)\";limit=\(limit?.plain ?? "none");spent=\(spent.plain)"
        text += ";remaining=\(remaining?.plain ?? "none")"
        if let reset { text += ";reset=\(reset)" }
        return text + ";budget=\"\(budget.name)\";unit=\(budget.unit.text)"
    }
}

/// The body of a refusal in the shapes of the dialects.
private struct RefusalBody {
    let message: String
    let violations: [AdmissionRefusal.Violation]
    let isRateLimit: Bool

    func bytes(dialect: String) -> [UInt8] {
        var json = JSONWriter()
        json.beginObject()
        if dialect.hasPrefix("anthropic") {
            json.field("type", "error")
            json.key("error")
            json.beginObject()
            json.field("type", "rate_limit_error")
            json.field("message", message)
            budgets(&json)
            json.endObject()
        } else if dialect.hasPrefix("gemini") {
            json.key("error")
            json.beginObject()
            json.field("code", Int64(429))
            json.field("message", message)
            json.field("status", "RESOURCE_EXHAUSTED")
            budgets(&json)
            json.endObject()
        } else if dialect.hasPrefix("ollama") {
            json.field("error", message)
            budgets(&json)
        } else if dialect.hasPrefix("bedrock") || dialect.hasPrefix("cohere") {
            json.field("message", message)
            budgets(&json)
        } else {
            json.key("error")
            json.beginObject()
            json.field("message", message)
            let unit = violations.first?.budget.unit == .tokens ? "tokens" : "requests"
            json.field("type", isRateLimit ? unit : "insufficient_quota")
            json.field("param", String?.none)
            json.field("code", isRateLimit ? "rate_limit_exceeded" : "insufficient_quota")
            budgets(&json)
            json.endObject()
        }
        json.endObject()
        json.newline()
        return json.bytes
    }

    private func budgets(_ json: inout JSONWriter) {
        json.key("budgets")
        json.beginArray()
        for violation in violations {
            json.beginObject()
            json.field("name", violation.budget.name)
            json.key("scope")
            json.budgetScope(violation.budget.scope)
            json.field("unit", violation.budget.unit.text)
            json.field("limit", violation.limit.plain)
            json.field("spent", violation.spent.plain)
            json.field("held", violation.leased.plain)
            json.field("remaining", violation.remaining.plain)
            json.field("needs", violation.needs.plain)
            json.key("window")
            json.beginObject()
            json.field("since", violation.window == .always ? nil : violation.window.since.rfc3339)
            json.field("until", violation.window == .always ? nil : violation.window.until.rfc3339)
            json.endObject()
            json.endObject()
        }
        json.endArray()
    }
}
