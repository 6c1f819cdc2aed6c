// What the ledger gives back for one exchange: the facts as they were posted, when they were booked,
// and every entry since.
public import Terms

/// Where an entry was booked that came after its month was closed.
public struct CarriedEntry: Hashable, Sendable {
    /// The closed month, `2026-10`.
    public let from: String
    /// The month that carries it, in UTC.
    public let period: String

    public init(from: String, period: String) {
        self.from = from
        self.period = period
    }
}

public struct StoredRecord: Hashable, Sendable {
    public var record: UsageRecord
    public var bookedAt: Instant
    /// The closed month in which it occurred, where it came after the closing.
    public var carriedFrom: String?
    /// The month that carries it, `2026-10`: its own or, when that was closed already, the one in which it
    /// was booked (both in UTC).
    public var period: String
    /// In the order of their numbers, corrections included.
    public var entries: [Entry]
    /// Of entries that came after their month was closed: where they were booked instead, by their number.
    public var carried: [Int: CarriedEntry] = [:]

    public init(record: UsageRecord, bookedAt: Instant, entries: [Entry]) {
        self.record = record
        self.bookedAt = bookedAt
        period = record.period
        self.entries = entries
    }

    /// The charges that stand: not taken back, and no reversals.
    public var charges: [Charge] {
        let reversed = Set(entries.lazy.filter { $0.kind == .reversal }.compactMap(\.correctionOf))
        return entries.compactMap { entry in
            guard entry.kind != .reversal, entry.kind != .unpriced, entry.kind != .free,
                !reversed.contains(entry.number),
                let amount = entry.amount
            else { return nil }
            return Charge(
                component: entry.component, meter: entry.meter, quantity: entry.quantity, amount: amount,
                currency: entry.currency, book: entry.book, rateID: entry.rateID,
                priceVersion: entry.priceVersion, rounded: entry.rounded)
        }
    }

    public var cost: Cost { entries.cost }
}
