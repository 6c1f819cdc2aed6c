// The form of `host [":" port]` in `Host` and in absolute targets. The relay writes `Host` anew and routes
// by path, so nothing depends on what stands there; but a name that others would not take is a sign of a
// message that is meant to be read differently somewhere, and is refused.

enum AuthorityCheck {
    /// Whether the bytes of `range` are a name or an address, with a port from 0 to 65535 or without one.
    static func isValid(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Bool {
        guard let end = nameEnd(bytes, range) else { return false }
        if end == range.upperBound { return true }
        guard bytes[end] == HTTPByte.colon else { return false }
        return isPort(bytes, end &+ 1..<range.upperBound)
    }

    /// - Returns: where the name ends; `nil` when it is none.
    private static func nameEnd(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Int? {
        guard !range.isEmpty else { return nil }
        if bytes[range.lowerBound] == HTTPByte.openBracket { return addressEnd(bytes, range) }
        var at = range.lowerBound
        var wasDot = true
        while at < range.upperBound, bytes[at] != HTTPByte.colon {
            let byte = bytes[at]
            guard HTTPByte.isHostName(byte) else { return nil }
            let isDot = byte == HTTPByte.dot
            if isDot, wasDot { return nil }
            wasDot = isDot
            at &+= 1
        }
        return at > range.lowerBound ? at : nil
    }

    /// An IPv6 address in brackets, by its alphabet.
    private static func addressEnd(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Int? {
        var at = range.lowerBound &+ 1
        let start = at
        while at < range.upperBound, bytes[at] != HTTPByte.closeBracket {
            let byte = bytes[at]
            let letter = (byte | 0x20) &- 0x61
            guard byte &- 0x30 < 10 || letter < 6 || byte == HTTPByte.colon || byte == HTTPByte.dot
            else { return nil }
            at &+= 1
        }
        return at < range.upperBound && at > start ? at &+ 1 : nil
    }

    private static func isPort(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Bool {
        guard !range.isEmpty, range.count <= 5 else { return false }
        var port = 0
        for at in range {
            let digit = bytes[at] &- 0x30
            guard digit < 10 else { return false }
            port = port &* 10 &+ Int(digit)
        }
        return port <= 65_535
    }
}
