// Exact fractions, as far as prices need them: an amount per so many units, and a multiplier.
public import Terms

/// An exact fraction in lowest terms with a positive denominator.
public struct Ratio: Hashable, Sendable {
    public let numerator: Int128
    public let denominator: Int128

    public static let one = Ratio(1)

    public init(_ whole: Int64) {
        numerator = Int128(whole)
        denominator = 1
    }

    /// - Returns: nil for a denominator that is not positive.
    public init?(_ numerator: Int128, over denominator: Int128) {
        guard denominator > 0, numerator != .min else { return nil }
        let common = Self.commonDivisor(numerator.magnitude, denominator.magnitude)
        self.numerator = numerator / Int128(common)
        self.denominator = denominator / Int128(common)
    }

    /// A decimal number as a fraction. Nil when it does not fit.
    public init?(_ decimal: DecimalText) {
        if let whole = decimal.fixed(places: 0) {
            self.init(whole, over: 1)
            return
        }
        guard decimal.scale > 0, let digits = decimal.fixed(places: decimal.scale),
            let power = Self.powerOfTen(decimal.scale)
        else { return nil }
        self.init(digits, over: power)
    }

    /// Reads `1.1` or `11/10`.
    public init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let first = DecimalText(parts[0]).flatMap({ Ratio($0) }) else { return nil }
        guard parts.count == 2 else {
            self = first
            return
        }
        guard let second = DecimalText(parts[1]).flatMap({ Ratio($0) }), let inverse = second.inverse,
            let product = first.multiplied(by: inverse)
        else { return nil }
        self = product
    }

    /// Nil for zero and negative numbers.
    public var inverse: Ratio? { numerator > 0 ? Ratio(denominator, over: numerator) : nil }

    /// Nil when the product does not fit.
    public func multiplied(by other: Ratio) -> Ratio? {
        // Reduced crosswise first, so that only a product that truly does not fit overflows.
        guard let a = Ratio(numerator, over: other.denominator),
            let b = Ratio(other.numerator, over: denominator)
        else { return nil }
        let (top, topOverflow) = a.numerator.multipliedReportingOverflow(by: b.numerator)
        let (bottom, bottomOverflow) = a.denominator.multipliedReportingOverflow(by: b.denominator)
        return topOverflow || bottomOverflow ? nil : Ratio(top, over: bottom)
    }

    /// Whether the fraction is above a whole number.
    public func exceeds(_ limit: Int64) -> Bool {
        numerator / denominator > Int128(limit)
            || (numerator / denominator == Int128(limit) && numerator % denominator > 0)
    }

    /// False when the comparison itself does not fit.
    public func isLess(than other: Ratio) -> Bool {
        guard other.numerator > 0, let inverse = other.inverse, let quotient = multiplied(by: inverse) else {
            return false
        }
        return quotient.numerator < quotient.denominator
    }

    /// `11/10`, or `2` for a whole number.
    public var text: String { denominator == 1 ? "\(numerator)" : "\(numerator)/\(denominator)" }

    private static func powerOfTen(_ exponent: Int) -> Int128? {
        guard (0...38).contains(exponent) else { return nil }
        var power: Int128 = 1
        for _ in 0..<exponent {
            let (product, overflow) = power.multipliedReportingOverflow(by: 10)
            if overflow { return nil }
            power = product
        }
        return power
    }

    private static func commonDivisor(_ a: UInt128, _ b: UInt128) -> UInt128 {
        var (a, b) = (a, b)
        while b != 0 { (a, b) = (b, a % b) }
        return a == 0 ? 1 : a
    }
}
