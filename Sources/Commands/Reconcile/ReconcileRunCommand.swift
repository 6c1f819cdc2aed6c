import Bookkeeping
import LedgerStore
import Reporting
import Terms

/// What `reconcile run` and `reconcile report` share.
private struct ReconcileOptions {
    private let ledger: LedgerOptions
    private let period: PeriodOptions
    let provider: String?
    private let book: Book
    private let aliases: [String: String]
    let format: Format

    static let help: [OptionHelp] =
        PeriodOptions.help + [
            OptionHelp("--provider", "NAME", "only this provider"),
            OptionHelp(
                "--alias", "THEIRS=OURS", "our name of a model or key that the provider names otherwise",
                arity: .repeated),
            OptionHelp(
                "--book", "BOOK", "whose amounts are compared", fallback: "contracted",
                values: Book.allCases.map(\.rawValue)),
            Format.option([.text, .csv, .json]), LedgerOptions.help,
        ]

    init(_ arguments: Arguments) throws(UsageError) {
        ledger = LedgerOptions(arguments)
        period = try PeriodOptions(arguments)
        provider = arguments.value("--provider")
        book = arguments.value("--book").flatMap(Book.init) ?? .contracted
        format = Format(arguments)
        var aliases: [String: String] = [:]
        for text in arguments.list("--alias") {
            let halves = text.split(separator: "=", maxSplits: 1).map(String.init)
            guard halves.count == 2 else {
                throw .invalid(what: "--alias", value: text, expected: "THEIRS=OURS", nearest: nil)
            }
            aliases[halves[0]] = halves[1]
        }
        self.aliases = aliases
    }

    /// Compares, and lets `then` act on what was found with the same ledger.
    func run(
        in world: World,
        _ then: (LedgerStore, Reconciliation, [String: [String: Money]]) throws(LedgerError) -> Void
    ) throws(Failure) -> Reconciliation {
        // Providers report by days of UTC.
        let asked = try period.period(zone: .utc, now: world.clock())
        let since = asked.since.date
        let last = Instant(microseconds: asked.until.microseconds - 1).date
        guard let whole = Period(since: Instant(since), until: Instant(last.adding(days: 1))) else {
            preconditionFailure("a period that is not empty touches a day")
        }
        return try ledger.withLedger(in: world) { ledger throws(LedgerError) in
            let lines = try ledger.providerLines(
                since: since, until: last.adding(days: 1), provider: provider)
            var cells = LedgerCells(book: book)
            var shares: [String: [String: Money]] = [:]
            _ = try ledger.export(whole) { stored in
                cells.add(stored)
                let record = stored.record
                for line in stored.lines where line.kind == .charge {
                    shares[record.usage.provider, default: [:]][record.attribution.tenant, default: .zero] +=
                        line.amounts[book] ?? .zero
                }
                return true
            }
            let found = Reconciliation(lines, cells, aliases: aliases)
            try then(ledger, found, shares)
            return found
        }
    }
}

/// `tollbook reconcile run`: judges the books by what providers state.
struct ReconcileRunCommand: Command {
    static let help = Help(
        "reconcile run", "compare the books with what providers state, and judge",
        details: """
            Cell by cell: per day of UTC, and per model, group of meters and key as far as both sides tell them apart;
            stderr says by what. Prints every difference with its class, and what would settle it:

            missing_here: the provider states more. missing_there: the ledger has more. price: the same quantity at
            another amount. estimate: the ledger had to estimate. tax_credit: taxes, credits and other lines that
            are no usage. What differs by no more than the provider's rounding is no difference.

            --post books the proposed amounts as adjustments, with nobody or split among the provider's tenants in
            proportion to their spend; doing it again books nothing. Quantities are never adjusted. The exit code
            is 2 when there are differences.
            """,
        options: ReconcileOptions.help + [
            .init(flag: "--post", "book the proposed adjustments"),
            .init(
                "--allocate", "HOW", "with --post: who carries them", fallback: "unattributed",
                values: ["unattributed", "pro-rata"]),
        ],
        examples: [
            .init("tollbook reconcile run --month 2026-10", "does October agree with the invoices"),
            .init("tollbook reconcile run --month 2026-10 --post --allocate pro-rata", "and settle it"),
        ])

    private let options: ReconcileOptions
    private let posts: Bool
    private let isProRata: Bool

    init(_ arguments: Arguments) throws(UsageError) {
        options = try ReconcileOptions(arguments)
        posts = arguments.flag("--post")
        isProRata = arguments.value("--allocate") == "pro-rata"
        if arguments.isGiven("--allocate"), !posts { throw .needs("--allocate", "--post") }
    }

    func run(in world: World) throws(Failure) -> ExitCode {
        var posted = 0
        let found = try options.run(in: world) { ledger, found, shares throws(LedgerError) in
            guard posts else { return }
            let adjustments = found.adjustments(shares: isProRata ? shares : nil)
            posted = adjustments.count
            guard !adjustments.isEmpty else { return }
            let now = world.clock()
            try ledger.book(Self.records(adjustments, now: now), bookedAt: now)
            try ledger.note(
                AuditNote(
                    at: now, actor: world.actor, action: "adjustment.reconcile",
                    objectKind: "adjustment", object: Self.instance(now),
                    detail: #"{"adjustments":\#(posted),"pro_rata":\#(isProRata)}"#))
        }
        let table = ReconciliationText(found)
        world.out.write(table.differences(options.format.reconciliation, columns: world.outStyle.columns))
        world.out.flush()
        for note in found.notes { world.err.write("compared \(note)\n") }
        if posts { world.err.write("\(counted(Int64(posted), "adjustment")) booked\n") }
        return found.differences.isEmpty ? .done : .found
    }

    private static func instance(_ now: Instant) -> String { "reconciliation-\(now.rfc3339)" }

    /// Numbered within an instance of this run.
    private static func records(
        _ adjustments: [ReconciliationAdjustment], now: Instant
    ) -> [(record: RatedRecord, entry: Entry)] {
        var random = RandomBits()
        let instance = instance(now)
        return adjustments.enumerated().map { index, adjustment in
            let day = Instant(adjustment.finding.key.day.adding(days: 1))
            let id = RecordID(
                at: Instant(microseconds: day.microseconds - 1), random: (random.next(), random.next()))
            return (
                adjustment.record(id: id, instance: instance, sequence: Int64(index + 1)), adjustment.entry
            )
        }
    }
}

/// `tollbook reconcile report`: the same as a survey.
struct ReconcileReportCommand: Command {
    static let help = Help(
        "reconcile report", "how the books and the providers' statements agree, summed up",
        details: """
            One line per provider, kind of file and class: how many cells, and what both sides come to. Nothing is
            judged or booked.
            """,
        options: ReconcileOptions.help,
        examples: [.init("tollbook reconcile report --month 2026-10", "the state of October")])

    private let options: ReconcileOptions

    init(_ arguments: Arguments) throws(UsageError) { options = try ReconcileOptions(arguments) }

    func run(in world: World) throws(Failure) -> ExitCode {
        let found = try options.run(in: world) { _, _, _ in }
        let table = ReconciliationText(found)
        world.out.write(table.summary(options.format.reconciliation, columns: world.outStyle.columns))
        world.out.flush()
        for note in found.notes { world.err.write("compared \(note)\n") }
        return .done
    }
}

extension Format {
    fileprivate var reconciliation: ReconciliationText.Form {
        switch self {
        case .csv: .csv
        case .json, .jsonl: .json
        default: .text
        }
    }
}
