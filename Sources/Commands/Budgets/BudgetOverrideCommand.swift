import Bookkeeping
import LedgerStore
import Terms

/// `tollbook budget override NAME`: another limit for a while, with a reason.
struct BudgetOverrideCommand: Command {
    static let help = Help(
        "budget override", "give a budget another limit for a while",
        details: """
            The limit holds instead of the budget's own until its end; then the own one is back by itself. Of
            several that hold, the one made last counts. What was spent still counts.
            """,
        operands: [BudgetOptions.name],
        options: [
            .init("--limit", "AMOUNT", "the limit meanwhile, or none"),
            .init("--until", "TIME", "its end: a date (midnight UTC) or an RFC 3339 time"),
            .init("--since", "TIME", "its beginning", fallback: "now"),
            .init("--reason", "TEXT", "why, for the history"), LedgerOptions.help,
        ],
        examples: [
            .init(
                "tollbook budget override acme-month --limit 900 --until 2026-12-01 --reason 'launch week'",
                "more until the end of the month")
        ])

    private let ledger: LedgerOptions
    private let name: String
    private let limit: BudgetAmount?
    private let since: Instant?
    private let until: Instant
    private let reason: String

    init(_ arguments: Arguments) throws(UsageError) {
        ledger = LedgerOptions(arguments)
        name = try BudgetOptions.name(arguments)
        let expected = "a date (2026-10-01) or an RFC 3339 time with its offset"
        guard let given = try BudgetOptions.limit(arguments) else {
            throw .missingValue(option: "--limit", metavar: "AMOUNT")
        }
        limit = given.limit
        since = try arguments.value("--since", expected: expected) { Instant(rfc3339: $0) }
        guard let until = try arguments.value("--until", expected: expected, { Instant(rfc3339: $0) }) else {
            throw .missingValue(option: "--until", metavar: "TIME")
        }
        self.until = until
        guard let reason = arguments.value("--reason") else {
            throw .missingValue(option: "--reason", metavar: "TEXT")
        }
        self.reason = reason
    }

    func run(in world: World) throws(Failure) -> ExitCode {
        let now = world.clock()
        let since = since ?? now
        guard since < until, now < until else {
            throw Failure(
                .usage,
                Diagnosis(
                    code: "budget.override-ended",
                    problem: "the override would end at \(until.rfc3339), too early",
                    effect: "nothing was done", remedy: "give --until a time that is still to come"))
        }
        let isThere = try ledger.withLedger(in: world) { ledger throws(LedgerError) -> Bool in
            guard try ledger.budget(name, at: now) != nil else { return false }
            try ledger.override(
                budget: name,
                BudgetOverride(limit: limit, since: since, until: until, reason: reason), actor: world.actor,
                at: now)
            return true
        }
        guard isThere else {
            throw BudgetOptions.unknown(name, among: try BudgetListCommand.names(ledger, in: world))
        }
        world.out.write(
            "\(name): \(limit?.plain ?? "no limit") from \(since.rfc3339) until \(until.rfc3339)\n")
        return .done
    }
}
