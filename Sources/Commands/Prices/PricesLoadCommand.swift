import LedgerStore
import Rating
import Reporting
import Terms

/// `tollbook prices load`: price files become the book in force.
struct PricesLoadCommand: Command {
    static let help = Help(
        "prices load", "put price files in force as a new price book",
        details: """
            Reads and checks all files first. A mistake anywhere leaves the book in force as it is. The new
            book gets a version, which is a hash of its content, and is stored whole in the ledger; running
            sidecars rate with it from their next batch on. Usage that is booked already keeps its charges:
            see `tollbook rate` and `tollbook rerate`. An amount that looks like the wrong unit is a mistake too,
            unless --force is given.
            """,
        options: [PriceOptions.help, PriceBook.forceUnits, LedgerOptions.help],
        examples: [.init("tollbook prices load --prices pricing/", "after an edit")])

    private let prices: PriceOptions
    private let isForced: Bool
    private let ledger: LedgerOptions

    init(_ arguments: Arguments) throws(UsageError) {
        prices = PriceOptions(arguments)
        isForced = arguments.flag("--force")
        ledger = LedgerOptions(arguments)
    }

    func run(in world: World) throws(Failure) -> ExitCode {
        let sources = try prices.sources(in: world)
        let book: PriceBook
        do throws(ConfigurationProblems) { book = try PriceSources.book(sources) } catch {
            throw Failure(error)
        }
        if !isForced { try book.refuseOddUnits(today: world.clock().date) }
        let files = sources.map {
            StoredPriceFile(name: $0.name, text: String(decoding: $0.bytes, as: UTF8.self))
        }
        let (before, mark, stored) = try ledger.withLedger(in: world) {
            ledger throws(LedgerError) -> (PriceBookMark?, PriceBookMark, Bool) in
            let before = try ledger.priceBookInForce()
            let (mark, stored) = try ledger.storePriceBook(
                version: book.version, files: files, recordedAt: world.clock())
            return (before, mark, stored)
        }
        let prices = counted(Int64(book.entries.count), "price")
        if stored {
            let old = before.map { "; before it \($0.version)" } ?? ""
            world.out.write(
                "price book \(mark.ordinal), version \(mark.version), \(prices): in force\(old)\n")
        } else {
            world.out.write("version \(mark.version), \(prices): already in force, nothing was changed\n")
        }
        return .done
    }
}
