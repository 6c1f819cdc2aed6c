// What is booked by hand: credits, fixed fees, commitments, machine hours. In the ledger it is a record like
// any other, so that it is listed, explained, exported and closed with the rest; it is no request, and
// rating again leaves it alone.
import Rating
public import Terms

/// An amount that somebody books for a tenant.
public struct Adjustment: Hashable, Sendable {
    /// The value of a record's `api` that marks one.
    public static let api = "adjustment"
    /// Stands where records name a provider.
    public static let provider = "tollbook"
    /// Numbers the adjustments of one ledger.
    public static let instance = "adjustments"
    /// The tenant whose costs the monthly report shares out among the others.
    public static let sharedTenant = "shared"
    /// Bytes of a reason: it is kept as a label.
    public static let reasonLimit = 256

    public var tenant: String
    /// Empty for nobody in particular.
    public var user = ""
    public var amount: Money
    public var currency: Currency
    /// It counts in this book and those that follow it.
    public var book: Book
    public var reason: String
    public var actor: String

    public init(
        tenant: String, amount: Money, currency: Currency, book: Book, reason: String, actor: String
    ) {
        self.tenant = tenant
        self.amount = amount
        self.currency = currency
        self.book = book
        self.reason = reason
        self.actor = actor
    }

    /// The record to be posted.
    ///
    /// - Parameter occurredAt: a time of the month that it belongs to.
    public func record(id: RecordID, sequence: Int64, occurredAt: Instant) -> RatedRecord {
        var usage = Usage()
        usage.provider = Self.provider
        usage.dialect = Self.api
        usage.api = Self.api
        usage.status = .reported
        usage.completeness = .complete
        var attribution = Attribution()
        attribution.tenant = tenant
        attribution.user = user
        attribution.labels = [Label(key: "by", value: actor), Label(key: "reason", value: reason)]
        let record = UsageRecord(
            id: id, operationID: id.text, instance: Self.instance, sequence: sequence,
            occurredAt: occurredAt, upstream: Self.provider, attribution: attribution, usage: usage,
            timing: UsageRecord.Timing())
        var rated = Rated(cost: .nothing)
        rated.charges = [
            Charge(
                component: 0, meter: .adjustment, quantity: Quantity(1), amount: amount, currency: currency,
                book: book, rateID: "", priceVersion: "", rounded: false)
        ]
        return RatedRecord(record: record, rated: rated)
    }
}

extension UsageRecord {
    /// It stands for no request: an ``Adjustment``, a term of a contract, a difference to an invoice.
    public var isAdjustment: Bool { usage.api == Adjustment.api }
}

extension StoredRecord {
    /// Why an adjustment was booked; empty for a record that is none.
    public var adjustmentReason: String {
        guard record.isAdjustment else { return "" }
        return record.attribution.labels.first { $0.key == "reason" }?.value ?? ""
    }
}
