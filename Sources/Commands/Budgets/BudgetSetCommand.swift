import Bookkeeping
import LedgerStore
import Reporting
import Terms

/// `tollbook budget set`: makes a budget, or changes what is given of it.
struct BudgetSetCommand: Command {
    static let help = Help(
        "budget set", "make a budget, or change one",
        details: """
            A budget counts the calls for which all of its scope holds: tenant, user, key, model (as callers
            ask for it; a * at its end stands for anything) and labels. A call must pass every budget that
            counts it. Of a budget that exists, what is not given stays as it is; scope options together
            replace the whole scope.

            A limit of 0 refuses every call that costs anything; none is no limit. Changing a limit resets
            nothing: the window is a range of the ledger, and what was spent in it still counts. Every change
            is kept (budget history), and reaches every sidecar within five seconds.
            """,
        operands: [BudgetOptions.name],
        options: BudgetDraft.help + [
            Format.option([.text, .json]), LedgerOptions.help,
        ],
        examples: [
            .init("tollbook budget set acme-month --tenant acme --limit 500", "500 USD each calendar month"),
            .init(
                "tollbook budget set ci --label team=ci --limit 2000000 --unit tokens --window rolling:24h",
                "two million tokens in any 24 hours"),
            .init("tollbook budget set acme-month --limit 800", "raise a limit; nothing is reset"),
        ])

    private let ledger: LedgerOptions
    private let name: String
    private let format: Format
    private let draft: BudgetDraft

    init(_ arguments: Arguments) throws(UsageError) {
        ledger = LedgerOptions(arguments)
        format = Format(arguments)
        name = try BudgetOptions.name(arguments)
        draft = try BudgetDraft(arguments, name: name)
    }

    func run(in world: World) throws(Failure) -> ExitCode {
        let configuration = try ledger.configuration.load(in: world)
        var problem: Failure?
        var text = ""
        try ledger.withLedger(in: world) { ledger throws(LedgerError) in
            let now = world.clock()
            let before = try ledger.budget(name, at: now)?.budget
            let budget: Budget
            let zone: TimeZoneRules
            do throws(Failure) {
                budget = try draft.wanted(before)
                if let elsewhere = BudgetPlace.problem(of: budget.scope.tenant, configuration) {
                    throw Failure(.configuration, elsewhere)
                }
                zone = try BudgetOptions.zone(budget.window.timezone)
            } catch {
                problem = error
                return
            }
            let stored = try ledger.setBudget(budget, actor: world.actor, at: now)
            let standing = try BudgetStanding.read(stored, zone: zone, ledger, now: world.clock())
            if format == .json {
                var json = JSONWriter()
                json.budget(standing, withBound: false)
                json.newline()
                text = json.text
            } else {
                let limit = standing.limit.map { "\($0.plain) \(budget.unit.text)" } ?? "no limit"
                let spent = "\(standing.pool.spent.plain) spent in this window"
                text =
                    budget.unit == .concurrent
                    ? "\(name): \(limit) at a time for \(budget.scope.text), version \(stored.version)\n"
                    : "\(name): \(limit) per \(budget.window.text) for \(budget.scope.text), version "
                        + "\(stored.version); \(spent)\n"
            }
        }
        if let problem { throw problem }
        world.out.write(text)
        return .done
    }
}
