// Budgets on the metrics page, as this sidecar last heard of them: what is planned, spent and left, by how
// much spend may exceed the limit, and whether it does so beyond that, which must never be anything but zero.
import Bookkeeping
import LedgerStore
import Terms

extension Admission {
    /// In the text format of Prometheus; empty where no budget is in force.
    func metrics(at instant: Instant) -> String {
        let standings = change { $0.metricStandings(at: instant) }
        guard !standings.isEmpty else { return "" }
        let gauges: [(name: String, help: String, value: (MetricStanding) -> BudgetAmount?)] = [
            ("limit", "What is planned, in the budget's unit.", \.limit),
            ("spent", "What the ledger has booked in the window.", \.spent),
            ("remaining", "What nobody has taken.", \.remaining),
            ("bound", "By how much spend may exceed the limit.", \.bound),
            ("over_bound", "By how much it exceeds the limit beyond the bound: must be 0.", \.overBound),
        ]
        var text = ""
        for gauge in gauges {
            let name = "tollbook_budget_\(gauge.name)"
            text += "# HELP \(name) \(gauge.help)\n# TYPE \(name) gauge\n"
            for standing in standings {
                guard let value = gauge.value(standing) else { continue }
                text += "\(name){budget=\"\(standing.name)\",unit=\"\(standing.unit)\"} \(value.plain)\n"
            }
        }
        return text
    }
}

struct MetricStanding: Sendable {
    let name: String
    let unit: String
    let limit: BudgetAmount?
    let spent: BudgetAmount
    let remaining: BudgetAmount?
    let bound: BudgetAmount

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
                overBound: line.stored.budget.action == .block ? over : nil)
        }
    }
}
