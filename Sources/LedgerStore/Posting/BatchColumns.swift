// A batch as columns: one array per column of `usage_record` and of `entry`, in binary. Building it is
// the sidecar's whole share of the work of posting, so the arrays are kept from batch to batch.
import Bookkeeping
import Postgres
import Rating
import Terms

struct BatchColumns {
    private(set) var records = RecordColumns()
    private(set) var entries = EntryColumns()
    private(set) var count = 0

    mutating func removeAll() {
        records.removeAll()
        entries.removeAll()
        count = 0
    }

    /// - Parameter rollupLabels: which labels the rollups keep apart.
    mutating func append(_ rated: RatedRecord, rollupLabels: RollupLabels) {
        count += 1
        let lines = rated.entries
        records.append(rated, unpriced: lines.unpricedReadings > 0, rollupLabels: rollupLabels)
        for line in lines { entries.append(line, record: Int32(truncatingIfNeeded: count)) }
    }

    /// The parameters of ``LedgerStore/ingestSQL``.
    func parameters(bookedAt: Instant) -> Parameters {
        var parameters = Parameters()
        parameters.add(microseconds: bookedAt.microseconds)
        parameters.add(Posting.lateAfterSeconds)
        records.add(to: &parameters)
        entries.add(to: &parameters)
        return parameters
    }

    /// The parameters of ``LedgerStore/conflictSQL``.
    func conflictParameters(seenAt: Instant) -> Parameters {
        var parameters = Parameters()
        parameters.add(microseconds: seenAt.microseconds)
        parameters.add(Posting.lateAfterSeconds)
        records.add(to: &parameters)
        return parameters
    }
}

/// The labels that rollups keep apart, each from an instant on.
struct RollupLabels {
    private(set) var since: [String: Instant] = [:]
    var readAt: Instant

    init(readAt: Instant, since: [String: Instant] = [:]) {
        self.readAt = readAt
        self.since = since
    }

    /// What of a record's labels becomes part of its rollup's key.
    func kept(of record: UsageRecord) -> [Label] {
        if since.isEmpty || record.attribution.labels.isEmpty { return [] }
        return record.attribution.labels.filter { label in
            since[label.key].map { $0 <= record.occurredAt } ?? false
        }
    }
}

struct EntryColumns {
    private var record = ArrayParameter(.int4)
    private var number = ArrayParameter(.int2)
    private var kind = ArrayParameter(.text)
    private var component = ArrayParameter(.int2)
    private var model = ArrayParameter(.text)
    private var meter = ArrayParameter(.text)
    private var quantity = ArrayParameter(.numeric)
    private var amount = ArrayParameter(.numeric)
    private var currency = ArrayParameter(.text)
    private var book = ArrayParameter(.text)
    private var alsoContracted = ArrayParameter(.bool)
    private var alsoChargeback = ArrayParameter(.bool)
    private var rateID = ArrayParameter(.text)
    private var priceVersion = ArrayParameter(.text)
    private var rounded = ArrayParameter(.bool)

    mutating func append(_ entry: Entry, record position: Int32) {
        record.append(position)
        number.append(Int16(clamping: entry.number))
        kind.append(entry.kind.rawValue)
        component.append(Int16(clamping: entry.component))
        model.append(entry.model)
        meter.append(entry.meter.rawValue)
        // A quantity too large for the column is refused by it, and the record quarantined.
        let picos = entry.quantity.nanos.multipliedReportingOverflow(by: 1000)
        quantity.append(picos: picos.overflow ? .max : picos.partialValue)
        if let picos = entry.amount?.picos { amount.append(picos: picos) } else { amount.appendNull() }
        currency.append(entry.currency.code)
        book.append(entry.book.rawValue)
        alsoContracted.append(entry.alsoContracted)
        alsoChargeback.append(entry.alsoChargeback)
        rateID.append(entry.rateID)
        priceVersion.append(entry.priceVersion)
        rounded.append(entry.rounded)
    }

    func add(to parameters: inout Parameters) {
        for column in [
            record, number, kind, component, model, meter, quantity, amount, currency, book, alsoContracted,
            alsoChargeback, rateID, priceVersion, rounded,
        ] { parameters.add(column) }
    }

    mutating func removeAll() {
        record.removeAll()
        number.removeAll()
        kind.removeAll()
        component.removeAll()
        model.removeAll()
        meter.removeAll()
        quantity.removeAll()
        amount.removeAll()
        currency.removeAll()
        book.removeAll()
        alsoContracted.removeAll()
        alsoChargeback.removeAll()
        rateID.removeAll()
        priceVersion.removeAll()
        rounded.removeAll()
    }
}
