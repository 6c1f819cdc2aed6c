import Bookkeeping
import LedgerStore
import Reporting
import Terms

/// `tollbook budget show NAME`: where a budget stands now.
struct BudgetShowCommand: Command {
    static let help = Help(
        "budget show", "say where a budget stands",
        details: """
            Spent is what the ledger has booked in the window. Held is what calls under way may still use.
            Leased is what sidecars may spend without asking, held amounts included; remaining is what nobody
            has taken. By the bound, spend can exceed the limit at most.

            Below stands what each sidecar has: granted is what it captured from calls that ended, by its own
            count, what its calls hold, and what is free. What it captured and has not posted is on its way
            to the ledger.
            """,
        operands: [BudgetOptions.name],
        options: [
            .init(flag: "--bound", "the terms of the bound: D, R, A and P"),
            Format.option([.text, .json]), LedgerOptions.help,
        ],
        examples: [.init("tollbook budget show acme-month --bound", "what is left, and how exact that is")])

    private let ledger: LedgerOptions
    private let name: String
    private let format: Format
    private let withBound: Bool

    init(_ arguments: Arguments) throws(UsageError) {
        ledger = LedgerOptions(arguments)
        name = try BudgetOptions.name(arguments)
        format = Format(arguments)
        withBound = arguments.flag("--bound")
    }

    func run(in world: World) throws(Failure) -> ExitCode {
        let standings = try BudgetListCommand.standings(ledger, only: name, in: world)
        guard let standing = standings.first else {
            throw BudgetOptions.unknown(name, among: try BudgetListCommand.names(ledger, in: world))
        }
        if format == .json {
            var json = JSONWriter()
            json.budget(standing, withBound: withBound, leases: BudgetLeases(standing.state))
            json.newline()
            world.out.write(bytes: json.bytes)
        } else {
            world.out.write(Self.text(standing, withBound: withBound))
            let leases = BudgetLeases(standing.state)
            if !leases.isEmpty {
                world.out.write("\n" + leases.text(columns: world.outStyle.columns))
            }
        }
        return .done
    }

    private static func text(_ standing: BudgetStanding, withBound: Bool) -> String {
        let budget = standing.stored.budget
        let unit = budget.unit.text
        let isAlways = standing.window == .always
        let until =
            isAlways
            ? "without end" : "\(standing.window.since.rfc3339) until \(standing.window.until.rfc3339)"
        let warn =
            budget.warnAt.isEmpty ? "" : ", told at \(budget.warnAt.map { "\($0)%" }.joined(separator: ", "))"
        let limit = standing.limit.map { "\($0.plain) \(unit)" } ?? "none"
        var text = """
            budget    \(budget.name), version \(standing.stored.version)
            counts    \(budget.scope.text.visible)
            window    \(budget.window.text) (\(budget.window.timezone)): \(until)
            limit     \(limit), \(budget.action.rawValue)\(warn)
            spent     \(standing.pool.spent.plain)
            held      \(standing.held.plain)
            leased    \((standing.pool.open + standing.pool.presumed).plain)
            remaining \(standing.pool.remaining?.plain ?? "unlimited")
            bound     \(standing.state.bound.total.plain)

            """
        guard withBound else { return text }
        let bound = standing.state.bound
        text += """
              D \(bound.underestimated.plain)  used beyond holds, or by calls under way at worst
              R \(bound.released.plain)  taken back from sidecars that may have spent it
              A \(bound.allowance.plain)  admitted while PostgreSQL was away
              P \(bound.repriced.plain)  added by later prices and corrections

            """
        return text
    }
}
