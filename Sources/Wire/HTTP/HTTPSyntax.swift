// The alphabet of HTTP/1.1 (RFC 9110 section 5, RFC 9112 section 2): which bytes may stand in a token,
// a field value or a request target, and how names are compared. Everything else in this folder asks
// here, so that what is accepted and what is written stay one definition.

enum HTTPByte {
    static let tab: UInt8 = 0x09
    static let lineFeed: UInt8 = 0x0A
    static let carriageReturn: UInt8 = 0x0D
    static let space: UInt8 = 0x20
    static let comma: UInt8 = 0x2C
    static let slash: UInt8 = 0x2F
    static let colon: UInt8 = 0x3A
    static let semicolon: UInt8 = 0x3B
    static let dot: UInt8 = 0x2E
    static let question: UInt8 = 0x3F
    static let openBracket: UInt8 = 0x5B
    static let closeBracket: UInt8 = 0x5D

    /// `tchar`: the bytes of methods and field names, as two 64-bit masks.
    @inline(__always)
    static func isToken(_ byte: UInt8) -> Bool {
        if byte < 64 { return (0x03FF_6CFA_0000_0000 as UInt64) >> UInt64(byte) & 1 == 1 }
        if byte < 128 { return (0x57FF_FFFF_C7FF_FFFE as UInt64) >> UInt64(byte &- 64) & 1 == 1 }
        return false
    }

    /// The bytes of methods: capitals, `-` and `_`. A token may have more, but no method does, and servers in
    /// front of which a relay stands refuse the rest.
    @inline(__always)
    static func isMethod(_ byte: UInt8) -> Bool { byte &- 0x41 < 26 || byte == 0x2D || byte == 0x5F }

    /// Visible characters, blanks, tabs and bytes above 127; no other control character.
    @inline(__always)
    static func isFieldValue(_ byte: UInt8) -> Bool { (byte >= 0x20 && byte != 0x7F) || byte == tab }

    /// Visible ASCII except `#`: a request target has no fragment.
    @inline(__always)
    static func isTarget(_ byte: UInt8) -> Bool { byte > 0x20 && byte < 0x7F && byte != 0x23 }

    /// The bytes of a host's name: letters, digits and `-._~`. A registered name may have more (RFC 3986),
    /// but none that exists does.
    @inline(__always)
    static func isHostName(_ byte: UInt8) -> Bool {
        if byte < 64 { return (0x03FF_6000_0000_0000 as UInt64) >> UInt64(byte) & 1 == 1 }
        if byte < 128 { return (0x47FF_FFFE_87FF_FFFE as UInt64) >> UInt64(byte &- 64) & 1 == 1 }
        return false
    }

    @inline(__always)
    static func isBlank(_ byte: UInt8) -> Bool { byte == space || byte == tab }

    @inline(__always)
    static func lowercased(_ byte: UInt8) -> UInt8 { (byte &- 0x41) < 26 ? byte | 0x20 : byte }
}

extension Span<UInt8> {
    /// Whether the bytes of `range` spell `word`, ignoring the case of ASCII letters.
    /// `word` must be in lower case.
    @inline(__always)
    func spells(_ word: StaticString, _ range: Range<Int>) -> Bool {
        guard range.count == word.utf8CodeUnitCount else { return false }
        let letters = word.utf8Start
        var offset = 0
        while offset < range.count {
            if HTTPByte.lowercased(self[range.lowerBound &+ offset]) != letters[offset] { return false }
            offset &+= 1
        }
        return true
    }
}
