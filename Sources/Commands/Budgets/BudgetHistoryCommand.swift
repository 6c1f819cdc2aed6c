import Bookkeeping
import LedgerStore
import Reporting
import Terms

/// `tollbook budget history NAME`: every state that a budget has had, and every override.
struct BudgetHistoryCommand: Command {
    static let help = Help(
        "budget history", "list every change of a budget",
        operands: [BudgetOptions.name],
        options: [Format.option([.text, .json]), LedgerOptions.help],
        examples: [.init("tollbook budget history acme-month", "who changed what, and when")])

    private let ledger: LedgerOptions
    private let name: String
    private let format: Format

    init(_ arguments: Arguments) throws(UsageError) {
        ledger = LedgerOptions(arguments)
        name = try BudgetOptions.name(arguments)
        format = Format(arguments)
    }

    private struct Change {
        let at: Instant
        let actor: String
        let what: String
        let limit: BudgetAmount?
        let detail: String
    }

    func run(in world: World) throws(Failure) -> ExitCode {
        let changes = try ledger.withLedger(in: world) { ledger throws(LedgerError) -> [Change] in
            let versions = try ledger.budgetHistory(name).map { stored in
                Change(
                    at: stored.changedAt, actor: stored.actor, what: "version \(stored.version)",
                    limit: stored.budget.limit,
                    detail: "\(stored.budget.unit.text) per \(stored.budget.window.text), "
                        + "\(stored.budget.action.rawValue), \(stored.budget.scope.text)")
            }
            let overrides = try ledger.budgetOverrides(name).map { made in
                Change(
                    at: made.madeAt, actor: made.actor, what: "override", limit: made.override.limit,
                    detail: "\(made.override.since.rfc3339) until \(made.override.until.rfc3339): "
                        + made.override.reason)
            }
            return (versions + overrides).sorted { $0.at < $1.at }
        }
        guard !changes.isEmpty else {
            throw BudgetOptions.unknown(name, among: try BudgetListCommand.names(ledger, in: world))
        }
        if format == .json {
            var json = JSONWriter()
            json.beginArray()
            for change in changes {
                json.beginObject()
                json.field("at", change.at.rfc3339)
                json.field("actor", change.actor)
                json.field("change", change.what)
                json.field("limit", change.limit?.plain)
                json.field("detail", change.detail)
                json.endObject()
            }
            json.endArray()
            json.newline()
            world.out.write(bytes: json.bytes)
        } else {
            var table = TextTable([
                .init("at"), .init("by"), .init("change"), .init("limit", numeric: true), .init("detail"),
            ])
            table.rows = changes.map {
                [$0.at.rfc3339, $0.actor, $0.what, $0.limit?.plain ?? "none", $0.detail]
            }
            world.out.write(table.text(columns: world.outStyle.columns))
        }
        return .done
    }
}
