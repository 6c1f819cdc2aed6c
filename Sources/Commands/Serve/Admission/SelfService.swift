// What a caller may ask about itself on the proxy's own paths under /tollbook/v1: the budgets that count
// its calls, as this sidecar last heard of them.
import Bookkeeping
import LedgerStore
import Mediation
import Relay
import Terms
import Wire

extension LoopGateway {
    /// The answer to a path below `/tollbook/`; nil for every other path.
    func selfService(_ head: RequestHead, trusted: Bool) -> LocalResponse? {
        let path = head.path.prefix { $0 != "?" }
        guard path.hasPrefix("/tollbook/") else { return nil }
        guard path == "/tollbook/v1/budgets", head.methodEquals("GET") else {
            return LocalResponse(
                status: 404,
                Diagnosis(
                    code: "relay.unknown-page", problem: "there is no page \(path.prefix(64)) here",
                    effect: "nothing was answered", remedy: "ask for GET /tollbook/v1/budgets"))
        }
        let claim: AttributionClaim
        do {
            claim = try AttributionClaim(
                tenant: head.value(of: AttributionClaim.tenantHeader),
                user: head.value(of: AttributionClaim.userHeader),
                labels: head.value(of: AttributionClaim.labelsHeader))
        } catch {
            return LocalResponse(status: 400, error.diagnosis)
        }
        let credential =
            head.value(of: "authorization") ?? head.value(of: "x-api-key") ?? head.value(of: "api-key")
            ?? head.value(of: "x-goog-api-key")
        let who = sidecar.rules.resolve(
            headers: claim, body: AttributionClaim(), trusted: trusted,
            keyID: credential.map(fingerprint(of:)) ?? "")
        var json = JSONWriter()
        json.beginObject()
        json.key("budgets")
        json.beginArray()
        if let who { sidecar.admission.describe(who, at: Clock.now(), &json) }
        json.endArray()
        json.endObject()
        json.newline()
        return LocalResponse(status: 200, body: json.bytes)
    }
}

extension Admission {
    /// The budgets that count somebody's calls, whatever model they ask for.
    func describe(_ who: Attribution, at instant: Instant, _ json: inout JSONWriter) {
        let found = change { state in state.standings(of: who, at: instant) }
        for one in found {
            json.beginObject()
            json.field("name", one.budget.name)
            json.key("scope")
            json.budgetScope(one.budget.scope)
            json.field("unit", one.budget.unit.text)
            json.key("window")
            json.beginObject()
            json.field("since", one.window == .always ? nil : one.window.since.rfc3339)
            json.field("until", one.window == .always ? nil : one.window.until.rfc3339)
            json.endObject()
            json.field("limit", one.limit?.plain)
            json.field("spent", one.spent?.plain)
            json.field("remaining", one.remaining?.plain)
            json.field("action", one.budget.action.rawValue)
            json.endObject()
        }
    }
}

/// A budget as one of its callers sees it.
struct CallerStanding: Sendable {
    let budget: Budget
    let window: BudgetWindow
    let limit: BudgetAmount?
    /// Nil: not heard of yet.
    let spent: BudgetAmount?
    let remaining: BudgetAmount?
}

extension Admission.State {
    mutating func standings(of who: Attribution, at instant: Instant) -> [CallerStanding] {
        var found: [CallerStanding] = []
        for index in lines.indices {
            let stored = lines[index].stored
            var scope = stored.budget.scope
            scope.model = nil
            guard scope.holds(who, model: "") else { continue }
            let pool = pool(index, at: instant)
            let isKnown = pool.lastAsk != .min
            found.append(
                CallerStanding(
                    budget: stored.budget,
                    window: stored.budget.window.window(at: instant, zone: lines[index].zone),
                    limit: stored.limit(at: instant), spent: isKnown ? pool.spent : nil,
                    remaining: isKnown ? pool.remaining : nil))
        }
        return found
    }
}
