import LedgerStore
import Postgres
import Terms

/// `tollbook verify`: do the sums agree with the entries, and the rows with their seals?
struct VerifyCommand: Command {
    static let help = Help(
        "verify", "check that sums agree with entries, and rows with their seals",
        details: """
            Makes every sum again from the rows below it, a day at a time: quarters of an hour from records and
            entries, days from quarters of an hour. Then checks the chains of seals and, for each sealed day,
            that its rows are those that were sealed: none changed, none missing, none added. Also found are
            entries without a record, numbers of a sidecar that are used twice or never arrived, settlements
            without their owner, and price books whose files are not those that their version names.

            The first bad window is named, and up to a hundred findings are listed. MACs are checked with the
            keys of `seal.key` or `seal.key_file`; without them the rows are still compared. With --anchor the
            seals must also be those of an earlier `tollbook seal heads`, kept elsewhere. The exit code is 2 when
            anything was found.

            --since and --until cut to quarters of an hour; for seals they mean the day on which was booked.
            """,
        options: PeriodOptions.help + [
            .init("--tenant", "NAME", "only this tenant"),
            .init("--anchor", "FILE", "what `tollbook seal heads --format jsonl` once printed"),
            Format.option([.text, .json]), LedgerOptions.help,
        ],
        examples: [
            .init("tollbook verify", "the whole ledger"),
            .init("tollbook verify --month 2026-10 --format json", "one month, for a monitor"),
            .init("tollbook verify --anchor heads-2026-10.jsonl", "against what an auditor kept"),
        ])

    private let ledger: LedgerOptions
    private let period: PeriodOptions
    private let tenant: String?
    private let anchor: String?
    private let format: Format

    init(_ arguments: Arguments) throws(UsageError) {
        ledger = LedgerOptions(arguments)
        period = try PeriodOptions(arguments)
        tenant = arguments.value("--tenant")
        anchor = arguments.value("--anchor")
        format = Format(arguments)
    }

    func run(in world: World) throws(Failure) -> ExitCode {
        let configuration = try ledger.configuration.load(in: world)
        let keys = try SealKeyring(configuration).forLedger
        let anchors = try anchor.map { file throws(Failure) in try SealAnchors.read(file) } ?? []
        let (since, until) = try period.bounds(zone: try period.zone())
        let scope = VerifyScope(since: since, until: until, tenant: tenant)
        var bar = ProgressBar("verifying", in: world)
        let result = try ledger.withLedger(of: configuration, limits: .patient) {
            ledger throws(LedgerError) in
            var result = try ledger.verify(scope, keys: keys) { done, total in
                bar.show(done, of: total)
                return true
            }
            try ledger.check(anchors, &result)
            try PriceBookCheck.run(ledger, &result)
            return result
        }
        bar.end()
        world.out.write(
            format == .json
                ? VerificationText.json(result, scope) : VerificationText.text(result, style: world.outStyle))
        return result.isSound ? .done : .found
    }
}
