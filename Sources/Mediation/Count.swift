import Terms
import Wire

/// What a count's JSON value says.
enum Count: Hashable {
    case value(Int64)
    /// null, or no count at all.
    case absent
    /// Not usable as a count, and why.
    case refused(Anomaly)
    /// A count in an unusual spelling.
    case unusual(Int64, Anomaly)

    /// Reads a count: an integer, a float without a fraction, or either of them as a string. Numbers
    /// are never rounded, negative ones never used.
    init(_ bytes: __shared ArraySlice<UInt8>, _ kind: JSONCapture.Kind) {
        switch kind {
        case .number:
            if let value = JSONText.digits(bytes) {
                self = value <= TokenCounts.limit ? .value(value) : .refused(.absurdCount)
            } else {
                self = Self.decimal(bytes)
            }
        case .string:
            guard let text = JSONText.string(bytes), !text.isEmpty else {
                self = .absent
                return
            }
            switch Self.decimal(text.utf8) {
            case .value(let value): self = .unusual(value, .nonInteger)
            case let other: self = other
            }
        case .bool: self = .refused(.nonInteger)
        case .null, .object, .array: self = .absent
        }
    }

    private static func decimal(_ text: some Collection<UInt8>) -> Count {
        guard let number = DecimalText(utf8: text) else { return .refused(.nonInteger) }
        if number.negative { return .refused(.negativeCount) }
        if number.scale > 0 { return .refused(.nonInteger) }
        guard let whole = number.fixed(places: 0), whole <= Int128(TokenCounts.limit) else {
            return .refused(.absurdCount)
        }
        return .value(Int64(whole))
    }
}

/// Exact money text of a JSON number or string, in plain notation; nil when it is neither.
func moneyText(_ bytes: ArraySlice<UInt8>, _ kind: JSONCapture.Kind) -> DecimalText? {
    switch kind {
    case .number: DecimalText(utf8: bytes)
    case .string: JSONText.string(bytes).flatMap { DecimalText($0) }
    default: nil
    }
}
