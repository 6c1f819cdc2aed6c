// The text inside JSON values: escapes undone, numbers read without ever becoming floating point.

import Glibc

/// Reads the verbatim bytes of scalar JSON values.
public enum JSONText {
    /// The text of a string value given with its quotes. Escapes are undone; a lone surrogate and
    /// bytes that are no UTF-8 become U+FFFD.
    public static func string(_ bytes: ArraySlice<UInt8>) -> String? {
        guard let inner = inside(bytes) else { return nil }
        guard holdsEscape(inner) else { return String(decoding: inner, as: UTF8.self) }
        return String(decoding: unescaped(inner), as: UTF8.self)
    }

    /// The same as ``string(_:)`` without the detour over a string: bytes that are no UTF-8 stay.
    public static func stringBytes(_ bytes: ArraySlice<UInt8>) -> [UInt8]? {
        guard let inner = inside(bytes) else { return nil }
        return holdsEscape(inner) ? unescaped(inner) : Array(inner)
    }

    private static func inside(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        let quote = UInt8(ascii: "\"")
        guard bytes.count >= 2, bytes.first == quote, bytes.last == quote else { return nil }
        return bytes.dropFirst().dropLast()
    }

    private static func holdsEscape(_ inner: ArraySlice<UInt8>) -> Bool {
        inner.withUnsafeBytes { bytes in
            guard let base = bytes.baseAddress else { return false }
            return memchr(base, Int32(UInt8(ascii: "\\")), bytes.count) != nil
        }
    }

    /// The bytes of a string's inside with escapes undone. Recorded bodies are such strings, so what stands
    /// between two escapes is copied word by word.
    static func unescaped(_ inner: ArraySlice<UInt8>) -> [UInt8] {
        inner.withUnsafeBytes { bytes in
            // No escape stands for more bytes than it has.
            [UInt8](unsafeUninitializedCapacity: bytes.count) { room, count in
                var text = Unescaping(bytes, UnsafeMutableRawBufferPointer(room))
                text.run()
                count = text.written
            }
        }
    }

    static func unescaped(_ inner: [UInt8]) -> [UInt8] { unescaped(inner[...]) }

    fileprivate static func plain(_ escape: UInt8) -> UInt8 {
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

/// One run over the inside of a string. Places are checked by hand: every index stays below the counts.
private struct Unescaping {
    private let source: UnsafeRawBufferPointer
    private let target: UnsafeMutableRawBufferPointer
    private var index = 0
    private(set) var written = 0
    /// A high surrogate that waits for its other half.
    private var high: UInt32?

    init(_ source: UnsafeRawBufferPointer, _ target: UnsafeMutableRawBufferPointer) {
        precondition(target.count >= source.count)
        self.source = source
        self.target = target
    }

    mutating func run() {
        while index < source.count {
            if high == nil { copyPlain() }
            guard index < source.count else { break }
            let byte = source[index]
            index += 1
            guard byte == UInt8(ascii: "\\"), index < source.count else {
                flush()
                put(byte)
                continue
            }
            let escape = source[index]
            index += 1
            guard escape == UInt8(ascii: "u") else {
                flush()
                put(JSONText.plain(escape))
                continue
            }
            var unit: UInt32 = 0
            for _ in 0..<4 where index < source.count {
                unit = unit << 4 | UInt32(JSONText.hexValue(source[index]) ?? 0)
                index += 1
            }
            append(unit)
        }
        flush()
    }

    /// Copies up to the next backslash.
    private mutating func copyPlain() {
        // What is written never runs ahead of what is read, so a word that can be read can be written.
        while index + 8 <= source.count {
            let word = source.loadUnaligned(fromByteOffset: index, as: UInt64.self)
            target.storeBytes(of: word, toByteOffset: written, as: UInt64.self)
            let flipped = word.littleEndian ^ 0x5c5c_5c5c_5c5c_5c5c
            let hits = (flipped &- 0x0101_0101_0101_0101) & ~flipped & 0x8080_8080_8080_8080
            let plain = hits == 0 ? 8 : hits.trailingZeroBitCount / 8
            index += plain
            written += plain
            if hits != 0 { return }
        }
        while index < source.count, source[index] != UInt8(ascii: "\\") {
            target[written] = source[index]
            index += 1
            written += 1
        }
    }

    private mutating func put(_ byte: UInt8) {
        target[written] = byte
        written += 1
    }

    /// A UTF-16 code unit, joined with a high surrogate before it.
    private mutating func append(_ unit: UInt32) {
        if let first = high, (0xdc00..<0xe000).contains(unit) {
            high = nil
            put(Unicode.Scalar(0x10000 + ((first - 0xd800) << 10) + (unit - 0xdc00)))
            return
        }
        flush()
        if (0xd800..<0xdc00).contains(unit) {
            high = unit
        } else {
            put(Unicode.Scalar(unit))
        }
    }

    private mutating func put(_ scalar: Unicode.Scalar?) {
        for byte in UTF8.encode(scalar ?? "\u{fffd}")! { put(byte) }
    }

    private mutating func flush() {
        guard high != nil else { return }
        high = nil
        put(Unicode.Scalar("\u{fffd}"))
    }
}
