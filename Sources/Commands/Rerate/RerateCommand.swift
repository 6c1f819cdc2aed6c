import Bookkeeping
import LedgerStore
import Rating
import Reporting
import Terms

/// What `rerate`, `rate`, `whatif` and `renormalize` share: which records, how to write the answer.
struct RerateOptions {
    let ledger: LedgerOptions
    private let period: PeriodOptions
    private var filter = RecordFilter()
    private let book: Book
    private let format: Format

    static let help: [OptionHelp] =
        PeriodOptions.help + [
            OptionHelp("--tenant", "NAME", "only this tenant"),
            OptionHelp("--model", "NAME", "only this model"),
            OptionHelp("--upstream", "NAME", "only this upstream"),
            OptionHelp(
                "--book", "BOOK", "whose amounts text shows", fallback: "contracted",
                values: Book.allCases.map(\.rawValue)),
            Format.option([.text, .csv, .json, .jsonl]), LedgerOptions.help,
        ]

    static let noBook = Diagnosis(
        code: "prices.none-in-force", problem: "the ledger has no price book in force",
        effect: "nothing was rated", remedy: "run `tollbook prices load`")

    init(_ arguments: Arguments) throws(UsageError) {
        ledger = LedgerOptions(arguments)
        period = try PeriodOptions(arguments)
        filter.tenant = arguments.value("--tenant")
        filter.model = arguments.value("--model")
        filter.upstream = arguments.value("--upstream")
        book = arguments.value("--book").flatMap(Book.init) ?? .contracted
        format = Format(arguments)
    }

    /// - Parameter book: the book to rate with; nil for the one in force.
    func run(
        in world: World, book given: PriceBook? = nil, pending: Bool = false, readingAgain: Bool = false,
        dry: Bool = false
    ) throws(Failure) -> ExitCode {
        var filter = filter
        let bounds = try period.bounds(zone: try period.zone())
        (filter.since, filter.until) = (bounds.since, bounds.until)
        let conninfo = try Database.open(try ledger.configuration.load(in: world))
        defer { conninfo.close() }
        let outcome: (changes: RatingChanges, version: String, unreadable: Int)?
        do throws(LedgerError) {
            let reader = try LedgerStore.open(conninfo.conninfo)
            let state = try reader.schemaState()
            guard state.isUsable else { throw .schema(state) }
            var inForce = given
            if inForce == nil { inForce = try reader.currentPriceBook()?.book }
            if let book = inForce {
                var work = Rerating(book: book, filter: filter)
                work.onlyPending = pending
                work.readsAgain = readingAgain
                work.isDry = dry
                let writer = LedgerStore.lazily(conninfo.conninfo)
                let changes = try work.run(reader, bookingWith: writer, now: world.clock())
                if !dry, changes.entries > 0 {
                    let action = pending ? "rating.pending" : readingAgain ? "rating.reread" : "rating.again"
                    try writer.note(
                        note(action, changes, version: book.version, by: world.actor, at: world.clock()))
                }
                outcome = (changes, book.version, work.unreadable)
            } else {
                outcome = nil
            }
        } catch {
            throw Failure(error)
        }
        guard let (changes, version, unreadable) = outcome else {
            throw Failure(.couldNot, Self.noBook)
        }
        world.out.write(changes.text(self.book, format: format, columns: world.outStyle.columns))
        world.out.flush()
        let entries = counted(Int64(changes.entries), "entry", "entries")
        world.err.write("price book \(version): \(entries) \(dry ? "would be booked" : "booked")\n")
        if unreadable > 0 {
            let records = counted(Int64(unreadable), "record", "records")
            world.err.write("\(records) left as booked: no table reads the kept usage object\n")
        }
        return .done
    }
}

extension RerateOptions {
    /// For the trail of changes: which records were meant, and how much was booked.
    private func note(
        _ action: String, _ changes: RatingChanges, version: String, by actor: String, at now: Instant
    ) -> AuditNote {
        var detail = JSONWriter()
        detail.beginObject()
        detail.field("entries", Int64(changes.entries))
        detail.field("tenant", filter.tenant)
        detail.field("model", filter.model)
        detail.field("upstream", filter.upstream)
        detail.endObject()
        return AuditNote(
            at: now, actor: actor, action: action, objectKind: "rating", object: version,
            detail: detail.text)
    }
}

/// `tollbook rerate`: booked usage under the prices in force.
struct RerateCommand: Command {
    static let help = Help(
        "rerate", "rate booked usage again with the price book in force",
        details: """
            Where an amount differs, a reversal takes back what was booked and a replacement stands for it: both
            name the entry that they correct, and nothing is rewritten. Where nothing differs nothing is
            booked, so the same command twice changes nothing the second time, and one that was cut short can
            be run again. Prints old, new and difference per tenant.
            """,
        options: [.init(flag: "--dry-run", "compute and print, book nothing")] + RerateOptions.help,
        examples: [
            .init("tollbook rerate --since 2026-11-01 --dry-run", "what a new price book would change"),
            .init("tollbook rerate --month 2026-10 --tenant acme", "one tenant's month"),
        ])

    private let options: RerateOptions
    private let isDry: Bool

    init(_ arguments: Arguments) throws(UsageError) {
        options = try RerateOptions(arguments)
        isDry = arguments.flag("--dry-run")
    }

    func run(in world: World) throws(Failure) -> ExitCode { try options.run(in: world, dry: isDry) }
}

/// `tollbook whatif --prices`: a past month under other prices.
struct WhatIfCommand: Command {
    static let help = Help(
        "whatif", "price past usage under other prices, without booking",
        options: [PriceOptions.help] + RerateOptions.help,
        examples: [
            .init("tollbook whatif --prices offer/ --month 2026-10", "what October would have cost")
        ])

    private let options: RerateOptions
    private let prices: PriceOptions

    init(_ arguments: Arguments) throws(UsageError) {
        options = try RerateOptions(arguments)
        prices = PriceOptions(arguments)
    }

    func run(in world: World) throws(Failure) -> ExitCode {
        try options.run(in: world, book: try prices.book(in: world), dry: true)
    }
}
