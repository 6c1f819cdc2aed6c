import Bookkeeping
import LedgerStore
import Rating
import Reporting
import Terms

/// `tollbook explain RECORD_ID`: one amount, back to the provider's words.
struct ExplainCommand: Command {
    static let help = Help(
        "explain", "walk one record from the provider's report to its amount",
        details: """
            Prints what the provider reported, what was counted, the rate of each meter with its price book and
            source, each charge as quantity × rate / units, so that it can be checked by hand, the amounts of the three
            books, the statement that they are in, and every correction since.
            """,
        operands: [
            .init("RECORD_ID", "as in the response's x-tollbook-record header, or in `tollbook records`")
        ],
        options: [
            .init(flag: "--considered", "also list the prices that were not taken, and why"),
            Format.option([.text, .json]),
        ] + ReadingOptions.help,
        examples: [
            .init("tollbook explain 019aa3e5-7c00-7000-8000-000000000001", "why this call cost what it cost")
        ])

    private let id: RecordID
    private let ledger: ReadingOptions
    private let showsConsidered: Bool
    private let format: Format

    init(_ arguments: Arguments) throws(UsageError) {
        let text = try arguments.operand(0) ?? ""
        guard let id = RecordID(text) else {
            throw .invalid(what: "RECORD_ID", value: text, expected: RecordID.expected, nearest: nil)
        }
        self.id = id
        ledger = try ReadingOptions(arguments)
        showsConsidered = arguments.flag("--considered")
        format = Format(arguments)
    }

    func run(in world: World) throws(Failure) -> ExitCode {
        let explanation = try ledger.withLedger(in: world) {
            ledger throws(LedgerError) -> RecordExplanation? in
            guard let stored = try ledger.record(id) else { return nil }
            let record = stored.record
            let tenant = record.attribution.tenant
            let key = RecordKey(tenant: tenant, occurredAt: record.occurredAt, id: record.id)
            let story = try ledger.story(
                of: key, provider: record.usage.provider, versions: RecordExplanation.versions(of: stored))
            var books: [String: PriceBook] = [:]
            for version in RecordExplanation.versions(of: stored) {
                if let book = story.books[version]?.book(about: record.usage) {
                    books[version] = book
                } else {
                    books[version] = try ledger.priceBook(version: version)?.book
                }
            }
            // The book in force explains what no book has priced.
            let current = books.isEmpty ? try ledger.currentPriceBook() : nil
            return RecordExplanation(
                stored, books: books, current: current?.book(about: record.usage) ?? current?.book,
                bookings: story.bookings, zone: story.timezone.flatMap(ZoneFiles.rules) ?? .utc)
        }
        guard let explanation else {
            throw Failure(
                .couldNot,
                Diagnosis(
                    code: "records.unknown-id", problem: "the ledger has no record \(id.text)",
                    effect: "there is nothing to explain",
                    remedy: "compare the id; if it is new, see `tollbook spool status` for what still waits"))
        }
        world.out.write(
            format == .json
                ? explanation.json
                : explanation.text(considered: showsConsidered, columns: world.outStyle.columns))
        return .done
    }
}

extension StoredPriceBook {
    /// The book, nil where its files cannot be read by this version.
    var book: PriceBook? {
        let sources = files.map { PriceSource(name: $0.name, bytes: Array($0.text.utf8)) }
        return try? PriceSources.book(sources, label: mark.version, isProven: true)
    }

    /// The same without the prices of other providers and of other models than a record's: thousands, of
    /// which one or two are asked for.
    func book(about usage: Usage) -> PriceBook? {
        let models = Set(usage.components.map(\.model) + [usage.model, usage.modelRequested])
        var sources: [PriceSource] = []
        for file in files {
            var text = PriceText(Array(file.text.utf8))
            if text.isForOthers(than: usage.provider) { continue }
            text.keep(naming: Set(models.compactMap { $0 } + [""]))
            if text.keepsAny { sources.append(PriceSource(name: file.name, bytes: text.bytes)) }
        }
        return try? PriceSources.book(sources, label: mark.version, isProven: true)
    }
}
