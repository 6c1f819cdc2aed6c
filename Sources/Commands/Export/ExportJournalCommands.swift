import Bookkeeping
import Reporting
import Terms

/// What both notations share.
private struct JournalOptions {
    let options: ExportOptions
    let book: Book

    static let help: [OptionHelp] =
        [
            OptionHelp(
                "--book", "BOOK", "whose amounts the tenants' expenses are", fallback: "contracted",
                values: Book.allCases.map(\.rawValue))
        ] + ExportOptions.help

    init(_ arguments: Arguments) throws(UsageError) {
        options = try ExportOptions(arguments)
        book = arguments.value("--book").flatMap(Book.init) ?? .contracted
    }

    func run(in world: World, _ text: (Journal) -> String) throws(Failure) -> ExitCode {
        let zone = try options.zone()
        var journal = Journal(book: book, zone: zone)
        return try options.run(in: world) { names in
            journal = Journal(book: book, zone: zone, costCenters: names.costCenters)
        } each: { stored in
            journal.add(stored)
        } end: {
            world.out.write(text(journal))
            return journal.exported
        }
    }

    static let details = """
        For each day, tenant and provider one transaction: the tenant's spend as an expense, what the provider is
        owed as a liability. Spend that nobody is accountable for and amounts that rest on estimates stand in
        suspense accounts, credits in one of their own. The balance of Expenses equals the report's total to the
        last digit. Amounts without a price are not known and make no posting. A tenant's cost center is a tag of its
        transactions.
        """
}

/// `tollbook export hledger`: the ledger as a journal for hledger.
struct ExportHledgerCommand: Command {
    static let help = Help(
        "export hledger", "a double-entry journal for hledger", details: JournalOptions.details,
        options: JournalOptions.help,
        examples: [
            .init(
                "tollbook export hledger --month 2026-10 > october.journal",
                "then: hledger -f october.journal bal")
        ])

    private let options: JournalOptions

    init(_ arguments: Arguments) throws(UsageError) { options = try JournalOptions(arguments) }

    func run(in world: World) throws(Failure) -> ExitCode { try options.run(in: world, \.hledger) }
}

/// `tollbook export beancount`: the same for beancount.
struct ExportBeancountCommand: Command {
    static let help = Help(
        "export beancount", "a double-entry journal for beancount", details: JournalOptions.details,
        options: JournalOptions.help,
        examples: [
            .init(
                "tollbook export beancount --month 2026-10 > october.beancount",
                "then: bean-check october.beancount")
        ])

    private let options: JournalOptions

    init(_ arguments: Arguments) throws(UsageError) { options = try JournalOptions(arguments) }

    func run(in world: World) throws(Failure) -> ExitCode { try options.run(in: world, \.beancount) }
}
