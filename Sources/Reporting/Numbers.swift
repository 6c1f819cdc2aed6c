public import Terms

// Numbers for people: digits in groups of three, money with six decimals.

extension String {
    /// `1234567.5` as `1,234,567.5`.
    var grouped: String {
        let start = hasPrefix("-") ? index(after: startIndex) : startIndex
        let end = firstIndex(of: ".") ?? endIndex
        var digits = ""
        for (index, digit) in self[start..<end].enumerated() {
            if index > 0, (distance(from: start, to: end) - index).isMultiple(of: 3) { digits += "," }
            digits.append(digit)
        }
        return self[..<start] + digits + self[end...]
    }
}

extension Int64 {
    public var grouped: String { String(self).grouped }
}

/// `1 record`, `2 records`.
///
/// - Parameter plural: where it is not the noun with an s.
public func counted(_ count: Int64, _ noun: String, _ plural: String? = nil) -> String {
    "\(count.grouped) \(count == 1 ? noun : plural ?? noun + "s")"
}

extension Quantity {
    public var grouped: String { plain.grouped }
}

extension Money {
    /// Decimals of an amount in a column: a single short call still shows.
    static let shownDecimals = 6

    /// Rounded half to even for the eye only; sums are made of exact amounts.
    public var shown: String { text(decimals: Self.shownDecimals).grouped }
}
