// The text inside JSON values: escapes undone, numbers read without ever becoming floating point.

/// Reads the verbatim bytes of scalar JSON values.
public enum JSONText {
    /// The text of a string value given with its quotes. Escapes are undone; a lone surrogate and
    /// bytes that are no UTF-8 become U+FFFD.
    public static func string(_ bytes: ArraySlice<UInt8>) -> String? {
        guard let inner = inside(bytes) else { return nil }
        guard inner.contains(UInt8(ascii: "\\")) else { return String(decoding: inner, as: UTF8.self) }
        return String(decoding: unescaped(inner), as: UTF8.self)
    }

    /// The same as ``string(_:)`` without the detour over a string: bytes that are no UTF-8 stay.
    public static func stringBytes(_ bytes: ArraySlice<UInt8>) -> [UInt8]? {
        guard let inner = inside(bytes) else { return nil }
        return inner.contains(UInt8(ascii: "\\")) ? unescaped(inner) : Array(inner)
    }

    private static func inside(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        let quote = UInt8(ascii: "\"")
        guard bytes.count >= 2, bytes.first == quote, bytes.last == quote else { return nil }
        return bytes.dropFirst().dropLast()
    }

    /// The bytes of a string's inside with escapes undone.
    static func unescaped(_ inner: some RandomAccessCollection<UInt8>) -> [UInt8] {
        var out: [UInt8] = []
        out.reserveCapacity(inner.count)
        var index = inner.startIndex
        var high: UInt32?
        while index < inner.endIndex {
            let byte = inner[index]
            inner.formIndex(after: &index)
            guard byte == UInt8(ascii: "\\"), index < inner.endIndex else {
                flush(&high, &out)
                out.append(byte)
                continue
            }
            let escape = inner[index]
            inner.formIndex(after: &index)
            guard escape == UInt8(ascii: "u") else {
                flush(&high, &out)
                out.append(plain(escape))
                continue
            }
            var unit: UInt32 = 0
            for _ in 0..<4 where index < inner.endIndex {
                unit = unit << 4 | UInt32(hexValue(inner[index]) ?? 0)
                inner.formIndex(after: &index)
            }
            append(unit, &high, &out)
        }
        flush(&high, &out)
        return out
    }

    /// A UTF-16 code unit, joined with a high surrogate before it.
    private static func append(_ unit: UInt32, _ high: inout UInt32?, _ out: inout [UInt8]) {
        if let first = high, (0xdc00..<0xe000).contains(unit) {
            high = nil
            let scalar = 0x10000 + ((first - 0xd800) << 10) + (unit - 0xdc00)
            if let scalar = Unicode.Scalar(scalar) { out.append(contentsOf: UTF8.encode(scalar)!) }
            return
        }
        flush(&high, &out)
        if (0xd800..<0xdc00).contains(unit) {
            high = unit
        } else {
            out.append(contentsOf: UTF8.encode(Unicode.Scalar(unit) ?? "\u{fffd}")!)
        }
    }

    private static func flush(_ high: inout UInt32?, _ out: inout [UInt8]) {
        guard high != nil else { return }
        high = nil
        out.append(contentsOf: "\u{fffd}".utf8)
    }

    private static func plain(_ escape: UInt8) -> UInt8 {
        switch escape {
        case UInt8(ascii: "n"): 0x0a
        case UInt8(ascii: "t"): 0x09
        case UInt8(ascii: "r"): 0x0d
        case UInt8(ascii: "b"): 0x08
        case UInt8(ascii: "f"): 0x0c
        default: escape
        }
    }

    static func hexValue(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }

    /// A plain run of digits as a count; nil for anything else or above 18 digits.
    public static func digits(_ bytes: ArraySlice<UInt8>) -> Int64? {
        guard !bytes.isEmpty, bytes.count <= 18 else { return nil }
        var value: Int64 = 0
        for byte in bytes {
            let digit = byte &- UInt8(ascii: "0")
            guard digit < 10 else { return nil }
            value = value * 10 + Int64(digit)
        }
        return value
    }
}
