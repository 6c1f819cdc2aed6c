// A copy of a request's head to compare later ones with. The heads that one program sends differ in nothing
// but the length of the body, so what was worked out for one of them holds for the next: two comparisons of
// memory instead of looking a dozen fields up.

import Glibc

/// The bytes of a head, and where in them the length of the body stands.
public struct HeadCopy: Sendable {
    private let bytes: [UInt8]
    /// The digits of `Content-Length`; empty, at the end, where there is none.
    private let length: Range<Int>

    public init(_ head: RequestHead) {
        bytes = head.fields.bytes
        length = head.fields.lengthRange
    }

    /// Whether the head differs from this one in the value of `Content-Length` at most.
    public func isLike(_ head: RequestHead) -> Bool {
        let other = head.fields.lengthRange
        let tail = bytes.count &- length.upperBound
        guard other.lowerBound == length.lowerBound, head.fields.bytes.count &- other.upperBound == tail
        else { return false }
        return bytes.withUnsafeBytes { mine in
            head.fields.bytes.withUnsafeBytes { others in
                guard let a = mine.baseAddress, let b = others.baseAddress else { return true }
                return memcmp(a, b, length.lowerBound) == 0
                    && memcmp(a + length.upperBound, b + other.upperBound, tail) == 0
            }
        }
    }

    /// A number that heads which are alike have in common.
    public static func hash(_ head: RequestHead) -> UInt64 {
        let gap = head.fields.lengthRange
        return head.fields.bytes.withUnsafeBytes { bytes in
            var hash: UInt64 = 0xcbf2_9ce4_8422_2325
            func mix(_ range: Range<Int>) {
                var at = range.lowerBound
                while at &+ 8 <= range.upperBound {
                    let word = bytes.loadUnaligned(fromByteOffset: at, as: UInt64.self)
                    hash = (hash ^ word) &* 0x9e37_79b9_7f4a_7c15
                    hash ^= hash >> 29
                    at &+= 8
                }
                while at < range.upperBound {
                    hash = (hash ^ UInt64(bytes[at])) &* 0x0000_0100_0000_01b3
                    at &+= 1
                }
            }
            mix(0..<gap.lowerBound)
            mix(gap.upperBound..<bytes.count)
            return hash
        }
    }
}

extension FieldBlock {
    /// The value of the one `Content-Length`; an empty range behind the bytes where there is none.
    var lengthRange: Range<Int> {
        for slot in slots where slot.role == .contentLength { return slot.value }
        return bytes.count..<bytes.count
    }
}
