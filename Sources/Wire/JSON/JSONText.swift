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

/// One run over the inside of a string. Places are checked by hand: every index stays below the counts, and
/// what is written never runs ahead of what is read, so a word that can be read can be written.
private struct Unescaping {
    private let source: UnsafeRawBufferPointer
    private let target: UnsafeMutableRawBufferPointer
    private(set) var written = 0

    init(_ source: UnsafeRawBufferPointer, _ target: UnsafeMutableRawBufferPointer) {
        precondition(target.count >= source.count)
        self.source = source
        self.target = target
    }

    mutating func run() {
        guard let from = source.baseAddress, let to = target.baseAddress else { return }
        let count = source.count
        var index = 0
        var out = 0
        while index < count {
            // Words are copied before it is known how much of them is plain; the rest is written over.
            if index &+ 8 <= count {
                let word = from.loadUnaligned(fromByteOffset: index, as: UInt64.self)
                to.storeBytes(of: word, toByteOffset: out, as: UInt64.self)
                let flipped = word.littleEndian ^ 0x5c5c_5c5c_5c5c_5c5c
                let hits = (flipped &- 0x0101_0101_0101_0101) & ~flipped & 0x8080_8080_8080_8080
                guard hits != 0 else {
                    index &+= 8
                    out &+= 8
                    continue
                }
                index &+= hits.trailingZeroBitCount &>> 3
                out &+= hits.trailingZeroBitCount &>> 3
            }
            let byte = source[index]
            guard byte == UInt8(ascii: "\\"), index &+ 1 < count else {
                to.storeBytes(of: byte, toByteOffset: out, as: UInt8.self)
                index &+= 1
                out &+= 1
                continue
            }
            let escape = source[index &+ 1]
            index &+= 2
            guard escape == UInt8(ascii: "u") else {
                to.storeBytes(of: JSONText.plain(escape), toByteOffset: out, as: UInt8.self)
                out &+= 1
                continue
            }
            written = out
            codePoint(&index)
            out = written
        }
        written = out
    }

    /// The code point whose digits begin at `index`: one escape, or the two of a surrogate pair.
    private mutating func codePoint(_ index: inout Int) {
        let unit = unit(&index)
        var scalar = Unicode.Scalar(unit)
        if (0xd800..<0xdc00).contains(unit), index + 1 < source.count, source[index] == UInt8(ascii: "\\"),
            source[index + 1] == UInt8(ascii: "u")
        {
            var next = index + 2
            let low = self.unit(&next)
            if (0xdc00..<0xe000).contains(low) {
                index = next
                scalar = Unicode.Scalar(0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00))
            }
        }
        for byte in UTF8.encode(scalar ?? "\u{fffd}")! {
            target[written] = byte
            written += 1
        }
    }

    /// Up to four hexadecimal digits.
    private func unit(_ index: inout Int) -> UInt32 {
        var unit: UInt32 = 0
        for _ in 0..<4 where index < source.count {
            unit = unit << 4 | UInt32(JSONText.hexValue(source[index]) ?? 0)
            index += 1
        }
        return unit
    }
}
