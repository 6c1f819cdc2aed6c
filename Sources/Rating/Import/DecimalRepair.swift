// Price lists that were written by programs hold decimals that went through binary floating point:
// 2.9999900000000002e-06 was meant to be 2.99999e-06. The repair finds the short decimal that was meant
// where the long one lies within the error of a binary double of it; anything else stays as it stands.
public import Terms

extension DecimalText {
    /// Digits from which on a price is looked at: a double carries fifteen surely, and no price has more.
    private static let suspicious = 15
    /// Digits that a price can be meant to have.
    private static let meant = 11

    /// The decimal that was meant, nil where there is nothing to repair.
    public var repaired: DecimalText? {
        let text = String(digits)
        let count = text.utf8.count
        guard count >= Self.suspicious else { return nil }
        for kept in 1...Self.meant {
            let dropped = Self.power(count - kept)
            let (quotient, remainder) = digits.quotientAndRemainder(dividingBy: dropped)
            let up = remainder > dropped / 2
            let difference = up ? dropped - remainder : remainder
            // A double is exact to one part in 2^53, about 9 × 10^15; twice that for one operation on it.
            guard difference <= digits / 4_000_000_000_000_000 else { continue }
            let sign = negative ? "-" : ""
            return DecimalText("\(sign)\(quotient + (up ? 1 : 0))e\(count - kept - scale)")
        }
        return nil
    }

    private static func power(_ exponent: Int) -> UInt128 {
        (0..<exponent).reduce(1 as UInt128) { power, _ in power &* 10 }
    }

    /// The number times a power of ten; nil when the scale does not fit.
    func shifted(by places: Int) -> DecimalText? {
        DecimalText("\(negative ? "-" : "")\(digits)e\(places - scale)")
    }
}
