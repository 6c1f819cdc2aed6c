import Bookkeeping
import LedgerStore
import Terms

/// `tollbook report monthly`: the month of all tenants, with everything that a statement has.
struct MonthlyReportCommand: Command {
    static let help = Help(
        "report monthly", "the month of all tenants, with comparison, budgets and forecast",
        details: """
            The same blocks as a statement, for all tenants together and in UTC: usage by tenant, user and model
            with subtotals, shared costs and how they are shared out, what nothing attributes, the month before,
            budgets and forecast, completeness.
            """,
        options: [
            .init("--month", "YYYY-MM", "which month", fallback: "the current one"),
            Format.option(Format.documents), LedgerOptions.help,
        ],
        examples: [
            .init("tollbook report monthly --month 2026-10 --format html > october.html", "to be sent")
        ])

    private let ledger: LedgerOptions
    private let month: String?
    private let format: Format

    init(_ arguments: Arguments) throws(UsageError) {
        ledger = LedgerOptions(arguments)
        month = try arguments.month()
        format = Format(arguments)
    }

    func run(in world: World) throws(Failure) -> ExitCode {
        let text = try ledger.withDesk(in: world) { desk throws(Failure) in
            try desk.written(
                tenant: nil, month: month ?? desk.now.date.isoMonth, format: format,
                columns: world.outStyle.columns)
        }
        world.out.write(text)
        return .done
    }
}
