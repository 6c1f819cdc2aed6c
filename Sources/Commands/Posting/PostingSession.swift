// How a command posts records: the configured ledger, the price book in force, and where refusals go.
import Bookkeeping
import LedgerStore
import Rating
import Spool
import Terms

/// What a command's postings came to.
struct PostingTotals {
    var records: Int64 = 0
    var posted: Int64 = 0
    var duplicates: Int64 = 0
    var conflicts: Int64 = 0
    var quarantined: Int64 = 0

    mutating func add(_ receipt: PostReceipt, of count: Int) {
        records += Int64(count)
        posted += Int64(receipt.inserted)
        duplicates += Int64(receipt.duplicates)
        conflicts += Int64(receipt.conflicts)
        quarantined += Int64(receipt.quarantined.count)
    }

    func write(to json: inout JSONWriter) {
        json.field("read", records)
        json.field("posted", posted)
        json.field("duplicates", duplicates)
        json.field("conflicts", conflicts)
        json.field("quarantined", quarantined)
    }
}

final class PostingSession {
    /// Tries of one batch before a command gives up; pauses double from ``firstPause``.
    private static let tries = 6
    /// Milliseconds.
    private static let firstPause = 100

    let store: LedgerStore
    private let database: Database
    private let book: PriceBook
    private let poster: Poster
    private let routes: LedgerRoutes?
    private(set) var totals = PostingTotals()

    /// - Parameter spool: the directory whose refusals are set apart.
    init(_ configuration: Configuration, spool: String) throws(Failure) {
        let keeper: PriceKeeper
        do throws(ConfigurationProblems) {
            keeper = try PriceKeeper(configuration.prices)
        } catch {
            throw Failure(error)
        }
        database = try Database.open(configuration)
        poster = Poster(refused: RefusedRecords(spool))
        // What a sidecar would log is no finding of this command.
        let silent = Log(file: "/dev/null")
        routes = LedgerRoutes(configuration.tenantDatabases, prices: keeper, poster: poster, log: silent)
        do throws(LedgerError) {
            store = try LedgerStore.open(database.conninfo)
            let state = try store.schemaState()
            guard state.isUsable else { throw .schema(state) }
            try routes?.requireSchemas()
            book = try keeper.inForce(store, known: nil, log: silent).book
        } catch {
            database.close()
            throw Failure(error)
        }
    }

    func close() { database.close() }

    /// Posts a batch; what may pass later is tried again some times.
    func post(_ records: [UsageRecord]) throws(Failure) -> PostReceipt {
        var pause = Self.firstPause
        var limit = LedgerLimits.recordsPerBatch
        var attempt = 0
        while true {
            attempt += 1
            do throws(PostingProblem) {
                var rest = records
                var receipt = PostReceipt()
                if let routes { (rest, receipt) = try routes.post(records, main: store, atMost: limit) }
                receipt += try poster.post(rest, book, store, atMost: limit)
                totals.add(receipt, of: records.count)
                return receipt
            } catch {
                guard attempt < Self.tries, error.mayPass else {
                    if case .ledger(let error) = error { throw Failure(error) }
                    throw Failure(.couldNot, error.diagnosis)
                }
                if error.isSlow { limit = max(1, limit / 2) }
                Clock.pause(milliseconds: pause)
                pause *= 2
            }
        }
    }
}

extension PostingProblem {
    /// Whether the same call may succeed without anybody's help.
    var mayPass: Bool {
        if case .ledger(let error) = self { return error.isRetryable }
        return false
    }
}
