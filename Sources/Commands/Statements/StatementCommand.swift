import Bookkeeping
import LedgerStore
import Terms

/// `tollbook statement`: what a tenant owes for a month, and why.
struct StatementCommand: Command {
    static let help = Help(
        "statement", "a tenant's chargeback statement of one month",
        details: """
            The month begins and ends at midnight in the tenant's time zone. The statement lists usage by user and
            model with subtotals, what was booked by hand, what came from earlier months, the share of shared
            costs, what nothing attributes and what has no price, the difference from the month before split
            into price, volume and mix, budgets and a forecast with its method and interval, and how complete the
            numbers are. HTML is one file with charts that needs nothing else and prints on paper.

            The statement of a closed month was stored when it was closed and never changes again.
            """,
        options: [
            .init("--tenant", "NAME", "whose statement"),
            .init("--month", "YYYY-MM", "which month", fallback: "the current one"),
            Format.option(Format.documents), LedgerOptions.help,
        ],
        examples: [
            .init("tollbook statement --tenant acme --month 2026-10", "on the terminal"),
            .init("tollbook statement --tenant acme --month 2026-10 --format html > acme.html", "to be sent"),
        ])

    private let ledger: LedgerOptions
    private let tenant: String
    private let month: String?
    private let format: Format

    init(_ arguments: Arguments) throws(UsageError) {
        guard let tenant = arguments.value("--tenant") else { throw .missingOperand("--tenant NAME") }
        ledger = LedgerOptions(arguments, about: tenant)
        self.tenant = tenant
        month = try arguments.month()
        format = Format(arguments)
    }

    func run(in world: World) throws(Failure) -> ExitCode {
        let text = try ledger.withDesk(in: world) { desk throws(Failure) in
            let current = try desk.zone(of: tenant).date(at: desk.now).isoMonth
            return try desk.written(
                tenant: tenant, month: month ?? current, format: format, columns: world.outStyle.columns)
        }
        world.out.write(text)
        return .done
    }
}
