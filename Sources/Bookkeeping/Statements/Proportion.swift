// Shares of an amount, exactly: in whole picos, with nothing lost and nothing made. Products may have twice
// the width of a machine word's double; nothing here overflows unnoticed.
public import Terms

/// `amount × numerator ÷ denominator`, rounded half to even to whole picos.
///
/// - Returns: nil when the denominator is not above zero or the result has no room.
public func proportion(_ amount: Money, _ numerator: Int128, of denominator: Int128) -> Money? {
    guard denominator > 0 else { return nil }
    let isNegative = (amount.picos < 0) != (numerator < 0)
    let divisor = denominator.magnitude
    let product = amount.picos.magnitude.multipliedFullWidth(by: numerator.magnitude)
    guard product.high < divisor else { return nil }
    var (quotient, remainder) = divisor.dividingFullWidth(product)
    let rest = divisor - remainder
    if remainder > rest || (remainder == rest && quotient % 2 == 1) { quotient += 1 }
    guard quotient <= UInt128(Int128.max) else { return nil }
    return Money(picos: isNegative ? -Int128(quotient) : Int128(quotient))
}

/// An amount shared out in proportion to weights, to the pico: what rounding leaves goes to the largest
/// remainders, the first first, so that the shares add up to the amount.
///
/// - Returns: one share per weight; nil when no weight is above zero. Weights below zero count as zero.
public func shares(of amount: Money, by weights: [Int128]) -> [Money]? {
    let weights = weights.map { max($0, 0) }
    let total = weights.reduce(0, +)
    guard total > 0 else { return nil }
    let magnitude = amount.picos.magnitude
    var parts: [UInt128] = []
    var remainders: [(rest: UInt128, index: Int)] = []
    for (index, weight) in weights.enumerated() {
        let product = magnitude.multipliedFullWidth(by: weight.magnitude)
        let (quotient, rest) = total.magnitude.dividingFullWidth(product)
        parts.append(quotient)
        remainders.append((rest, index))
    }
    let missing = Int(magnitude - parts.reduce(0, +))
    remainders.sort { ($1.rest, $0.index) < ($0.rest, $1.index) }
    for (_, index) in remainders.prefix(missing) { parts[index] += 1 }
    return parts.map { Money(picos: amount.picos < 0 ? -Int128($0) : Int128($0)) }
}
