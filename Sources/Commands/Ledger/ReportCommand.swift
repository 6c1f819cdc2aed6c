import Bookkeeping
import LedgerStore
import Reporting
import Terms

/// `tollbook report`: what was spent, grouped by anything.
struct ReportCommand: Command {
    static let help = Help(
        "report", "what was spent, grouped by any dimension",
        details: """
            Without options: the current month, by tenant and model. Days, weeks and months begin at midnight
            in --timezone; --since is included, --until is not. Rows are ordered by cost, calendar units by
            time. Text rounds to six decimals and totals the exact amounts; all other formats are exact.

            The last line says how complete the numbers are: exchanges that never ended, usage that is an
            estimate, usage without a price, records that came late, numbers missing in a sidecar's sequence,
            and records that sidecars still hold.
            """,
        options: [
            .init(
                "--by", "DIMENSION",
                "tenant, user, key, model, provider, upstream, label:NAME, day, week, month or meter",
                fallback: "tenant,model", arity: .list),
            .init(
                "--book", "BOOK", "whose amounts text shows and rows are ordered by", fallback: "contracted",
                values: Book.allCases.map(\.rawValue)),
            .init(
                "--as-known-on", "TIME",
                "only what was booked by the end of this date, or by this RFC 3339 time"),
            .init(
                "--basis", "BASIS",
                "occurred: by the time of usage; booked: what came after its month was closed counts when it "
                    + "was booked",
                fallback: "occurred", values: [Basis.occurred, .booked].map(\.rawValue)),
            .init(
                "--compare", "PERIOD", "previous or year: another period's amounts beside each row",
                values: ReportComparison.allCases.map(\.rawValue)),
            .init("--top", "N", "only so many rows, the others joined in one"),
            .init(
                "--sort", "MEASURE", "what rows are ordered by", fallback: "cost",
                values: ReportOrder.allCases.map(\.rawValue)),
            .init(
                flag: "--ratios", "cost per request, cache hits, shares of estimated and unpriced requests"),
            .init(flag: "--variance", "per provider, the costs that responses state beside the list's"),
            .init(
                "--tolerance", "PERCENT", "with --variance: by how much a record's two amounts may differ",
                fallback: "1"),
        ] + PeriodOptions.help + Arguments.filterHelp + [
            .init("--provider", "NAME", "only this provider"), Format.option(Format.allCases),
        ] + ReadingOptions.help,
        examples: [
            .init("tollbook report", "the current month at a glance"),
            .init("tollbook report --month 2026-10 --by tenant,label:team --format csv", "for a spreadsheet"),
            .init(
                "tollbook report --by day --since 2026-10-01 --timezone Europe/Berlin", "day by day in Berlin"
            ),
        ])

    private let ledger: ReadingOptions
    private let period: PeriodOptions
    private let by: [Dimension]
    private let book: Book
    private let filter: ReportFilter
    private let format: Format
    private let basis: Basis
    private let shape: ReportShape
    /// Parts per ten thousand, where the report is about stated costs.
    private let variance: Int64?
    private let knownOn: (date: CivilDate?, instant: Instant?)?

    init(_ arguments: Arguments) throws(UsageError) {
        ledger = try ReadingOptions(arguments, about: arguments.value("--tenant"))
        period = try PeriodOptions(arguments)
        format = Format(arguments)
        book = arguments.value("--book").flatMap(Book.init) ?? .contracted
        by = try Self.dimensions(arguments)
        basis = arguments.value("--basis").flatMap(Basis.init) ?? .occurred
        shape = try ReportShape(arguments, by: by)
        if basis == .booked { try arguments.exclusive("--basis", "--as-known-on") }
        if arguments.isGiven("--tolerance"), !arguments.flag("--variance") {
            throw .needs("--tolerance", "--variance")
        }
        let tolerance = try arguments.value("--tolerance", expected: "a percentage such as 0.5") { text in
            DecimalText(text)?.fixed(places: 2).flatMap { (0...10_000).contains($0) ? Int64($0) : nil }
        }
        variance = arguments.flag("--variance") ? tolerance ?? 100 : nil
        let expected = "a date (2026-10-01) or an RFC 3339 time with its offset"
        knownOn = try arguments.value("--as-known-on", expected: expected) { text in
            if let date = CivilDate(text), (1900..<9000).contains(date.year) { return (date, nil) }
            return Instant(rfc3339: text).map { (nil, $0) }
        }
        var filter = ReportFilter()
        filter.tenant = arguments.value("--tenant")
        filter.user = arguments.value("--user")
        filter.key = arguments.value("--key")
        filter.model = arguments.value("--model")
        filter.provider = arguments.value("--provider")
        filter.upstream = arguments.value("--upstream")
        filter.labels = try arguments.labels()
        self.filter = filter
    }

    /// `--by`, or the fallback where nothing was said.
    static func dimensions(
        _ arguments: Arguments, fallback: [Dimension] = [.tenant, .model]
    ) throws(UsageError) -> [Dimension] {
        guard arguments.isGiven("--by") else { return fallback }
        var dimensions: [Dimension] = []
        for word in arguments.list("--by") {
            guard let dimension = Dimension(word) else {
                throw .invalid(
                    what: "--by", value: word, expected: "one of \(Dimension.names.joined(separator: ", "))",
                    nearest: nearest(to: word, among: Dimension.names))
            }
            guard !dimensions.contains(dimension) else { throw .repeated(option: "--by \(word)") }
            dimensions.append(dimension)
        }
        return dimensions
    }

    func run(in world: World) throws(Failure) -> ExitCode {
        let zone = try period.zone()
        var query = ReportQuery(
            by: by, period: try period.period(zone: zone, now: world.clock()), zone: zone, book: book,
            filter: filter)
        query.basis = basis
        // The whole of a day: what was booked before the next one begins.
        query.knownAt = knownOn.flatMap { known in
            known.instant
                ?? known.date.map {
                    Instant(microseconds: zone.start(of: $0.adding(days: 1)).microseconds - 1)
                }
        }
        if let variance {
            let work = VarianceReport(query: query, tolerance: variance)
            let rows = try ledger.withLedger(in: world) { ledger throws(LedgerError) in try work.rows(ledger)
            }
            world.out.write(VarianceReport.text(rows, format, columns: world.outStyle.columns))
            return .done
        }
        let text = try ledger.withLedger(in: world) { ledger throws(LedgerError) in
            try shape.written(query, format, ledger, style: world.outStyle)
        }
        world.out.write(text)
        return .done
    }
}
