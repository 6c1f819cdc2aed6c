// What the path of a request target may not be, beyond its alphabet: ways of spelling that one server
// resolves and the next does not. A path that climbs by `..` could leave the prefix that the configuration
// gives an upstream, so it is refused however it is written; so are percent signs that encode nothing, and
// an encoded NUL. The query is free: nobody resolves it.

enum TargetCheck {
    private static let dot: UInt8 = 0x2E
    private static let percent: UInt8 = 0x25
    private static let backslash: UInt8 = 0x5C

    /// - Parameter path: path and query in `bytes`, beginning with a slash.
    static func check(_ bytes: Span<UInt8>, _ path: Range<Int>) throws(HTTPRefusal) {
        for at in path {
            let byte = bytes[at]
            if byte == HTTPByte.question { return }
            if byte == dot || byte == percent { return try resolve(bytes, path) }
        }
    }

    /// Walks the segments as a server sees them that undoes percent encoding first.
    private static func resolve(_ bytes: Span<UInt8>, _ path: Range<Int>) throws(HTTPRefusal) {
        var at = path.lowerBound
        var length = 0
        var dots = 0
        while at < path.upperBound, bytes[at] != HTTPByte.question {
            var byte = bytes[at]
            at &+= 1
            if byte == percent {
                guard at &+ 1 < path.upperBound, let high = digit(bytes[at]), let low = digit(bytes[at &+ 1])
                else { throw .badTarget }
                byte = high << 4 | low
                at &+= 2
                guard byte != 0 else { throw .badTarget }
            }
            if byte == HTTPByte.slash || byte == backslash {
                if length == 2, dots == 2 { throw .badTarget }
                length = 0
                dots = 0
            } else {
                length &+= 1
                if byte == dot { dots &+= 1 }
            }
        }
        if length == 2, dots == 2 { throw .badTarget }
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        if byte &- 0x30 < 10 { return byte &- 0x30 }
        let letter = (byte | 0x20) &- 0x61
        return letter < 6 ? letter &+ 10 : nil
    }
}
