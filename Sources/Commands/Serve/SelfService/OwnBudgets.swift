// The budgets that count a caller's own calls, as this sidecar last heard of them: no question to PostgreSQL.
import Bookkeeping
import LedgerStore
import Relay
import Terms

extension Admission {
    /// The answer to `GET /tollbook/v1/budgets`.
    func ownBudgets(of who: Attribution, at instant: Instant) -> LocalResponse {
        var json = JSONWriter()
        json.beginObject()
        json.key("budgets")
        json.beginArray()
        describe(who, at: instant, &json)
        json.endArray()
        json.endObject()
        json.newline()
        return LocalResponse(status: 200, body: json.bytes)
    }

    /// The budgets that count somebody's calls, whatever model they ask for.
    private func describe(_ who: Attribution, at instant: Instant, _ json: inout JSONWriter) {
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
