import LedgerStore
import Rating
import Reporting
import Terms

/// `tollbook rate`: what could not be rated when it was booked, because a price was missing or because it
/// depends on the sum of a period.
struct RateCommand: Command {
    static let help = Help(
        "rate", "rate what had no price when it was booked, or the terms of a month's contracts",
        details: """
            --pending looks only at records with unpriced readings: those are rated as a whole with the book in
            force. What has no price still is counted under unpriced after.

            --terms --month YYYY-MM computes what depends on the sum of a period that ended with the month: free
            allowances, tiers, minimum amounts. Each becomes an adjustment of its tenant. The same command twice
            books nothing the second time; after late usage or a re-rating it books the difference.
            """,
        options: [
            .init(flag: "--pending", "all that is unpriced"),
            .init(flag: "--terms", "the terms of contracts, of one month; only --month and --format apply"),
            .init(flag: "--dry-run", "compute and print, book nothing"),
        ] + RerateOptions.help,
        examples: [
            .init("tollbook rate --pending", "after prices load"),
            .init("tollbook rate --terms --month 2026-10", "when October is over"),
        ])

    private enum Work {
        case pending(RerateOptions)
        case terms(CivilDate)
    }

    private let work: Work
    private let ledger: LedgerOptions
    private let format: Format
    private let isDry: Bool

    init(_ arguments: Arguments) throws(UsageError) {
        try arguments.exclusive("--pending", "--terms")
        ledger = LedgerOptions(arguments)
        format = Format(arguments)
        isDry = arguments.flag("--dry-run")
        if arguments.flag("--terms") {
            for option in ["--since", "--until", "--tenant", "--model", "--upstream", "--timezone"] {
                try arguments.exclusive("--terms", option)
            }
            let month = try arguments.value("--month", expected: "a month such as 2026-10") { text in
                text.utf8.count == 7 ? CivilDate(text + "-01") : nil
            }
            guard let month, (1900..<9000).contains(month.year) else {
                throw .missingValue(option: "--month", metavar: "YYYY-MM")
            }
            work = .terms(month)
        } else {
            guard arguments.flag("--pending") else { throw .missingValue(option: "--pending", metavar: "") }
            work = .pending(try RerateOptions(arguments))
        }
    }

    func run(in world: World) throws(Failure) -> ExitCode {
        switch work {
        case .pending(let options): return try options.run(in: world, pending: true, dry: isDry)
        case .terms(let month): return try settleTerms(of: month, in: world)
        }
    }

    private func settleTerms(of month: CivilDate, in world: World) throws(Failure) -> ExitCode {
        let now = world.clock()
        let end = month.firstOfMonth(adding: 1)
        // Everywhere: no zone is more than 14 hours from UTC.
        guard isDry || now >= TimeZoneRules.utc.start(of: end).advanced(bySeconds: 12 * 3600) else {
            throw Failure(
                .couldNot,
                Diagnosis(
                    code: "prices.month-not-over",
                    problem: "\(month.isoMonth) is not over everywhere before noon of \(end.iso8601) UTC",
                    effect: "its terms are not known yet: nothing was booked",
                    remedy: "run it then, or look at what they would be with --dry-run"))
        }
        let outcome = try ledger.withLedger(in: world) { ledger throws(LedgerError) -> TermOutcome? in
            guard let book = try ledger.currentPriceBook()?.book else { return nil }
            var settling = TermSettling(book: book, month: month)
            settling.isDry = isDry
            let terms = try settling.run(ledger, now: now)
            if !isDry, terms.contains(where: { $0.entries > 0 }) {
                try ledger.note(
                    AuditNote(
                        at: now, actor: world.actor, action: "rating.terms", objectKind: "rating",
                        object: month.isoMonth, detail: #"{"terms":\#(terms.count)}"#))
            }
            return TermOutcome(terms: terms, unpriced: settling.unpriced, version: book.version)
        }
        guard let outcome else { throw Failure(.couldNot, RerateOptions.noBook) }
        world.out.write(outcome.text(format, columns: world.outStyle.columns))
        world.out.flush()
        let entries = counted(Int64(outcome.entries), "entry", "entries")
        world.err.write("price book \(outcome.version): \(entries) \(isDry ? "would be booked" : "booked")\n")
        if outcome.unpriced > 0 {
            let requests = counted(outcome.unpriced, "request")
            world.err.write("\(requests) without a price did not count: run it again when they have one\n")
        }
        return .done
    }
}
