/// An exact amount of one currency, in picos: 10⁻¹² of its main unit. Range ±1.7 × 10²⁶ units.
///
/// Prices are quoted per million tokens with at most six decimals, so one token's price is a whole
/// number of picos and a price times a count does not round.
public struct Money: Hashable, Comparable, Sendable {
    public let picos: Int128

    public static let zero = Money(picos: 0)

    public init(picos: Int128) { self.picos = picos }

    /// Reads a decimal string such as `"1.25"`; at most 12 decimals.
    public init?(_ text: some StringProtocol) {
        guard let picos = DecimalText(text)?.fixed(places: 12) else { return nil }
        self.init(picos: picos)
    }

    /// Reads a decimal string of up to 24 decimals; half to even beyond twelve.
    public init?(rounding text: some StringProtocol) {
        if let exact = Money(text) {
            self = exact
            return
        }
        guard let fine = DecimalText(text)?.fixed(places: 24) else { return nil }
        self.init(picos: dividedHalfEven(fine, by: 1_000_000_000_000).quotient)
    }

    // Counts are bounded in Mediation, so an overflow here is our bug: trapping beats a wrong total.
    public static func + (a: Money, b: Money) -> Money { Money(picos: a.picos + b.picos) }
    public static func - (a: Money, b: Money) -> Money { Money(picos: a.picos - b.picos) }
    public static func += (a: inout Money, b: Money) { a = a + b }
    public static prefix func - (a: Money) -> Money { Money(picos: -a.picos) }
    public static func < (a: Money, b: Money) -> Bool { a.picos < b.picos }

    /// Rounds half to even, for display only; the ledger keeps every pico.
    public func rounded(toDecimals decimals: Int) -> Money {
        precondition((0...12).contains(decimals), "a pico has 12 decimals, not \(decimals)")
        let step = (decimals..<12).reduce(1 as Int128) { power, _ in power * 10 }
        return Money(picos: dividedHalfEven(picos, by: step).quotient * step)
    }

    /// Plain decimal text: no exponent, no trailing zeros, at most 12 decimals, "0" for zero.
    public var plain: String { DecimalText.plain(picos, places: 12) }

    /// Text with exactly `decimals` places, rounded half to even, for columns.
    public func text(decimals: Int) -> String {
        let plain = rounded(toDecimals: decimals).plain
        guard decimals > 0 else { return plain }
        let point = plain.utf8.firstIndex(of: UInt8(ascii: "."))
        let places = point.map { plain.utf8.distance(from: $0, to: plain.utf8.endIndex) - 1 } ?? 0
        let zeros = String(repeating: "0", count: decimals - places)
        return point == nil ? "\(plain).\(zeros)" : plain + zeros
    }
}

/// A currency by its code: ISO 4217 such as `USD`, or a provider's own unit such as `credits`.
public struct Currency: Hashable, Comparable, Sendable {
    public let code: String
    public init(_ code: String) { self.code = code }
    public static let usd = Currency("USD")
    public static func < (a: Currency, b: Currency) -> Bool { a.code < b.code }
}
