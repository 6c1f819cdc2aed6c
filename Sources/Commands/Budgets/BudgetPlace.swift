// In which ledger a budget has to be: budgets are counted by the transaction that books, so one of a tenant
// whose ledger is another database would never be spent here. `budget set` and `apply` both ask this.
import Reporting
import Terms

enum BudgetPlace {
    /// Why a budget of a tenant cannot be in the ledger that the configuration names; nil where it can.
    static func problem(of tenant: String?, _ configuration: Configuration) -> Diagnosis? {
        guard let tenant, let other = configuration.tenantDatabases[tenant],
            configuration.database != .conninfo(other)
        else { return nil }
        return Diagnosis(
            code: "budget.elsewhere",
            problem: "the ledger of \(tenant.visible) is in a database of its own (`tenant_databases`)",
            effect: "a budget here would never be spent, so nothing was set",
            remedy:
                "set it there with --database, for the sidecars whose `database` that is; those that "
                + "only post there do not look at its budgets")
    }
}
