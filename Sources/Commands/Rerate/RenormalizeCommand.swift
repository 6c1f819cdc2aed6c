import Terms

/// `tollbook renormalize`: kept usage objects under the tables of this release.
struct RenormalizeCommand: Command {
    static let help = Help(
        "renormalize", "read kept usage objects again by the tables of this release",
        details: """
            For records that an older version of a dialect's table read. Where the same object gives other
            quantities, reversals take back what was booked and replacements stand for it, at the price book in
            force; the record itself is not rewritten. Records without a usage object stay as they are. The same
            command twice changes nothing the second time. Prints old, new and difference per tenant.
            """,
        options: [.init(flag: "--dry-run", "compute and print, book nothing")] + RerateOptions.help,
        examples: [
            .init("tollbook renormalize --since 2026-11-01 --dry-run", "what this release reads differently"),
            .init("tollbook renormalize --month 2026-10 --tenant acme", "one tenant's month"),
        ])

    private let options: RerateOptions
    private let isDry: Bool

    init(_ arguments: Arguments) throws(UsageError) {
        guard arguments.value("--since") != nil || arguments.value("--month") != nil else {
            throw .missingValue(option: "--since", metavar: "TIME")
        }
        options = try RerateOptions(arguments)
        isDry = arguments.flag("--dry-run")
    }

    func run(in world: World) throws(Failure) -> ExitCode {
        try options.run(in: world, readingAgain: true, dry: isDry)
    }
}
