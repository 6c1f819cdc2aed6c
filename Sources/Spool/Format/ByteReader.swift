/// Why bytes are no record. The frame's checksum held, so this means another format, not a bad disk.
enum FormatError: Error, Hashable, Sendable {
    case ended
    case tooLarge
    case notText
    case unknownWord
    case unknownVersion(UInt8)
    case trailingBytes
}

/// Takes values off the front of bytes that nobody vouches for: every step is checked against the
/// end, so that it throws and never traps. The memory must outlive the reader.
struct ByteReader {
    private let bytes: UnsafeRawBufferPointer
    private(set) var offset = 0
    private let memo: TextMemo?

    /// - Parameter memo: for readers of many records that are much alike.
    init(_ bytes: UnsafeRawBufferPointer, memo: TextMemo? = nil) {
        self.bytes = bytes
        self.memo = memo
    }

    var remaining: Int { bytes.count - offset }

    @inline(__always)
    mutating func fixed<T: FixedWidthInteger>(_ type: T.Type) throws(FormatError) -> T {
        guard remaining >= MemoryLayout<T>.size else { throw .ended }
        let value = bytes.loadUnaligned(fromByteOffset: offset, as: T.self)
        offset += MemoryLayout<T>.size
        return T(littleEndian: value)
    }

    mutating func count() throws(FormatError) -> UInt64 {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while true {
            let byte = try fixed(UInt8.self)
            // The tenth byte has room for one bit.
            guard shift < 63 || byte <= 1 else { throw .tooLarge }
            value |= UInt64(byte & 0x7f) &<< shift
            if byte < 0x80 { return value }
            shift += 7
        }
    }

    /// A count of things of which each takes at least one byte, so that it cannot exceed what is left.
    mutating func size() throws(FormatError) -> Int {
        let value = try count()
        guard value <= UInt64(remaining) else { throw .ended }
        return Int(value)
    }

    mutating func number() throws(FormatError) -> Int64 {
        let value = try count()
        return Int64(bitPattern: value >> 1) ^ -Int64(bitPattern: value & 1)
    }

    mutating func text() throws(FormatError) -> String {
        let size = try size()
        let utf8 = UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + size])
        let readable = bytes.count - offset
        offset += size
        guard let text = memo?.text(utf8, readable: readable, make: Self.text) ?? Self.text(utf8) else {
            throw .notText
        }
        return text
    }

    private static func text(_ utf8: UnsafeRawBufferPointer) -> String? {
        // Nearly all text is ASCII, which needs no validation beyond this; the general one is much slower.
        isASCII(utf8) ? String(decoding: utf8, as: UTF8.self) : String(validating: utf8, as: UTF8.self)
    }

    private static func isASCII(_ bytes: UnsafeRawBufferPointer) -> Bool {
        var seen: UInt8 = 0
        for byte in bytes { seen |= byte }
        return seen < 0x80
    }

    mutating func word<W: RawRepresentable>(_ type: W.Type) throws(FormatError) -> W
    where W.RawValue == String {
        guard let word = W(rawValue: try text()) else { throw .unknownWord }
        return word
    }

    func finish() throws(FormatError) {
        if remaining != 0 { throw .trailingBytes }
    }
}
