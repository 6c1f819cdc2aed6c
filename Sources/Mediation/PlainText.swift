// Text tests over bytes. Paths and header values are ASCII, and every exchange asks a dozen of these
// questions, so none of them may cost a walk over grapheme clusters.

extension String {
    /// Whether `part` stands anywhere in the text.
    func holds(_ part: StaticString) -> Bool {
        part.withUTF8Buffer { wanted in
            guard let first = wanted.first else { return true }
            var text = self
            return text.withUTF8 { bytes in
                guard bytes.count >= wanted.count else { return false }
                for start in 0...bytes.count - wanted.count where bytes[start] == first {
                    if bytes[start..<start + wanted.count].elementsEqual(wanted) { return true }
                }
                return false
            }
        }
    }

    /// Whether the text ends in `ending`.
    func ends(_ ending: String) -> Bool {
        utf8.count >= ending.utf8.count && utf8.suffix(ending.utf8.count).elementsEqual(ending.utf8)
    }

    /// The pieces between separators, empty ones left out.
    func pieces(_ separator: Unicode.Scalar) -> [Substring] {
        utf8.split(separator: UInt8(ascii: separator)).map { self[$0.startIndex..<$0.endIndex] }
    }
}
