// Budgets of requests and of calls under way in the fields of the IETF's draft
// (draft-ietf-httpapi-ratelimit-headers): structured lists of quota policies and of what is left of them.
// Other units have no word there.
import Bookkeeping
import Terms

/// The items of one budget in both fields.
struct RateFields: Hashable, Sendable {
    let policy: String
    let left: String

    /// - Parameter reset: seconds until there is more; nil where nobody knows.
    /// - Returns: nil for a budget in another unit.
    init?(_ budget: Budget, limit: BudgetAmount, remaining: BudgetAmount, reset: Int64?) {
        guard budget.unit == .requests || budget.unit == .concurrent else { return nil }
        let name = "\"\(budget.name)\""
        let window = budget.window.seconds.map { ";w=\($0)" } ?? ""
        let unit = budget.unit == .concurrent ? ";qu=\"concurrent-requests\"" : ""
        policy = "\(name);q=\(limit.whole)\(window)\(unit)"
        left = "\(name);r=\(min(remaining, limit).whole)\(reset.map { ";t=\($0)" } ?? "")"
    }

    /// The fields for all budgets that count a call; none where no budget has a word.
    static func fields(_ budgets: [RateFields]) -> [(name: String, value: String)] {
        guard !budgets.isEmpty else { return [] }
        return [
            ("ratelimit-policy", budgets.map(\.policy).joined(separator: ", ")),
            ("ratelimit", budgets.map(\.left).joined(separator: ", ")),
        ]
    }
}
