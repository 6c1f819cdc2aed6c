// Budgets of requests and of calls under way in the fields of the IETF's draft
// (draft-ietf-httpapi-ratelimit-headers): structured lists of quota policies and of what is left of them.
// Other units have no word there.
import Bookkeeping
import Terms

enum RateFields {
    /// - Parameter budgets: `reset` is in seconds until there is more; nil where nobody knows.
    static func fields(
        _ budgets: [(budget: Budget, limit: BudgetAmount, remaining: BudgetAmount, reset: Int64?)]
    ) -> [(name: String, value: String)] {
        var policies: [String] = []
        var left: [String] = []
        for (budget, limit, remaining, reset) in budgets
        where budget.unit == .requests || budget.unit == .concurrent {
            let name = "\"\(budget.name)\""
            let window = budget.window.seconds.map { ";w=\($0)" } ?? ""
            let unit = budget.unit == .concurrent ? ";qu=\"concurrent-requests\"" : ""
            policies.append("\(name);q=\(limit.whole)\(window)\(unit)")
            left.append("\(name);r=\(min(remaining, limit).whole)\(reset.map { ";t=\($0)" } ?? "")")
        }
        guard !policies.isEmpty else { return [] }
        return [
            ("ratelimit-policy", policies.joined(separator: ", ")),
            ("ratelimit", left.joined(separator: ", ")),
        ]
    }
}
