// Corrections: how a record's booked amounts become others without anything being rewritten. For each
// line that differs, a reversal takes back what stands and a replacement stands for it; both name the
// entry that they correct, and their quantities add up to nothing. What does not differ gets no entry, so
// the same correction twice books once.
public import Rating
public import Terms

extension StoredRecord {
    /// The entries that count: neither taken back nor taking back.
    public var standing: [Entry] {
        let reversed = Set(entries.lazy.filter { $0.kind == .reversal }.compactMap(\.correctionOf))
        return entries.filter { $0.kind != .reversal && !reversed.contains($0.number) }
    }

    /// The entries that take back everything that stands, numbered after its last.
    public var reversals: [Entry] {
        var next = (entries.map(\.number).max() ?? -1) + 1
        return standing.map { entry in
            defer { next += 1 }
            return entry.reversal(number: next)
        }
    }

    /// The entries that make the record's amounts those of another rating, numbered after its last.
    ///
    /// Only the price counts as a difference: the same amount by the same rate from a newer book is none.
    /// What was booked by hand stays.
    public func corrections(to rated: Rated) -> [Entry] {
        guard !record.isAdjustment else { return [] }
        let wanted = RatedRecord(record: record, rated: rated).entries
        var found: [Entry] = []
        var next = (entries.map(\.number).max() ?? -1) + 1
        let standing = standing.filter { $0.kind != .adjustment }
        let new = Dictionary(wanted.map { (Line($0), $0) }, uniquingKeysWith: { first, _ in first })
        var kept: Set<Line> = []
        var corrected: [Line: Int] = [:]
        for entry in standing {
            let line = Line(entry)
            if let other = new[line], entry.isPriced(as: other) {
                kept.insert(line)
                continue
            }
            corrected[line] = entry.number
            found.append(entry.reversal(number: next))
            next += 1
        }
        for var entry in wanted where !kept.contains(Line(entry)) {
            var list = Line(entry)
            let original = corrected[list]
            list.book = .list
            entry.correctionOf = original ?? corrected[list]
            entry.number = next
            // A replacement without an amount would count as priced.
            if entry.kind == .charge { entry.kind = .replacement }
            found.append(entry)
            next += 1
        }
        return found
    }
}

/// What an entry is the price of.
private struct Line: Hashable {
    let component: Int
    let meter: Meter
    var book: Book

    init(_ entry: Entry) {
        component = entry.component
        meter = entry.meter
        book = entry.book
    }
}

extension Entry {
    fileprivate func isPriced(as other: Entry) -> Bool {
        amount == other.amount && currency == other.currency && quantity == other.quantity
            && rateID == other.rateID && alsoContracted == other.alsoContracted
            && alsoChargeback == other.alsoChargeback && (kind == .free) == (other.kind == .free)
    }

    /// The same with the opposite sign.
    func reversal(number: Int) -> Entry {
        var entry = self
        entry.number = number
        entry.kind = .reversal
        entry.correctionOf = self.number
        entry.quantity = Quantity(nanos: -quantity.nanos)
        entry.amount = amount.map { -$0 }
        return entry
    }
}

/// What a re-rating changes, for one tenant and currency.
public struct RatingChange: Hashable, Sendable {
    public let tenant: String
    public let currency: Currency
    /// Records that were looked at, and those whose amounts differ.
    public var records = 0
    public var corrected = 0
    /// Records with unpriced readings.
    public var unpricedBefore = 0
    public var unpricedAfter = 0
    public var before: [Book: Money] = [:]
    public var after: [Book: Money] = [:]
}

/// Sums up what corrections change.
public struct RatingChanges: Sendable {
    private struct Key: Hashable {
        let tenant: String
        let currency: Currency
    }
    private var sums: [Key: RatingChange] = [:]
    /// Entries that the corrections consist of.
    public private(set) var entries = 0

    public init() {}

    /// By tenant, then currency.
    public var rows: [RatingChange] {
        sums.values.sorted { ($0.tenant, $0.currency) < ($1.tenant, $1.currency) }
    }

    public mutating func add(_ stored: StoredRecord, _ corrections: [Entry]) {
        let all = stored.entries + corrections
        entries += corrections.count
        let tenant = stored.record.attribution.tenant
        // What finds a price has none before: it counts with the currency that it gets.
        let currencies = Set(all.filter { $0.amount != nil }.map(\.currency).filter { !$0.code.isEmpty })
        let home = currencies.min() ?? Currency("")
        for currency in currencies.union([home]) {
            var row =
                sums[Key(tenant: tenant, currency: currency)]
                ?? RatingChange(tenant: tenant, currency: currency)
            if currency == home {
                row.records += 1
                row.corrected += corrections.isEmpty ? 0 : 1
                row.unpricedBefore += stored.entries.unpricedReadings > 0 ? 1 : 0
                row.unpricedAfter += all.unpricedReadings > 0 ? 1 : 0
            }
            for book in Book.allCases {
                row.before[book, default: .zero] += stored.entries.sum(in: book, currency)
                row.after[book, default: .zero] += all.sum(in: book, currency)
            }
            sums[Key(tenant: tenant, currency: currency)] = row
        }
    }
}

extension Sequence<Entry> {
    fileprivate func sum(in book: Book, _ currency: Currency) -> Money {
        reduce(.zero) { sum, entry in
            guard entry.currency == currency, entry.counts(in: book) else { return sum }
            return sum + (entry.amount ?? .zero)
        }
    }
}
