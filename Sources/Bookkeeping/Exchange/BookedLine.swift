// What stands booked for one record, as few lines as possible: one per component and meter, corrections
// already counted in. Exports and reconciliation work on these lines, so that a re-rated record looks as if
// it had been priced so from the start, and the sums are those of a report to the last digit.
public import Terms

/// The net of a record's entries for one meter of one component.
public struct BookedLine: Hashable, Sendable {
    /// What the line's amount stands for.
    public enum Kind: String, CaseIterable, Hashable, Sendable {
        /// A quantity with a price.
        case charge
        /// A quantity that found no price: the amount is unknown, which is not zero.
        case unpriced
        /// A quantity of an exchange that is not billable.
        case free
        /// Booked by hand or after a reconciliation; it has no quantity.
        case adjustment
    }

    public var kind: Kind
    /// Index into the record's components.
    public var component: Int
    /// Empty when unknown.
    public var model: String
    public var meter: Meter
    /// Empty where nothing is charged.
    public var currency: Currency
    public var quantity = Quantity.zero
    /// The sums of the entries that count in each book; zero where there is none.
    public var amounts = Cost.nothing
    /// Whether the quantity is an estimate.
    public var isEstimated = false
    /// Of the entry that stands in the list book; empty where there is none.
    public var rateID = ""
    public var priceVersion = ""

    public init(kind: Kind, component: Int, model: String, meter: Meter, currency: Currency) {
        self.kind = kind
        self.component = component
        self.model = model
        self.meter = meter
        self.currency = currency
    }
}

extension StoredRecord {
    /// The record's lines, ascending by component, meter and currency. What was taken back altogether leaves
    /// no line.
    public var lines: [BookedLine] { lines(of: entries) }

    /// The record's lines apart by the month that carries them: first what its own month took, then what came
    /// after that was closed, by the months that carry it. All together they add up to ``lines``.
    public var linesByMonth: [(carried: CarriedEntry?, lines: [BookedLine])] {
        guard !carried.isEmpty else { return [(nil, lines)] }
        let places = Set(carried.values).sorted { ($0.period, $0.from) < ($1.period, $1.from) }
        return ([nil] + places).map { place in
            (place, lines(of: entries.filter { carried[$0.number] == place }))
        }
    }

    private func lines(of entries: [Entry]) -> [BookedLine] {
        var sums: [LineKey: LineSum] = [:]
        for entry in entries { sums[LineKey(entry), default: LineSum()].add(entry) }
        let reversed = Set(entries.lazy.filter { $0.kind == .reversal }.compactMap(\.correctionOf))
        let standing = entries.filter { $0.kind != .reversal && !reversed.contains($0.number) }
        for entry in standing where entry.book == .list { sums[LineKey(entry)]?.standing = entry }
        return sums.filter { !$1.isNothing }.sorted { $0.key < $1.key }.map { key, sum in
            var line = BookedLine(
                kind: sum.kind(key), component: key.component, model: key.model, meter: key.meter,
                currency: key.currency)
            line.quantity = sum.quantity
            line.amounts = sum.amounts
            line.isEstimated = isEstimated(key)
            line.rateID = sum.standing?.rateID ?? ""
            line.priceVersion = sum.standing?.priceVersion ?? ""
            return line
        }
    }

    private func isEstimated(_ key: LineKey) -> Bool {
        let components = record.usage.components
        guard components.indices.contains(key.component) else { return false }
        return components[key.component].readings.contains {
            $0.meter == key.meter && $0.status == .estimated
        }
    }
}

private struct LineKey: Hashable, Comparable {
    let component: Int
    let meter: Meter
    let model: String
    let currency: Currency
    let isAdjustment: Bool

    init(_ entry: Entry) {
        component = entry.component
        meter = entry.meter
        model = entry.model
        currency = entry.currency
        isAdjustment = entry.kind == .adjustment
    }

    static func < (a: LineKey, b: LineKey) -> Bool {
        if a.isAdjustment != b.isAdjustment { return b.isAdjustment }
        return (a.component, a.meter, a.model, a.currency) < (b.component, b.meter, b.model, b.currency)
    }
}

private struct LineSum {
    var quantity = Quantity.zero
    var amounts = Cost.nothing
    var unpriced = 0
    var standing: Entry?

    mutating func add(_ entry: Entry) {
        if entry.book == .list { quantity += entry.quantity }
        unpriced += [entry].unpricedReadings
        guard entry.kind != .free, let amount = entry.amount else { return }
        for book in Book.allCases where entry.counts(in: book) {
            amounts[book] = (amounts[book] ?? .zero) + amount
        }
    }

    var isNothing: Bool {
        quantity == .zero && amounts == .nothing && unpriced == 0 && standing == nil
    }

    func kind(_ key: LineKey) -> BookedLine.Kind {
        if key.isAdjustment { return .adjustment }
        if unpriced > 0 { return .unpriced }
        return standing?.kind == .free ? .free : .charge
    }
}
