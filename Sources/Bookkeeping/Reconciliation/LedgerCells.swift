// The ledger's side of a reconciliation: what is booked per day of UTC, provider, model, meter and key, in
// the book that the provider is paid by.
public import Terms

/// Sums of booked lines. Memory grows with the number of cells, not of records.
public struct LedgerCells: Sendable {
    struct Key: Hashable {
        let provider: String
        let day: CivilDate
        let model: String
        let meter: Meter
        let key: String
        let currency: Currency
    }

    struct Sum: Hashable {
        var quantity = Quantity.zero
        /// The part of it that is an estimate.
        var estimated = Quantity.zero
        var amount = Money.zero
        var unpriced: Int64 = 0

        static func += (a: inout Sum, b: Sum) {
            a.quantity += b.quantity
            a.estimated += b.estimated
            a.amount += b.amount
            a.unpriced += b.unpriced
        }
    }

    let book: Book
    private(set) var sums: [Key: Sum] = [:]

    public init(book: Book) { self.book = book }

    public mutating func add(_ stored: StoredRecord) {
        let record = stored.record
        let day = record.occurredAt.date
        func key(_ model: String, _ meter: Meter, _ currency: Currency) -> Key {
            Key(
                provider: record.usage.provider, day: day, model: model, meter: meter,
                key: record.attribution.keyID, currency: currency)
        }
        if record.usage.notBillable == nil, record.usage.status != .absent {
            var one = Sum()
            one.quantity = Quantity(1)
            if record.usage.status == .estimated { one.estimated = one.quantity }
            sums[key(record.reportedModel, .request, .usd), default: Sum()] += one
        }
        for line in stored.lines where line.meter != .request || line.kind == .adjustment {
            var sum = Sum()
            // Where a stated cost was charged the counts are free, and the provider reports them all the
            // same.
            let isUsage = line.kind != .adjustment && !line.meter.isStatedCost
            if isUsage, line.kind != .free || record.usage.notBillable == nil { sum.quantity = line.quantity }
            if line.isEstimated { sum.estimated = sum.quantity }
            sum.amount = line.amounts[book] ?? .zero
            if line.kind == .unpriced { sum.unpriced = 1 }
            let currency = line.currency.code.isEmpty ? .usd : line.currency
            sums[key(line.model, line.meter, currency), default: Sum()] += sum
        }
    }
}
