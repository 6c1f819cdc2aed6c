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

    /// `tchar`: the bytes of methods and field names, as two 64-bit masks.
    @inline(__always)
    static func isToken(_ byte: UInt8) -> Bool {
        if byte < 64 { return (0x03FF_6CFA_0000_0000 as UInt64) >> UInt64(byte) & 1 == 1 }
        if byte < 128 { return (0x57FF_FFFF_C7FF_FFFE as UInt64) >> UInt64(byte &- 64) & 1 == 1 }
        return false
    }

    /// Visible characters, blanks, tabs and bytes above 127; no other control character.
    @inline(__always)
    static func isFieldValue(_ byte: UInt8) -> Bool { (byte >= 0x20 && byte != 0x7F) || byte == tab }

    /// Visible ASCII except `#`: a request target has no fragment.
    @inline(__always)
    static func isTarget(_ byte: UInt8) -> Bool { byte > 0x20 && byte < 0x7F && byte != 0x23 }

    /// The bytes of `uri-host [":" port]`.
    @inline(__always)
    static func isAuthority(_ byte: UInt8) -> Bool {
        // Letters, digits, - . _ ~ % ! $ & ' ( ) * + , ; = : [ ]
        if byte < 64 { return (0x2FFF_7FF2_0000_0000 as UInt64) >> UInt64(byte) & 1 == 1 }
        if byte < 128 { return (0x47FF_FFFE_AFFF_FFFE as UInt64) >> UInt64(byte &- 64) & 1 == 1 }
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
