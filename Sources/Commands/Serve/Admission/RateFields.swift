// Budgets of requests in the fields of the IETF's draft (draft-ietf-httpapi-ratelimit-headers): structured
// lists of quota policies and of what is left of them. Other units have no word there.
import Bookkeeping
import Terms

enum RateFields {
    /// - Parameter reset: seconds until there is more.
    static func fields(
        _ budgets: [(budget: Budget, limit: BudgetAmount, remaining: BudgetAmount)], reset: Int64
    ) -> [(name: String, value: String)] {
        var policies: [String] = []
        var left: [String] = []
        for (budget, limit, remaining) in budgets where budget.unit == .requests {
            let name = "\"\(budget.name)\""
            let window = budget.window.seconds.map { ";w=\($0)" } ?? ""
            policies.append("\(name);q=\(limit.whole)\(window)")
            left.append("\(name);r=\(remaining.whole);t=\(reset)")
        }
        guard !policies.isEmpty else { return [] }
        return [
            ("ratelimit-policy", policies.joined(separator: ", ")),
            ("ratelimit", left.joined(separator: ", ")),
        ]
    }
}
