// `prices import … --load`: imported price files into the book in force. The book's other files stay as
// they are, the whole is read and checked as one, and only a sound book is stored; the old one stays in force
// until then, and in the ledger for ever.
import LedgerStore
import Rating
import Reporting
import Terms

struct ImportLoading {
    let files: [ImportedFile]
    /// Whether imported prices may stand for those that the book has of the same provider.
    let replaces: Bool

    /// - Returns: what to tell.
    func run(_ options: LedgerOptions, in world: World) throws(Failure) -> String {
        guard !files.isEmpty else {
            return "nothing to load: no price was imported\n"
        }
        let stored = try options.withLedger(in: world) { ledger throws(LedgerError) in
            try ledger.currentPriceBook()
        }
        let sources = Self.sources(of: stored)
        let known = try Self.providers(of: sources)
        for file in files where !replaces {
            guard let own = known.first(where: { $0.value == file.provider }) else { continue }
            throw Failure(
                .couldNot,
                Diagnosis(
                    code: "prices.provider-there",
                    problem:
                        "the book in force has prices of \(file.provider.visible), in \(own.key.visible)",
                    effect: "nothing was loaded: imported prices have no history and would end theirs",
                    remedy: "name the providers that you want with --provider, or use --replace"))
        }
        let merged = merged(sources, providers: known)
        let book: PriceBook
        do throws(ConfigurationProblems) {
            book = try PriceSources.book(merged)
        } catch {
            throw Failure(error)
        }
        try book.refuseOddUnits(today: world.clock().date)
        let texts = merged.map {
            StoredPriceFile(name: $0.name, text: String(decoding: $0.bytes, as: UTF8.self))
        }
        let now = world.clock()
        let (mark, isNew) = try options.withLedger(in: world) {
            ledger throws(LedgerError) -> (PriceBookMark, Bool) in
            try ledger.storePriceBook(
                version: book.version, files: texts, recordedAt: now, actor: world.actor)
        }
        let before = stored.map { "; before it \($0.mark.version)" } ?? ""
        return isNew
            ? "price book \(mark.ordinal), version \(mark.version): in force\(before)\n"
            : "version \(mark.version): already in force, nothing was changed\n"
    }

    private static func sources(of book: StoredPriceBook?) -> [PriceSource] {
        book.map { book in book.files.map { PriceSource(name: $0.name, bytes: Array($0.text.utf8)) } }
            ?? PriceSources.builtIn
    }

    /// The files of the book in force that have prices of these providers.
    static func files(
        of wanted: Set<String>, _ options: LedgerOptions, in world: World
    ) throws(Failure) -> [String: PriceSource] {
        let sources = sources(
            of: try options.withLedger(in: world) { ledger throws(LedgerError) in
                try ledger.currentPriceBook()
            })
        let known = try providers(of: sources)
        var found: [String: PriceSource] = [:]
        for source in sources {
            guard let provider = known[source.name], wanted.contains(provider) else { continue }
            found[provider] = source
        }
        return found
    }

    /// Which file has whose prices.
    private static func providers(of sources: [PriceSource]) throws(Failure) -> [String: String] {
        do throws(ConfigurationProblems) {
            return Dictionary(
                try PriceSources.book(sources).entries.map { ($0.file, $0.provider) },
                uniquingKeysWith: { first, _ in first })
        } catch { throw Failure(error) }
    }

    private func merged(_ sources: [PriceSource], providers: [String: String]) -> [PriceSource] {
        var sources = sources
        for file in files {
            let own = sources.first { providers[$0.name] == file.provider }
            let name = own?.name ?? "pricing/\(file.fileName)"
            sources.removeAll { providers[$0.name] == file.provider || $0.name == name }
            sources.append(PriceSource(name: name, bytes: Array(file.text.utf8)))
        }
        return sources.sorted { $0.name < $1.name }
    }
}
