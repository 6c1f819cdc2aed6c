// Which price book a sidecar rates with: the newest in PostgreSQL. Configured prices go into a
// database that has none; later they are compared, and a difference is told, not acted on.
import LedgerStore
import Postgres
import Rating
import Synchronization
import Terms

struct PriceKeeper: Sendable {
    /// Files and directories; `nil`: the files inside the binary.
    private let paths: [String]?
    private let configured: ConfiguredBook

    /// A book, and the version in PostgreSQL that it stands for.
    struct Known: Sendable {
        let version: String
        let book: PriceBook
    }

    /// Reads the configured files; those inside the binary when a book is first asked for.
    ///
    /// - Throws: every problem of every file.
    init(_ paths: [String]?) throws(ConfigurationProblems) {
        self.paths = paths
        configured = try ConfiguredBook(Self.sources(paths), areOurs: paths == nil)
    }

    private static func sources(_ paths: [String]?) throws(ConfigurationProblems) -> [PriceSource] {
        guard let paths else { return PriceSources.builtIn }
        do throws(FileProblem) {
            return try PriceSources.read(paths)
        } catch {
            throw ConfigurationProblems(diagnoses: [
                Diagnosis(
                    code: "prices.unreadable", problem: "\(error.path) cannot be read: \(error.reason)",
                    effect: "there would be nothing to rate with, so nothing was started",
                    remedy: "correct prices:, or leave it out to use the prices inside the binary")
            ])
        }
    }

    /// The book in force.
    ///
    /// - Parameter known: what was in force at the last look; returned when nothing has changed.
    /// - Returns: the configured book where the stored one cannot be read by this version: amounts then name
    ///   the book that priced them, as always.
    func inForce(
        _ store: LedgerStore, known: Known?, log: Log
    ) throws(LedgerError) -> Known {
        if let mark = try store.priceBookInForce() {
            if let known, mark.version == known.version { return known }
            return Known(version: mark.version, book: try stored(mark, store, log: log))
        }
        let (sources, book) = configuredNow(log)
        guard let sources else { return Known(version: book.version, book: book) }
        let files = sources.map { source in
            StoredPriceFile(name: source.name, text: String(decoding: source.bytes, as: UTF8.self))
        }
        let (mark, isOurs) = try store.storePriceBook(
            version: book.version, files: files, recordedAt: Clock.now(), onlyIntoNone: true)
        guard !isOurs else {
            log.tell(.pricesInForce(version: mark.version))
            return Known(version: mark.version, book: book)
        }
        return Known(version: mark.version, book: try stored(mark, store, log: log))
    }

    /// The configured files and what they say. They are read again, because a database without prices is
    /// met once and keeping the texts for it would cost every sidecar their memory.
    ///
    /// - Returns: no files where they can no longer be read: the book as it was at the start then rates,
    ///   and is not stored.
    private func configuredNow(_ log: Log) -> (sources: [PriceSource]?, book: PriceBook) {
        do throws(ConfigurationProblems) {
            let sources = try Self.sources(paths)
            let version = PriceBook.contentVersion(of: sources.map { ($0.name, $0.bytes) })
            return (sources, version == configured.version ? configured.book : try PriceSources.book(sources))
        } catch {
            log.tell(.warning(error.diagnoses[0]))
            return (nil, configured.book)
        }
    }

    private func stored(
        _ mark: PriceBookMark, _ store: LedgerStore, log: Log
    ) throws(LedgerError) -> PriceBook {
        if mark.version == configured.version {
            log.tell(.pricesInForce(version: mark.version))
            return configured.book
        }
        let book = try store.priceBook(mark)
        // While somebody restores the ledger its books are there before their files.
        guard !book.files.isEmpty || mark.version == PriceBook.contentVersion(of: []) else {
            throw .postgres(.unexpected("price book \(mark.version) has no files"))
        }
        log.tell(.pricesInForce(version: mark.version))
        log.tell(.pricesDiffer(configured: configured.version, inForce: mark.version))
        do throws(ConfigurationProblems) {
            return try PriceSources.book(
                book.files.map { PriceSource(name: $0.name, bytes: Array($0.text.utf8)) },
                label: mark.version,
                isProven: true)
        } catch {
            log.tell(.warning(error.diagnoses[0]))
            return configured.book
        }
    }
}

/// The configured prices. What somebody wrote is proven before anything starts; what travels inside the
/// binary was proven with it, takes a tenth of a second to read, and is read by the thread that first rates
/// with it: until then calls are already forwarded, and where the ledger has other prices in force, never.
private final class ConfiguredBook: Sendable {
    /// The hash of names and texts.
    let version: String
    private let read: Mutex<PriceBook?>

    init(_ sources: [PriceSource], areOurs: Bool) throws(ConfigurationProblems) {
        version = PriceBook.contentVersion(of: sources.map { ($0.name, $0.bytes) })
        let book: PriceBook?
        if areOurs { book = nil } else { book = try PriceSources.book(sources) }
        read = Mutex(book)
    }

    var book: PriceBook {
        read.withLock { book in
            if let book { return book }
            guard let made = try? PriceSources.book(PriceSources.builtIn, isProven: true) else {
                preconditionFailure("the prices inside the binary were read by its tests")
            }
            book = made
            return made
        }
    }
}
