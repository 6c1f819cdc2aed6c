// PostgreSQL's binary formats, written and read. Binary is exact, needs no quoting, and costs a
// fraction of text on both sides. Integers are big-endian; times count microseconds from 2000-01-01;
// a numeric is a list of base-10,000 digits and the weight of the first.

/// Identifiers of the types that this program sends.
enum TypeID: UInt32 {
    case bool = 16
    case bytes = 17
    case int8 = 20
    case int2 = 21
    case int4 = 23
    case text = 25
    case json = 114
    case timestamptz = 1184
    case numeric = 1700
    case uuid = 2950
    case jsonArray = 199
    case boolArray = 1000
    case bytesArray = 1001
    case int2Array = 1005
    case int4Array = 1007
    case textArray = 1009
    case int8Array = 1016
    case timestamptzArray = 1185
    case numericArray = 1231
    case uuidArray = 2951
}

/// Microseconds between 1970-01-01 and 2000-01-01.
let postgresEpoch: Int64 = 946_684_800_000_000

/// Microseconds since 1970-01-01 from the first of year 1 to the end of year 9999, in which every time of a
/// ledger lies.
let fourDigitYears: Range<Int64> = -62_135_596_800_000_000..<253_402_300_800_000_000

extension [UInt8] {
    mutating func appendBigEndian<Value: FixedWidthInteger>(_ value: Value) {
        Swift.withUnsafeBytes(of: value.bigEndian) { append(contentsOf: $0) }
    }
}

/// The base-10,000 digits of a whole number, least first, without zeros at either end.
struct NumericDigits {
    // 2¹²⁷ has 39 decimal digits.
    private(set) var groups = InlineArray<10, UInt16>(repeating: 0)
    private(set) var start = 0
    private(set) var end = 0
    var count: Int { end - start }

    init(_ magnitude: UInt128) {
        // Divisions of 128 bits are slow; amounts nearly always fit 64.
        if magnitude <= UInt128(UInt64.max) {
            append(UInt64(magnitude), upTo: 5)
        } else {
            let unit: UInt128 = 10_000_000_000_000_000
            let (upper, low) = magnitude.quotientAndRemainder(dividingBy: unit)
            let (high, middle) = upper.quotientAndRemainder(dividingBy: unit)
            append(UInt64(low), upTo: 4)
            append(UInt64(middle), upTo: 4)
            append(UInt64(high), upTo: 2)
        }
        while end > 0, groups[end - 1] == 0 { end -= 1 }
        while start < end, groups[start] == 0 { start += 1 }
    }

    private mutating func append(_ value: UInt64, upTo count: Int) {
        var rest = value
        for _ in 0..<count {
            groups[end] = UInt16(rest % 10_000)
            rest /= 10_000
            end += 1
        }
    }
}

/// Reads big-endian values from a value that libpq owns; every read is bounds-checked. Valid only as
/// long as the buffer it was made of.
struct BinaryReader {
    private let bytes: UnsafeBufferPointer<UInt8>
    private var position = 0

    init(_ bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

    var remaining: Int { bytes.count - position }

    mutating func integer<Value: FixedWidthInteger>(_: Value.Type) -> Value? {
        let size = MemoryLayout<Value>.size
        guard remaining >= size else { return nil }
        var value: Value = 0
        for _ in 0..<size {
            value = size == 1 ? 0 : value << 8
            value |= Value(truncatingIfNeeded: bytes[position])
            position += 1
        }
        return value
    }

    /// A numeric as a whole count of `10^-places`; nil when it has more places or does not fit.
    mutating func numeric(places: Int) -> Int128? {
        guard let count = integer(Int16.self), let weight = integer(Int16.self),
            let sign = integer(UInt16.self), integer(Int16.self) != nil,
            sign == 0 || sign == 0x4000, count >= 0
        else { return nil }
        var value: Int128 = 0
        for _ in 0..<count {
            guard let digit = integer(Int16.self), (0..<10_000).contains(digit) else { return nil }
            let (product, high) = value.multipliedReportingOverflow(by: 10_000)
            let (sum, carry) = product.addingReportingOverflow(Int128(digit))
            if high || carry { return nil }
            value = sum
        }
        guard value != 0 else { return 0 }
        var shift = 4 * (Int(weight) - Int(count) + 1) + places
        while shift > 0 {
            let (product, overflow) = value.multipliedReportingOverflow(by: 10)
            if overflow { return nil }
            value = product
            shift -= 1
        }
        while shift < 0 {
            let (quotient, remainder) = value.quotientAndRemainder(dividingBy: 10)
            if remainder != 0 { return nil }
            value = quotient
            shift += 1
        }
        return sign == 0 ? value : -value
    }

    mutating func text(length: Int) -> String? {
        guard length >= 0, remaining >= length else { return nil }
        let slice = bytes[position..<position + length]
        position += length
        return String(decoding: slice, as: UTF8.self)
    }
}
