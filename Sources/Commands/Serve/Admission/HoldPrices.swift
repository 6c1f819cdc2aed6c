// What a call can cost at most, quickly: the ceilings of the models in use, found once for each book version.
import Bookkeeping
import Rating
import Terms

/// Guarded by the lock of ``Admission``, as part of its state.
final class HoldPrices: @unchecked Sendable {
    let version: String
    let book: PriceBook
    private struct Key: Hashable {
        let provider: String
        let model: String
        let tenant: String
        let book: Book
        /// A model without a price has the ceiling of its provider.
        let holdsUpperBound: Bool
    }
    private var known: [Key: PriceCeiling?] = [:]
    /// Found at this instant's day: prices begin and end at midnight UTC.
    private var day: Int64 = .min
    /// Ceilings remembered; reached: all are found anew.
    private static let limit = 4096

    init(version: String, book: PriceBook) {
        self.version = version
        self.book = book
    }

    /// - Returns: nil for a model without a price.
    func ceiling(of ask: AdmissionAsk, book kind: Book, policy: AdmissionPolicy) -> PriceCeiling? {
        let today = ask.occurredAt.seconds / 86_400
        if today != day || known.count >= Self.limit {
            known.removeAll(keepingCapacity: true)
            day = today
        }
        let tenant = book.rules.isEmpty ? "" : ask.attribution.tenant
        let holdsUpperBound = (ask.unpriced ?? policy.unpriced) == .holdUpperBound
        let key = Key(
            provider: ask.provider, model: ask.model, tenant: tenant, book: kind,
            holdsUpperBound: holdsUpperBound)
        if let found = known[key] { return found }
        var found = book.ceiling(
            provider: ask.provider, model: ask.model, tenant: tenant, book: kind, at: ask.occurredAt)
        if found == nil, holdsUpperBound {
            found = book.highestCeiling(
                provider: ask.provider, tenant: tenant, book: kind, at: ask.occurredAt)
        }
        known[key] = .some(found)
        return found
    }
}
