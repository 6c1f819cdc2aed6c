// How an amount in one currency became one in another: from which amount, by which line of which table, and
// what was rounded away. Nothing of it is stored: it follows from the entries and the price book.
import Bookkeeping
public import Rating
public import Terms

public struct ConvertedAmount: Hashable, Sendable {
    /// In the book before, and in its currency.
    public let base: Money
    public let currency: Currency
    public let conversion: Conversion
    /// The exact amount less the one that was booked, in picos of the new currency; nil where it was exact,
    /// or where its numbers are too large to be shown.
    public let remainder: Ratio?

    /// - Returns: nil where nothing was converted.
    init?(_ entry: Entry, by rule: ContractRule, in stored: StoredRecord) {
        // A reversal repeats what the entry says that it takes back.
        guard entry.kind != .reversal, rule.conversionTable != nil, case .multiply(let ratio) = rule.effect,
            let base = Self.base(of: entry, in: stored), let amount = base.amount,
            let conversion = rule.conversion(of: base.currency, at: stored.record.occurredAt)
        else { return nil }
        self.base = amount
        currency = base.currency
        self.conversion = conversion
        remainder = rule.factor(of: base.currency, at: stored.record.occurredAt)
            .flatMap { $0.multiplied(by: ratio) }
            .flatMap { Self.remainder(amount, $0, entry.amount ?? .zero) }
    }

    /// The same line in the book that this one starts from, as it stood when this one was booked.
    private static func base(of entry: Entry, in stored: StoredRecord) -> Entry? {
        let before = stored.entries.filter {
            $0.component == entry.component && $0.meter == entry.meter && $0.kind != .reversal
                && $0.amount != nil && $0.number < entry.number
        }
        if entry.book == .chargeback, let own = before.last(where: { $0.book == .contracted }) { return own }
        return before.last { $0.book == .list }
    }

    private static func remainder(_ base: Money, _ factor: Ratio, _ booked: Money) -> Ratio? {
        let (product, overflow) = base.picos.multipliedReportingOverflow(by: factor.numerator)
        let (taken, tooLarge) = booked.picos.multipliedReportingOverflow(by: factor.denominator)
        guard !overflow, !tooLarge, product != taken else { return nil }
        return Ratio(product - taken, over: factor.denominator)
    }

    /// `0.0045 USD, 1 EUR = 1.2 USD`.
    var words: String {
        let rate = conversion.written[currency] ?? ""
        return "from \(base.plain) \(currency.code) at 1 \(conversion.to.code) = \(rate) \(currency.code)"
            + (remainder.map { ", \($0.text) of 10⁻¹² rounded away" } ?? "")
    }
}
