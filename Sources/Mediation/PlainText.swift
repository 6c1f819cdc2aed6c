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

    /// The same for a part that a table has.
    func holds(text part: String) -> Bool {
        var (text, part) = (self, part)
        return text.withUTF8 { bytes in
            part.withUTF8 { wanted in
                guard bytes.count >= wanted.count else { return false }
                return (0...bytes.count - wanted.count).contains { start in
                    bytes[start..<start + wanted.count].elementsEqual(wanted)
                }
            }
        }
    }

    /// Whether the text ends in `ending`.
    func ends(_ ending: String) -> Bool {
        utf8.count >= ending.utf8.count && utf8.suffix(ending.utf8.count).elementsEqual(ending.utf8)
    }

    /// A host without its port, in lower case.
    var hostName: String {
        let end = utf8.firstIndex(of: UInt8(ascii: ":")) ?? endIndex
        let name = self[..<end]
        let isLower = name.utf8.allSatisfy { !(UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) }
        return isLower ? String(name) : name.lowercased()
    }

    /// The pieces between separators, empty ones left out.
    func pieces(_ separator: Unicode.Scalar) -> [Substring] {
        utf8.split(separator: UInt8(ascii: separator)).map { self[$0.startIndex..<$0.endIndex] }
    }
}
