// Entries: what a rated record becomes in the ledger. Every reading of every component that is not zero
// leaves at least one entry in the list book, also when it found no rate or costs nothing, so that
// quantities, money and what is unpriced can all be recounted from the entries alone.
import Rating
public import Terms

/// What an entry is.
public enum EntryKind: String, CaseIterable, Hashable, Sendable {
    /// Quantity times rate.
    case charge
    /// A quantity that found no rate. Its amount is unknown, which is not zero.
    case unpriced
    /// A quantity of an exchange that is not billable.
    case free
    /// Takes an earlier entry back.
    case reversal
    /// Stands for the entry that was taken back.
    case replacement
    /// Booked by hand: a credit, a fee.
    case adjustment
}

/// A line of the ledger. Entries are only ever added; a correction is a reversal and a replacement
/// that both name the original.
public struct Entry: Hashable, Sendable {
    /// Counted from 0 within the record.
    public var number: Int
    public var kind: EntryKind
    /// The number of the entry that this one corrects.
    public var correctionOf: Int?
    /// Index into the record's components.
    public var component: Int
    /// The component's model, empty when unknown.
    public var model: String
    public var meter: Meter
    public var quantity: Quantity
    /// `nil` when unpriced.
    public var amount: Money?
    /// Empty where nothing is charged.
    public var currency: Currency
    /// The book whose rate it is. Quantities are counted in the list book only.
    public var book: Book
    /// No rate of their own: the amount stands in these books as well.
    public var alsoContracted: Bool
    public var alsoChargeback: Bool
    /// Empty where there is no rate.
    public var rateID: String
    public var priceVersion: String
    public var rounded: Bool

    public init(
        number: Int, kind: EntryKind, correctionOf: Int? = nil, component: Int, model: String, meter: Meter,
        quantity: Quantity, amount: Money?, currency: Currency, book: Book, alsoContracted: Bool,
        alsoChargeback: Bool, rateID: String = "", priceVersion: String = "", rounded: Bool = false
    ) {
        self.number = number
        self.kind = kind
        self.correctionOf = correctionOf
        self.component = component
        self.model = model
        self.meter = meter
        self.quantity = quantity
        self.amount = amount
        self.currency = currency
        self.book = book
        self.alsoContracted = alsoContracted
        self.alsoChargeback = alsoChargeback
        self.rateID = rateID
        self.priceVersion = priceVersion
        self.rounded = rounded
    }

    /// Whether the amount is part of a book's sum.
    public func counts(in book: Book) -> Bool {
        switch book {
        case .list: self.book == .list
        case .contracted: self.book == .contracted || alsoContracted
        case .chargeback: self.book == .chargeback || alsoChargeback
        }
    }
}

extension RatedRecord {
    /// The currency under which reports count the exchange itself: that of its first charge in the
    /// list book, else of its first charge, else none.
    public var currency: Currency {
        (rated.charges.first { $0.book == .list } ?? rated.charges.first)?.currency ?? Currency("")
    }

    /// The entries that a first posting books, in the order of their numbers.
    public var entries: [Entry] {
        var entries: [Entry] = []
        entries.reserveCapacity(rated.charges.count + rated.unpriced.count)
        forEachEntry { entries.append($0) }
        return entries
    }

    /// Hands out the entries that a first posting books: charges as rated, then what found no rate or
    /// is free.
    ///
    /// A book without a charge of its own follows the one before it: contracted follows list,
    /// chargeback follows contracted.
    public func forEachEntry(_ body: (borrowing Entry) -> Void) {
        // Spans, here and below: an element of an array is otherwise copied, and holds many texts.
        let charges = rated.charges.span
        var contracts = false
        var chargesBack = false
        for number in charges.indices {
            contracts = contracts || charges[number].book == .contracted
            chargesBack = chargesBack || charges[number].book == .chargeback
        }
        let kind: EntryKind = record.isAdjustment ? .adjustment : .charge
        for number in charges.indices {
            let isList = charges[number].book == .list
            body(
                Entry(
                    number: number, kind: kind, component: charges[number].component,
                    model: model(of: charges[number].component), meter: charges[number].meter,
                    quantity: charges[number].quantity, amount: charges[number].amount,
                    currency: charges[number].currency, book: charges[number].book,
                    alsoContracted: isList && !contracts,
                    alsoChargeback: !chargesBack
                        && (charges[number].book == .contracted || (isList && !contracts)),
                    rateID: charges[number].rateID, priceVersion: charges[number].priceVersion,
                    rounded: charges[number].rounded))
        }
        forEachUncharged(from: charges.count, body)
    }

    private func forEachUncharged(from first: Int, _ body: (borrowing Entry) -> Void) {
        var number = first
        var readings = 0
        let components = record.usage.components.span
        for index in components.indices {
            let all = components[index].readings.span
            readings += all.count
            for position in all.indices where !isCharged(all[position].meter, of: index) {
                let meter = all[position].meter
                let unpriced = rated.unpriced.contains { $0.component == index && $0.meter == meter }
                // Nothing of a meter adds nothing to any sum; the record itself still says zero.
                if !unpriced, all[position].quantity == .zero { continue }
                body(
                    Entry(
                        number: number, kind: unpriced ? .unpriced : .free, component: index,
                        model: model(of: index), meter: meter, quantity: all[position].quantity,
                        amount: unpriced ? nil : .zero, currency: currency, book: .list,
                        alsoContracted: true, alsoChargeback: true))
                number += 1
            }
        }
        // A billable exchange of which nothing at all is known must not look like a free one.
        if readings == 0, record.usage.notBillable == nil, rated.charges.isEmpty, rated.cost.list == nil {
            body(
                Entry(
                    number: number, kind: .unpriced, component: 0, model: record.reportedModel,
                    meter: .request, quantity: .zero, amount: nil, currency: currency, book: .list,
                    alsoContracted: true, alsoChargeback: true))
        }
    }

    private func isCharged(_ meter: Meter, of component: Int) -> Bool {
        let charges = rated.charges.span
        for number in charges.indices
        where charges[number].component == component && charges[number].book == .list
            && charges[number].meter == meter
        {
            return true
        }
        return false
    }

    private func model(of component: Int) -> String {
        let components = record.usage.components.span
        guard components.indices.contains(component) else { return record.reportedModel }
        return components[component].model ?? record.reportedModel
    }
}

extension Sequence<Entry> {
    /// How many readings are unpriced after corrections.
    public var unpricedReadings: Int {
        reduce(0) { count, entry in
            switch entry.kind {
            case .unpriced: count + 1
            case .reversal where entry.amount == nil: count - 1
            default: count
            }
        }
    }

    /// The record's cost per book: the sum of what stands in it, `nil` while a reading is unpriced or
    /// when there are amounts in several currencies.
    public var cost: Cost {
        guard unpricedReadings == 0 else { return Cost() }
        var cost = Cost()
        for book in Book.allCases {
            var sum = Money.zero
            var currency: Currency?
            var mixed = false
            for entry in self where entry.counts(in: book) {
                guard let amount = entry.amount else { continue }
                if amount != .zero {
                    if let currency, currency != entry.currency { mixed = true }
                    currency = entry.currency
                }
                sum += amount
            }
            cost[book] = mixed ? nil : sum
        }
        return cost
    }
}
