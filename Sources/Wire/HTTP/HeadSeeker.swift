// Finds the end of a message head while its bytes dribble in. It remembers how far it has looked, so a
// head that arrives byte by byte costs as much as one that arrives whole, and it refuses a line that
// ends in a bare line feed at once instead of waiting for an end that will never come.

import Glibc

/// Looks for the blank line that ends a head.
public struct HeadSeeker: Sendable {
    public enum Answer: Hashable, Sendable {
        case more
        /// The head is complete and has so many bytes, the blank line included.
        case head(Int)
        case refused(HTTPRefusal)
    }

    private var examined = 0
    private var lineStart = 0
    private var lines = 0

    public init() {}

    /// Continues the search.
    ///
    /// - Parameter bytes: everything received since the head began; what an earlier call saw is not
    ///   read again.
    public mutating func seek(in bytes: Span<UInt8>, limits: HeadLimits) -> Answer {
        while examined < bytes.count {
            let from = examined
            let found = bytes.withUnsafeBufferPointer { buffer -> Int? in
                guard let base = buffer.baseAddress,
                    let hit = memchr(base + from, Int32(HTTPByte.lineFeed), buffer.count - from)
                else { return nil }
                return UnsafeRawPointer(hit) - UnsafeRawPointer(base)
            }
            guard let end = found else {
                examined = bytes.count
                break
            }
            examined = end + 1
            guard end > lineStart, bytes[end - 1] == HTTPByte.carriageReturn else {
                return .refused(.bareLineFeed)
            }
            if end - 1 == lineStart {
                // One empty line before a request is ignored (RFC 9112 section 2.2).
                guard lines == 0, lineStart == 0 else {
                    return examined > limits.bytes ? .refused(.headTooLarge) : .head(examined)
                }
            } else {
                lines += 1
                if lines > limits.fields + 1 { return .refused(.tooManyFields) }
            }
            lineStart = examined
        }
        return bytes.count >= limits.bytes ? .refused(.headTooLarge) : .more
    }
}
