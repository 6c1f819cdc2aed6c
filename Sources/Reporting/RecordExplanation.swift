public import Bookkeeping
public import Rating
public import Terms

/// One record from the provider's words to its amount: what was reported, what was counted, which rate
/// applied and where that rate comes from, and the sum. Made so that every line can be checked by hand.
public struct RecordExplanation: Sendable {
    public let stored: StoredRecord
    /// Every entry of the ledger for this record, corrections included, with its rate.
    public let lines: [Line]
    /// Every price that names a component's model, and why it was taken or not.
    public let considered: [Explanation]
    /// The first posting and every correction since; empty where nobody asked for them.
    public let bookings: [Booking]
    /// The month, in the tenant's zone, in which the record occurred: `2026-10`.
    public let month: String

    public struct Line: Hashable, Sendable {
        public let entry: Entry
        /// nil for what has no rate, and where ``missingBook`` says why it cannot be shown.
        public let rate: Rate?
        public let price: PriceEntry?
        /// The rule of a contract that made the amount, instead of a price.
        public let rule: ContractRule?
        /// How a rule's amount came from another currency.
        public let converted: ConvertedAmount?
        /// The book that the entry names is not among those at hand.
        public let missingBook: Bool
    }

    /// - Parameters:
    ///   - books: by their version; those that the entries name.
    ///   - current: the book in force, which explains what has no price.
    ///   - zone: in which the tenant's months begin.
    public init(
        _ stored: StoredRecord, books: [String: PriceBook], current: PriceBook?, bookings: [Booking] = [],
        zone: TimeZoneRules = .utc
    ) {
        self.stored = stored
        self.bookings = bookings
        month = zone.date(at: stored.record.occurredAt).isoMonth
        lines = stored.entries.map { entry in
            let book = books[entry.priceVersion]
            let price = book?.entries.first { $0.id == entry.rateID }
            let rule = price == nil ? book?.rules.first { $0.id == entry.rateID } : nil
            return Line(
                entry: entry, rate: price?.rate(of: entry.meter), price: price, rule: rule,
                converted: rule.flatMap { ConvertedAmount(entry, by: $0, in: stored) },
                missingBook: !entry.rateID.isEmpty && price == nil && rule == nil)
        }
        let priced = stored.entries.lazy.compactMap { books[$0.priceVersion] }.first
        considered =
            (priced ?? current)?.explain(
                stored.record.usage, upstream: stored.record.upstream, at: stored.record.occurredAt) ?? []
    }

    /// Versions of the books that priced the record.
    public static func versions(of stored: StoredRecord) -> [String] {
        Set(stored.entries.map(\.priceVersion)).filter { !$0.isEmpty }.sorted()
    }
}

extension Candidate.Verdict {
    /// Why the price was taken or not.
    public var words: String {
        switch self {
        case .taken: "taken"
        case .notYetValid(let from): "begins \(from.date.iso8601)"
        case .expired(let until): "ended \(until.date.iso8601)"
        case .conditionUnmet(let key): "its condition on \(key) does not hold"
        case .lessExactName: "another price names the model more exactly"
        case .fewerConditions: "another price has more conditions that hold"
        case .otherProvider: "belongs to another provider, and the own one has a price"
        }
    }
}
