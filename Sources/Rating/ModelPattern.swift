// Which models a price is for: an exact name, or a pattern with `*` for any run of characters.

/// A model name or pattern, compared byte by byte.
public struct ModelPattern: Hashable, Sendable {
    public let text: String
    let bytes: [UInt8]
    /// What decides between patterns that match the same model: an exact name beats every pattern, and
    /// among patterns the one with more literal bytes wins.
    let rank: Int

    static let star = UInt8(ascii: "*")
    static let exactRank = Int.max

    public init(_ text: String) {
        self.text = text
        bytes = Array(text.utf8)
        let literals = bytes.count { $0 != Self.star }
        rank = literals == bytes.count ? Self.exactRank : literals
    }

    var isExact: Bool { rank == Self.exactRank }

    public func matches(_ model: String) -> Bool {
        var model = model
        return model.withUTF8 { Self.matches(bytes, $0) }
    }

    /// Greedy matching with one point of return: linear for one star, quadratic at worst.
    static func matches(_ pattern: [UInt8], _ text: UnsafeBufferPointer<UInt8>) -> Bool {
        // Most names that do not match differ in their last letter already.
        if let last = text.last, !pattern.isEmpty, pattern[pattern.count - 1] != star,
            pattern[pattern.count - 1] != last
        {
            return false
        }
        var p = 0
        var t = 0
        var retry: (pattern: Int, text: Int)?
        while t < text.count {
            if p < pattern.count, pattern[p] == star {
                retry = (p + 1, t)
                p += 1
            } else if p < pattern.count, pattern[p] == text[t] {
                p += 1
                t += 1
            } else if let back = retry {
                p = back.pattern
                t = back.text + 1
                retry = (back.pattern, back.text + 1)
            } else {
                return false
            }
        }
        while p < pattern.count, pattern[p] == star { p += 1 }
        return p == pattern.count
    }

    /// Whether some model matches both patterns.
    func overlaps(_ other: ModelPattern) -> Bool {
        if isExact { return bytes.withUnsafeBufferPointer { Self.matches(other.bytes, $0) } }
        if other.isExact { return other.bytes.withUnsafeBufferPointer { Self.matches(bytes, $0) } }
        // reachable[j]: after the first i elements of ours, the first j of theirs can be used up together.
        var row = [Bool](repeating: false, count: other.bytes.count + 1)
        for i in 0...bytes.count {
            var next = [Bool](repeating: false, count: other.bytes.count + 1)
            for j in 0...other.bytes.count {
                if i == 0, j == 0 {
                    next[0] = true
                    continue
                }
                let above = i > 0 && row[j]
                let left = j > 0 && next[j - 1]
                let diagonal = i > 0 && j > 0 && row[j - 1]
                let ours = i > 0 && bytes[i - 1] == Self.star
                let theirs = j > 0 && other.bytes[j - 1] == Self.star
                if ours || theirs {
                    // A star ends without taking anything, or takes one more element of the other side.
                    next[j] = (ours && (above || left)) || (theirs && (left || above))
                } else {
                    next[j] = diagonal && bytes[i - 1] == other.bytes[j - 1]
                }
            }
            row = next
        }
        return row[other.bytes.count]
    }

    /// Whether every model of `other` surely matches this pattern too (it may say no where it does).
    func covers(_ other: ModelPattern) -> Bool {
        // A star of theirs can only be taken by a star of ours, so their text serves as the example.
        other.bytes.withUnsafeBufferPointer { Self.matches(bytes, $0) }
    }
}
