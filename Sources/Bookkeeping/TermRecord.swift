// What a contract's term comes to, in the ledger: a record of its own for each rule, tenant and period, with
// adjustments as entries. The record has the same id however often it is made, so that computing a period
// again finds what was booked and books the difference only.
public import Rating
public import Terms

public enum TermRecord {
    /// As a record's `instance`: nobody's traffic, and one number for all, because nothing is missing.
    public static let instance = "contract-terms"
    /// As `api`: booked, but no request.
    public static let api = "adjustment"
    /// As `provider` and `upstream`.
    public static let provider = "tollbook"

    /// The record that carries a rule's adjustments of one tenant and period, in the period's last second.
    public static func record(rule: String, tenant: String, period: Period) -> UsageRecord {
        let occurredAt = period.until.advanced(bySeconds: -1)
        let id = RecordID(
            at: occurredAt,
            random: PeriodAdjustment.identity(rule: rule, tenant: tenant, period: period))
        var usage = Usage()
        usage.provider = provider
        usage.dialect = api
        usage.api = api
        usage.status = .derived
        usage.completeness = .complete
        var note = JSONWriter()
        note.beginObject()
        note.field("rule", rule)
        note.field("since", period.since.rfc3339)
        note.field("until", period.until.rfc3339)
        note.field("timezone", period.timezone)
        note.endObject()
        usage.rawUsage = note.text
        var attribution = Attribution()
        attribution.tenant = tenant
        // Where an adjustment by hand has its reason, so that a statement says what this one is for.
        let reason = String("contract \(rule)".prefix(Adjustment.reasonLimit / 4))
        attribution.labels = [Label(key: "reason", value: reason)]
        return UsageRecord(
            id: id, operationID: id.text, instance: instance, sequence: 1, occurredAt: occurredAt,
            upstream: provider, attribution: attribution, usage: usage, timing: UsageRecord.Timing())
    }

    /// Whether a record carries terms of a contract.
    public static func isOne(_ record: UsageRecord) -> Bool {
        record.usage.api == api && record.instance == instance
    }

    /// The entries that make what stands equal to an adjustment; none where it is.
    ///
    /// - Parameter adjustment: nil where nothing is due any more.
    public static func entries(
        of stored: StoredRecord, to adjustment: PeriodAdjustment?, version: String
    ) -> [Entry] {
        let standing = stored.standing
        var next = (stored.entries.map(\.number).max() ?? -1) + 1
        let wanted = adjustment.map { adjustment in
            Entry(
                number: next, kind: .adjustment, component: 0, model: "", meter: adjustment.meter,
                quantity: .zero, amount: adjustment.amount, currency: adjustment.rule.currency,
                book: adjustment.rule.book, alsoContracted: false,
                alsoChargeback: adjustment.alsoChargeback, rateID: adjustment.rule.id,
                priceVersion: version, rounded: adjustment.rounded)
        }
        if let wanted, standing.count == 1, standing[0].states(wanted) { return [] }
        var entries: [Entry] = []
        for entry in standing {
            entries.append(entry.reversal(number: next))
            next += 1
        }
        if var wanted {
            wanted.number = next
            wanted.correctionOf = standing.first?.number
            entries.append(wanted)
        }
        return entries
    }
}

extension Entry {
    /// The same amount in the same books by the same rule.
    fileprivate func states(_ other: Entry) -> Bool {
        amount == other.amount && currency == other.currency && book == other.book
            && alsoChargeback == other.alsoChargeback && rateID == other.rateID && meter == other.meter
    }
}
