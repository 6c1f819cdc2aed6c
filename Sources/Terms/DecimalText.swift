// Decimal text to fixed-point integers and back, exactly. Everything that is money, a price or a
// fractional quantity enters and leaves the program through here, so no binary floating point is
// ever in between.

/// A number as it was written: `digits × 10^-scale`, before it is fitted to a fixed scale.
public struct DecimalText: Hashable, Sendable {
    public let negative: Bool
    /// All digits as one whole number.
    public let digits: UInt128
    /// How many of the digits stand behind the point; negative for trailing zeros by exponent.
    public let scale: Int

    /// Reads JSON-style decimal text: sign, digits, fraction, exponent. At most 38 significant digits.
    ///
    /// - Returns: nil when the text is no number or does not fit.
    public init?(_ text: some StringProtocol) {
        self.init(utf8: text.utf8)
    }

    public init?(utf8: some Collection<UInt8>) {
        var bytes = utf8.makeIterator()
        var next = bytes.next()
        var negative = false
        if next == UInt8(ascii: "-") || next == UInt8(ascii: "+") {
            negative = next == UInt8(ascii: "-")
            next = bytes.next()
        }
        var digits: UInt128 = 0
        var scale = 0
        var seen = 0
        var pendingZeros = 0  // zeros are only multiplied in when a digit follows: "0.10000…0" stays short
        var behindPoint = false
        while let byte = next {
            if byte == UInt8(ascii: ".") {
                guard !behindPoint else { return nil }
                behindPoint = true
            } else if let digit = Self.digit(byte) {
                seen += 1
                if digit == 0 {
                    pendingZeros += 1
                } else {
                    guard Self.shift(&digits, by: pendingZeros + 1, adding: digit) else { return nil }
                    pendingZeros = 0
                }
                if behindPoint { scale += 1 }
            } else {
                break
            }
            next = bytes.next()
        }
        guard seen > 0 else { return nil }
        scale -= pendingZeros
        if next == UInt8(ascii: "e") || next == UInt8(ascii: "E") {
            guard let exponent = Self.exponent(&bytes) else { return nil }
            scale -= exponent
        } else if next != nil {
            return nil
        }
        self.negative = negative && digits != 0
        self.digits = digits
        self.scale = digits == 0 ? 0 : scale
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        let value = byte &- UInt8(ascii: "0")
        return value < 10 ? value : nil
    }

    private static func shift(_ digits: inout UInt128, by places: Int, adding digit: UInt8) -> Bool {
        if digits == 0 {
            digits = UInt128(digit)
            return true
        }
        guard places <= 38 else { return false }
        for _ in 0..<places {
            let (product, overflow) = digits.multipliedReportingOverflow(by: 10)
            if overflow { return false }
            digits = product
        }
        let (sum, overflow) = digits.addingReportingOverflow(UInt128(digit))
        digits = sum
        return !overflow
    }

    private static func exponent(_ bytes: inout some IteratorProtocol<UInt8>) -> Int? {
        var value = 0
        var negative = false
        var seen = 0
        var next = bytes.next()
        if next == UInt8(ascii: "-") || next == UInt8(ascii: "+") {
            negative = next == UInt8(ascii: "-")
            next = bytes.next()
        }
        while let byte = next {
            guard let digit = digit(byte), value < 10_000 else { return nil }
            value = value * 10 + Int(digit)
            seen += 1
            next = bytes.next()
        }
        return seen > 0 ? (negative ? -value : value) : nil
    }

    /// The number as a whole count of `10^-places`.
    ///
    /// - Returns: nil when it has more places than that (it would have to be rounded) or overflows.
    public func fixed(places: Int) -> Int128? {
        guard digits != 0 else { return 0 }
        let zeros = places - scale
        guard zeros >= 0, zeros <= 38 else { return nil }
        var magnitude = digits
        for _ in 0..<zeros {
            let (product, overflow) = magnitude.multipliedReportingOverflow(by: 10)
            if overflow { return nil }
            magnitude = product
        }
        guard magnitude <= UInt128(Int128.max) else { return nil }
        return negative ? -Int128(magnitude) : Int128(magnitude)
    }

    /// Plain notation: no exponent, no trailing zeros behind the point, "0" for zero.
    public var plain: String {
        guard digits != 0 else { return "0" }
        var text = String(digits)
        if scale <= 0 {
            text += String(repeating: "0", count: -scale)
        } else {
            if text.utf8.count <= scale {
                text = String(repeating: "0", count: scale - text.utf8.count + 1) + text
            }
            text.insert(".", at: text.index(text.endIndex, offsetBy: -scale))
        }
        return negative ? "-" + text : text
    }

    /// A whole count of `10^-places` in plain notation.
    public static func plain(_ value: Int128, places: Int) -> String {
        guard value != 0 else { return "0" }
        var magnitude = value.magnitude
        var scale = places
        while scale > 0 {
            let (quotient, remainder) = magnitude.quotientAndRemainder(dividingBy: 10)
            guard remainder == 0 else { break }
            magnitude = quotient
            scale -= 1
        }
        // Int128's own description is slow; amounts nearly always fit 64 bits.
        var text = magnitude <= UInt128(UInt64.max) ? String(UInt64(magnitude)) : String(magnitude)
        if scale > 0 {
            if text.utf8.count <= scale {
                text = String(repeating: "0", count: scale - text.utf8.count + 1) + text
            }
            text.insert(".", at: text.index(text.endIndex, offsetBy: -scale))
        }
        return value < 0 ? "-" + text : text
    }
}

/// Divides and rounds half to even: the one rounding rule of the program.
///
/// - Returns: the rounded quotient, and whether the division left nothing over.
public func dividedHalfEven(_ dividend: Int128, by divisor: Int128) -> (quotient: Int128, exact: Bool) {
    precondition(divisor > 0, "a divisor is a positive count of units")
    let (quotient, remainder) = dividend.quotientAndRemainder(dividingBy: divisor)
    guard remainder != 0 else { return (quotient, true) }
    let rest = remainder.magnitude
    let other = divisor.magnitude - rest
    let up = rest > other || (rest == other && !quotient.isMultiple(of: 2))
    return (quotient + (up ? dividend.signum() : 0), false)
}
