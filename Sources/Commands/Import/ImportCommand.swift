import Bookkeeping
import LedgerStore
import Rating
import Reporting
import Terms

/// `tollbook import`: the months before, from elsewhere.
struct ImportCommand: Command {
    static let help = Help(
        "import", "book usage that was metered elsewhere",
        details: """
            SOURCE is litellm-spend-logs (LiteLLM's table), openrouter (generations) or jsonl (the fields of `tollbook
            records --format jsonl`). FILE has one JSON object per line, or is CSV with a header. Each row is rated
            with the price book in force and posted. A row's record id follows from the source's own id: the same
            row again, in this file or another, changes nothing.

            Token counts are taken as inclusive: input with what was cached, output with reasoning. A row that is no
            record is told with its line and kept in the file of --rejected, the others are booked, and the exit
            code is 1.
            """,
        operands: [
            .init("SOURCE", ImportSource.allCases.map(\.rawValue).joined(separator: ", ")),
            .init("FILE", "the file; - is standard input"),
        ],
        options: [
            .init("--tenant", "NAME", "of rows that name none", fallback: Attribution.unattributedTenant),
            .init("--upstream", "NAME", "of rows that name none", fallback: "the source"),
            .init(
                "--rejected", "PATH", "where rows that cannot be booked are kept", fallback: "FILE.rejected"),
            .init(flag: "--dry-run", "read and rate, book nothing"),
            LedgerOptions.help,
        ],
        examples: [
            .init("tollbook import litellm-spend-logs spend-logs.jsonl", "the months before the switch"),
            .init("tollbook import jsonl - --dry-run < records.jsonl", "whether a file can be read"),
        ])

    private let ledger: LedgerOptions
    private let source: ImportSource
    private let path: String
    private let tenant: String
    private let upstream: String
    private let rejected: String
    private let isDry: Bool

    init(_ arguments: Arguments) throws(UsageError) {
        ledger = LedgerOptions(arguments)
        let word = try arguments.operand(0) ?? ""
        guard let source = ImportSource(rawValue: word) else {
            let words = ImportSource.allCases.map(\.rawValue)
            throw .invalid(
                what: "SOURCE", value: word, expected: "one of \(words.joined(separator: ", "))",
                nearest: nearest(to: word, among: words))
        }
        self.source = source
        path = try arguments.operand(1) ?? "-"
        tenant = arguments.value("--tenant") ?? Attribution.unattributedTenant
        upstream = arguments.value("--upstream") ?? source.rawValue
        rejected = arguments.value("--rejected") ?? (path == "-" ? "import.rejected" : path + ".rejected")
        isDry = arguments.flag("--dry-run")
    }

    func run(in world: World) throws(Failure) -> ExitCode {
        let now = world.clock()
        var problem: FileProblem?
        let outcome: ImportRun? = try ledger.withLedger(in: world) { ledger throws(LedgerError) in
            guard let book = try ledger.currentPriceBook()?.book else { return nil }
            var run = ImportRun(
                source: source, tenant: tenant, upstream: upstream,
                instance: "import-\(source.rawValue)-\(now.rfc3339)",
                book: book, ledger: isDry ? nil : ledger, now: now, rejected: RejectedLines(path: rejected))
            var failure: LedgerError?
            do throws(FileProblem) {
                failure = try ImportLines.read(path) { line throws(LedgerError) in try run.take(line) }
            } catch {
                problem = error
            }
            if let failure { throw failure }
            try run.end()
            return run
        }
        guard let outcome else {
            throw Failure(
                .couldNot,
                Diagnosis(
                    code: "prices.none-in-force", problem: "the ledger has no price book in force",
                    effect: "nothing was imported", remedy: "run `tollbook prices load`"))
        }
        world.out.write(outcome.summary(isDry: isDry))
        if let problem { throw Failure(problem, effect: "the rows before were imported") }
        guard outcome.rejectedCount > 0 else { return .done }
        let kept = isDry ? "" : "; they are kept in \(rejected)"
        throw Failure(
            .couldNot,
            Diagnosis(
                code: "import.rejected",
                problem: "\(counted(outcome.rejectedCount, "row")) cannot be booked\n"
                    + outcome.rejectedWords.joined(separator: "\n"),
                effect: "all other rows are booked\(kept)", remedy: "mend these rows and import them again"))
    }
}
