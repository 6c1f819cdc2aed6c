// How the difference of a cell becomes an entry: a record of its own that is no request and has no usage, and
// one entry of kind adjustment. Its meter says which group of meters or which category it settles, so that
// the next run finds both sides equal.
import Rating
public import Terms

/// An adjustment that settles one finding.
public struct ReconciliationAdjustment: Hashable, Sendable {
    /// The value of a record's `api` that marks what is booked without a call.
    public static let api = "adjustment"
    public let finding: ReconciliationFinding
    /// Who carries it.
    public let tenant: String
    public let amount: Money

    /// The group of meters or the category that an adjustment's meter stands for; nil for any other meter.
    static func place(_ meter: Meter) -> (group: MeterGroup, category: ProviderLine.Category)? {
        let prefix = "adjustment:"
        guard meter.rawValue.hasPrefix(prefix) else { return nil }
        let rest = String(meter.rawValue.dropFirst(prefix.count))
        if let category = ProviderLine.Category(rawValue: rest), category != .usage {
            return (.all, category)
        }
        return (MeterGroup(rawValue: rest == "usage" ? "" : rest) ?? .other, .usage)
    }

    private var meter: Meter {
        let key = finding.key
        let name =
            key.category == .usage
            ? (key.group == .all ? "usage" : key.group.rawValue) : key.category.rawValue
        return Meter("adjustment:\(name)")
    }

    /// The record, without a charge of its own.
    ///
    /// - Parameters:
    ///   - id: minted for the day that it belongs to.
    ///   - sequence: counted from 1 within the instance.
    public func record(id: RecordID, instance: String, sequence: Int64) -> RatedRecord {
        var usage = Usage()
        usage.provider = finding.key.provider
        usage.dialect = Self.api
        usage.api = Self.api
        usage.status = .reported
        // Rating it again finds nothing to charge for.
        usage.notBillable = .freeEndpoint
        usage.model = finding.key.model.isEmpty ? nil : finding.key.model
        var attribution = Attribution()
        attribution.tenant = tenant
        attribution.keyID = finding.key.key
        let reason = "reconciliation with \(finding.kind.rawValue): \(finding.verdict.rawValue)"
        attribution.labels = [Label(key: "reason", value: reason)]
        let record = UsageRecord(
            id: id, operationID: id.text, instance: instance, sequence: sequence,
            // The last moment of its day: no zone moves it far, and nothing of the day comes after it.
            occurredAt: Instant(microseconds: Instant(finding.key.day.adding(days: 1)).microseconds - 1),
            upstream: "reconciliation", attribution: attribution, usage: usage, timing: UsageRecord.Timing())
        return RatedRecord(record: record, rated: .notBillable)
    }

    /// The entry that carries the amount, in every book.
    public var entry: Entry {
        Entry(
            number: 0, kind: .adjustment, component: 0, model: finding.key.model, meter: meter,
            quantity: .zero, amount: amount, currency: finding.key.currency, book: .list,
            alsoContracted: true,
            alsoChargeback: true)
    }
}

extension Reconciliation {
    /// The adjustments that would settle the findings.
    ///
    /// - Parameter shares: what each tenant spent with a provider, to split each amount by; nil leaves
    ///   everything with nobody (`unattributed`). The last tenant by name carries what a split leaves over.
    public func adjustments(shares: [String: [String: Money]]? = nil) -> [ReconciliationAdjustment] {
        var adjustments: [ReconciliationAdjustment] = []
        for finding in differences where finding.adjustment != .zero {
            let tenants = (shares?[finding.key.provider] ?? [:]).filter { $1 > .zero }.sorted {
                $0.key < $1.key
            }
            let total = tenants.reduce(Money.zero) { $0 + $1.value }
            guard let last = tenants.last, total > .zero else {
                adjustments.append(
                    ReconciliationAdjustment(
                        finding: finding, tenant: Attribution.unattributedTenant, amount: finding.adjustment))
                continue
            }
            var rest = finding.adjustment
            for (tenant, spent) in tenants where tenant != last.key {
                let part = finding.adjustment.share(spent, of: total)
                rest = rest - part
                if part != .zero {
                    adjustments.append(
                        ReconciliationAdjustment(finding: finding, tenant: tenant, amount: part))
                }
            }
            if rest != .zero {
                adjustments.append(ReconciliationAdjustment(finding: finding, tenant: last.key, amount: rest))
            }
        }
        return adjustments
    }
}

extension Money {
    /// `self × part / whole`, half to even; in millionths of the whole where the product does not fit.
    fileprivate func share(_ part: Money, of whole: Money) -> Money {
        let (product, overflow) = picos.multipliedReportingOverflow(by: part.picos)
        if !overflow { return Money(picos: dividedHalfEven(product, by: whole.picos).quotient) }
        let millionths = part.picos / max(whole.picos / 1_000_000, 1)
        return Money(picos: picos / 1_000_000 * millionths)
    }
}
