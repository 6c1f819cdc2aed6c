import Bookkeeping
import LedgerStore
import Terms

/// `tollbook budget release NAME`: takes back what dead sidecars hold.
struct BudgetReleaseCommand: Command {
    static let help = Help(
        "budget release", "take back what sidecars hold that will not come back",
        details: """
            A sidecar that died keeps what it had leased until it comes back and posts its spool, and what its
            calls held when it died counts as used. This takes both back, from sidecars that were not heard of
            since their leases ended. If one of them spent it after all, the limit is exceeded by that: it
            becomes the term R of the bound.
            """,
        operands: [BudgetOptions.name], options: [LedgerOptions.help],
        examples: [.init("tollbook budget release acme-month", "after a host was lost with its disk")])

    private let ledger: LedgerOptions
    private let name: String

    init(_ arguments: Arguments) throws(UsageError) {
        ledger = LedgerOptions(arguments)
        name = try BudgetOptions.name(arguments)
    }

    func run(in world: World) throws(Failure) -> ExitCode {
        let standings = try BudgetListCommand.standings(ledger, only: name, in: world)
        guard let standing = standings.first else {
            throw BudgetOptions.unknown(name, among: try BudgetListCommand.names(ledger, in: world))
        }
        let isRolling = if case .rolling = standing.stored.budget.window { true } else { false }
        let window = isRolling ? .always : standing.window
        let released = try ledger.withLedger(in: world) { ledger throws(LedgerError) in
            try ledger.releaseLeases(of: standing.stored, window, actor: world.actor, at: world.clock())
        }
        world.out.write("\(name): \(released.plain) \(standing.stored.budget.unit.text) taken back\n")
        return .done
    }
}
