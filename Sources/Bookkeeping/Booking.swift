// Which of a record's entries were booked together, and when: the first posting, then each correction.
public import Terms

public struct Booking: Hashable, Sendable {
    public let bookedAt: Instant
    /// The numbers of its entries.
    public let entries: ClosedRange<Int>
    /// The month (UTC) whose books carry them.
    public let period: String
    /// The closed month to which they belong, where they came after its closing.
    public let carriedFrom: String?

    public init(bookedAt: Instant, entries: ClosedRange<Int>, period: String, carriedFrom: String?) {
        self.bookedAt = bookedAt
        self.entries = entries
        self.period = period
        self.carriedFrom = carriedFrom
    }

    /// What it changed, per book and currency, without zeros: by book, then currency.
    public func sums(in stored: StoredRecord) -> [(book: Book, currency: Currency, amount: Money)] {
        let own = stored.entries.filter { entries.contains($0.number) }
        let currencies = Set(own.map(\.currency)).sorted()
        return Book.allCases.flatMap { book in
            currencies.compactMap { currency in
                let sum = own.reduce(Money.zero) { sum, entry in
                    entry.currency == currency && entry.counts(in: book) ? sum + (entry.amount ?? .zero) : sum
                }
                return sum == .zero ? nil : (book, currency, sum)
            }
        }
    }
}
