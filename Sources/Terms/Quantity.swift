/// How much of one meter was used, exactly, in nanos: 10⁻⁹ of the meter's unit.
///
/// Tokens and requests are whole; seconds, pages or characters may have a fraction.
public struct Quantity: Hashable, Comparable, Sendable {
    public let nanos: Int128

    public static let zero = Quantity(0)
    private static let unit: Int128 = 1_000_000_000

    public init(nanos: Int128) { self.nanos = nanos }
    public init(_ whole: Int64) { nanos = Int128(whole) * Self.unit }

    /// Reads a decimal string; at most nine decimals.
    public init?(_ text: some StringProtocol) {
        guard let nanos = DecimalText(text)?.fixed(places: 9) else { return nil }
        self.init(nanos: nanos)
    }

    /// Reads a decimal string of up to 24 decimals; half to even beyond nine.
    public init?(rounding text: some StringProtocol) {
        if let exact = Quantity(text) {
            self = exact
            return
        }
        guard let fine = DecimalText(text)?.fixed(places: 24) else { return nil }
        nanos = dividedHalfEven(fine, by: 1_000_000_000_000_000).quotient
    }

    /// The quantity as a whole number, nil when it has a fraction or does not fit.
    public var whole: Int64? {
        let (quotient, remainder) = nanos.quotientAndRemainder(dividingBy: Self.unit)
        return remainder == 0 ? Int64(exactly: quotient) : nil
    }

    public var plain: String { whole.map(String.init) ?? DecimalText.plain(nanos, places: 9) }

    public static func + (a: Quantity, b: Quantity) -> Quantity { Quantity(nanos: a.nanos + b.nanos) }
    public static func - (a: Quantity, b: Quantity) -> Quantity { Quantity(nanos: a.nanos - b.nanos) }
    public static func += (a: inout Quantity, b: Quantity) { a = a + b }
    public static func < (a: Quantity, b: Quantity) -> Bool { a.nanos < b.nanos }
}
