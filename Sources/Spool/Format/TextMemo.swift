// Texts that were read before. Nearly every record repeats the names of those before it (tenant, model,
// meters, states), and making a text anew costs ten times as much as finding it here.

/// A small table of short texts, found by their bytes. For one thread.
final class TextMemo {
    /// Texts kept; a newer one takes the place of one with the same slot.
    private static let slots = 256
    /// Bytes of the longest text that is looked for here: four words.
    static let limit = 32

    private struct Entry {
        var length = -1
        var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
        var text = ""
    }

    private var entries = [Entry](repeating: Entry(), count: TextMemo.slots)

    /// The text that these bytes are; nil when it is not kept.
    ///
    /// - Parameters:
    ///   - readable: bytes from the text's first to the end of what it stands in.
    ///   - make: makes the text; nil when the bytes are none.
    func text(
        _ bytes: UnsafeRawBufferPointer, readable: Int, make: (UnsafeRawBufferPointer) -> String?
    ) -> String? {
        guard bytes.count <= Self.limit else { return make(bytes) }
        let words = readable >= Self.limit ? Self.masked(bytes) : Self.words(bytes)
        let mixed =
            (words.0 ^ words.1 &* 3 ^ words.2 &* 5 ^ words.3 &* 7 ^ UInt64(bytes.count))
            &* 0x9e37_79b9_7f4a_7c15
        let slot = Int(truncatingIfNeeded: mixed >> 56)
        if entries[slot].length == bytes.count, entries[slot].words == words { return entries[slot].text }
        guard let text = make(bytes) else { return nil }
        entries[slot] = Entry(length: bytes.count, words: words, text: text)
        return text
    }

    /// The same as ``words(_:)`` where so many bytes may be read as a text can have: without a branch.
    @inline(__always)
    private static func masked(_ bytes: UnsafeRawBufferPointer) -> (UInt64, UInt64, UInt64, UInt64) {
        guard let start = bytes.baseAddress else { return (0, 0, 0, 0) }
        func word(_ at: Int) -> UInt64 {
            let beyond = max(0, min(8, at &+ 8 &- bytes.count))
            // Shifting by a whole word gives zero.
            return UInt64(littleEndian: start.loadUnaligned(fromByteOffset: at, as: UInt64.self))
                & (UInt64.max >> UInt64(beyond &* 8))
        }
        return (word(0), word(8), word(16), word(24))
    }

    /// The bytes, with zeros behind them.
    private static func words(_ bytes: UnsafeRawBufferPointer) -> (UInt64, UInt64, UInt64, UInt64) {
        (word(bytes, 0), word(bytes, 8), word(bytes, 16), word(bytes, 24))
    }

    @inline(__always)
    private static func word(_ bytes: UnsafeRawBufferPointer, _ from: Int) -> UInt64 {
        if from &+ 8 <= bytes.count {
            return UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: from, as: UInt64.self))
        }
        var word: UInt64 = 0
        var at = from
        while at < bytes.count {
            word |= UInt64(bytes[at]) &<< UInt64((at &- from) &* 8)
            at &+= 1
        }
        return word
    }
}
