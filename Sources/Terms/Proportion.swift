// A share of an amount: value × part ÷ whole, with the product kept in 256 bits, so that money in picos and
// quantities in nanos can be multiplied without a thought for their size.

/// `value × part ÷ whole`, half to even where that is no whole number.
///
/// - Returns: nil when the result itself does not fit, or for a whole that is not positive.
public func proportion(
    of value: Int128, _ part: Int128, over whole: Int128
) -> (quotient: Int128, exact: Bool)? {
    guard whole > 0 else { return nil }
    let negative = (value < 0) != (part < 0)
    let product = value.magnitude.multipliedFullWidth(by: part.magnitude)
    let divisor = whole.magnitude
    guard product.high < divisor else { return nil }
    let (quotient, remainder) = divisor.dividingFullWidth(product)
    let other = divisor - remainder
    let up = remainder > other || (remainder == other && !quotient.isMultiple(of: 2))
    let (rounded, overflow) = quotient.addingReportingOverflow(remainder > 0 && up ? 1 : 0)
    guard !overflow, let magnitude = Int128(exactly: rounded) else { return nil }
    return (negative ? -magnitude : magnitude, remainder == 0)
}
