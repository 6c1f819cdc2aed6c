// The price of one unit, from a quantity and its amount: as a decimal that gives the amount back exactly
// when it is multiplied, or not at all.
public import Terms

/// An exact price of one unit, in 10⁻¹⁸ of the currency's unit.
public struct ExactUnitPrice: Hashable, Comparable, Sendable {
    public let attos: Int128

    public static let zero = ExactUnitPrice(attos: 0)
    /// Decimals that a price per unit may have.
    public static let places = 18

    init(attos: Int128) { self.attos = attos }

    /// - Returns: nil where no decimal of ``places`` places gives the amount back: thirds, amounts that were
    ///   rounded, least quantities that were billed.
    public init?(of amount: Money, for quantity: Quantity) {
        guard quantity.nanos != 0 else {
            guard amount == .zero else { return nil }
            self.init(attos: 0)
            return
        }
        // picos × 10⁻¹² over nanos × 10⁻⁹, in 10⁻¹⁸.
        let (scaled, overflow) = amount.picos.multipliedReportingOverflow(by: 1_000_000_000_000_000)
        guard !overflow else { return nil }
        let (quotient, rest) = scaled.quotientAndRemainder(dividingBy: quantity.nanos)
        guard rest == 0 else { return nil }
        self.init(attos: quotient)
    }

    public var plain: String { DecimalText.plain(attos, places: Self.places) }

    public static func < (a: ExactUnitPrice, b: ExactUnitPrice) -> Bool { a.attos < b.attos }
}
