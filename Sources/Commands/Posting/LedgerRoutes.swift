// Tenants whose ledger is another database. Each such database is a ledger of its own, with prices, sums
// and seals of its own; the sidecar's records go to the one that their tenant names. A batch is released
// only when all of them have their part, and posting a part again changes nothing, so it does not matter
// where a sidecar dies in between. Every ledger also learns which of a sidecar's numbers went elsewhere:
// otherwise they would look lost there.
import Bookkeeping
import LedgerStore
import Rating
import Terms

/// Not to be shared between threads: whoever posts has one of its own.
final class LedgerRoutes {
    /// A database beside the main one.
    private final class Ledger {
        let store: LedgerStore
        var known: PriceKeeper.Known?
        init(_ conninfo: String) { store = LedgerStore.lazily(conninfo) }
    }

    private let ledgers: [Ledger]
    /// By tenant, where its ledger stands in ``ledgers``.
    private let places: [String: Int]
    private let prices: PriceKeeper
    private let poster: Poster
    private let log: Log

    /// - Parameter databases: conninfo by tenant.
    /// - Returns: nil without any, so that most sidecars have nothing to do with it.
    init?(_ databases: [String: String], prices: PriceKeeper, poster: Poster, log: Log) {
        guard !databases.isEmpty else { return nil }
        let distinct = Set(databases.values).sorted()
        ledgers = distinct.map(Ledger.init)
        places = databases.mapValues { conninfo in distinct.firstIndex(of: conninfo) ?? 0 }
        self.prices = prices
        self.poster = poster
        self.log = log
    }

    /// Posts what belongs to other ledgers than the main one.
    ///
    /// - Returns: the records that are left for the main one, and what became of the others.
    func post(
        _ records: [UsageRecord], main: LedgerStore, atMost limit: Int
    ) throws(PostingProblem) -> (rest: [UsageRecord], receipt: PostReceipt) {
        var parts: [[UsageRecord]] = Array(repeating: [], count: ledgers.count)
        var rest: [UsageRecord] = []
        for record in records {
            if let place = places[record.attribution.tenant] {
                parts[place].append(record)
            } else {
                rest.append(record)
            }
        }
        var receipt = PostReceipt()
        for (place, ledger) in ledgers.enumerated() {
            if !parts[place].isEmpty {
                let known: PriceKeeper.Known
                do throws(LedgerError) {
                    known = try prices.inForce(ledger.store, known: ledger.known, log: log)
                } catch {
                    throw .ledger(error)
                }
                ledger.known = known
                receipt += try poster.post(parts[place], known.book, ledger.store, atMost: limit)
            }
            try note(records.filter { places[$0.attribution.tenant] != place }, in: ledger.store)
        }
        try note(parts.flatMap(\.self), in: main)
        return (rest, receipt)
    }

    private func note(_ records: [UsageRecord], in store: LedgerStore) throws(PostingProblem) {
        if records.isEmpty { return }
        do throws(LedgerError) {
            try store.noteElsewhere(records.map { ($0.instance, $0.sequence) })
        } catch {
            throw .ledger(error)
        }
    }

    /// Tells every ledger what the sidecar says of itself.
    func note(_ word: InstanceNote) throws(LedgerError) {
        for ledger in ledgers { try ledger.store.noteInstance(word, clock: Clock.now) }
    }

    /// - Throws: when one of them has a schema that this version does not know.
    func requireSchemas() throws(LedgerError) {
        for ledger in ledgers {
            let state = try ledger.store.schemaState()
            guard state.isUsable else { throw .schema(state) }
        }
    }
}

extension Configuration {
    /// The databases beside the main one, each once.
    var otherDatabases: [String] { Set(tenantDatabases.values).sorted() }

    /// The same configuration as commands about one tenant use it: with that tenant's database as the
    /// database.
    func database(of tenant: String?) -> DatabaseSetting {
        tenant.flatMap { tenantDatabases[$0] }.map { .conninfo($0) } ?? database
    }
}
