// Budgets on the metrics page, as this sidecar last heard of them: what is planned, spent and left, by how
// much spend may exceed the limit, and whether it does so beyond that, which must never be anything but zero.
import Bookkeeping
import LedgerStore
import Terms

extension MetricText {
    /// Nothing where no budget is in force.
    mutating func budgets(_ admission: Admission, at instant: Instant) {
        let standings = admission.change { $0.metricStandings(at: instant) }
        guard !standings.isEmpty else { return }
        let gauges: [(name: String, help: String, value: (MetricStanding) -> BudgetAmount?)] = [
            ("limit", "What is planned, in the budget's unit.", \.limit),
            ("spent", "What the ledger has booked in the window.", \.spent),
            ("remaining", "What nobody has taken.", \.remaining),
            ("bound", "By how much spend may exceed the limit.", \.bound),
            ("leased", "What sidecars may spend alone, all of them together.", \.leased),
            ("lease_free", "Of that, what this sidecar may still give to calls.", \.free),
            ("held", "What calls under way hold here.", \.held),
            ("over_bound", "By how much it exceeds the limit beyond the bound: must be 0.", \.overBound),
        ]
        for gauge in gauges {
            begin("budget_\(gauge.name)", .gauge, gauge.help)
            for standing in standings {
                guard let value = gauge.value(standing) else { continue }
                line([("budget", standing.name), ("unit", standing.unit)], value.plain)
            }
        }
    }
}

struct MetricStanding: Sendable {
    let name: String
    let unit: String
    let limit: BudgetAmount?
    let spent: BudgetAmount
    let remaining: BudgetAmount?
    let bound: BudgetAmount
    let leased: BudgetAmount
    let free: BudgetAmount
    let held: BudgetAmount

    /// Of blocking budgets only: others may be exceeded.
    let overBound: BudgetAmount?
}

extension Admission.State {
    fileprivate func metricStandings(at instant: Instant) -> [MetricStanding] {
        lines.compactMap { line in
            // Nothing is known of a window that nobody has used.
            guard let pool = line.current, pool.lastAsk != .min else { return nil }
            let limit = line.stored.limit(at: instant)
            let over = limit.map { (pool.spent - $0 - pool.bound).positive }
            return MetricStanding(
                name: line.stored.budget.name, unit: line.stored.budget.unit.text, limit: limit,
                spent: pool.spent, remaining: pool.remaining, bound: pool.bound,
                leased: pool.open, free: pool.lease.free, held: pool.lease.held,
                overBound: line.stored.budget.action == .block ? over : nil)
        }
    }
}
