// The text of a price file, thinned out before it is parsed: a command that asks for one model need not
// read three thousand prices. Prices are left out only where the text shows without doubt that they name
// other models; lines keep their numbers.
import Glibc
import Rating

struct PriceText {
    private(set) var bytes: [UInt8]
    /// Whether anything is left that may name the model.
    private(set) var keepsAny = true

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    private static let newline = UInt8(ascii: "\n")
    private static let price = Array("- id:".utf8)
    private static let models = Array("  models: [".utf8)

    /// Blanks out the prices whose `models` do not match.
    mutating func keep(naming model: String) {
        let model = Array(model.utf8)
        keepsAny = bytes.withUnsafeMutableBufferPointer { bytes in
            var keepsAny = false
            var hasPrices = false
            // The price that is being read: where it began, and what its `models` have shown.
            var start: Int?
            var names: Bool?
            func end(at end: Int) {
                guard let start else { return }
                if names ?? true {
                    keepsAny = true
                } else if !Self.definesAnchor(bytes, start..<end) {
                    for index in start..<end where bytes[index] != Self.newline {
                        bytes[index] = UInt8(ascii: " ")
                    }
                }
            }
            Self.forEachLine(UnsafeBufferPointer(bytes)) { line in
                if Self.begins(UnsafeBufferPointer(bytes), line, Self.price) {
                    end(at: line.lowerBound)
                    (start, names, hasPrices) = (line.lowerBound, nil, true)
                } else if names == nil, Self.begins(UnsafeBufferPointer(bytes), line, Self.models) {
                    let list = line.lowerBound + Self.models.count..<line.upperBound
                    names = Self.mayName(model, UnsafeBufferPointer(rebasing: bytes[list]))
                }
            }
            end(at: bytes.count)
            return keepsAny || !hasPrices
        }
    }

    /// Hands out the places of the lines, without their ends.
    private static func forEachLine(_ bytes: UnsafeBufferPointer<UInt8>, _ body: (Range<Int>) -> Void) {
        guard let base = bytes.baseAddress else { return }
        var line = 0
        while line < bytes.count {
            let found = memchr(base + line, Int32(newline), bytes.count - line)
            let end = found.map {
                $0.assumingMemoryBound(to: UInt8.self) - UnsafeMutablePointer(mutating: base)
            }
            body(line..<(end ?? bytes.count))
            line = (end ?? bytes.count) + 1
        }
    }

    private static func begins(
        _ bytes: UnsafeBufferPointer<UInt8>, _ line: Range<Int>, _ word: [UInt8]
    ) -> Bool {
        guard line.count >= word.count, let base = bytes.baseAddress else { return false }
        return memcmp(base + line.lowerBound, word, word.count) == 0
    }

    /// An anchor in one price may be used in another.
    private static func definesAnchor(
        _ bytes: UnsafeMutableBufferPointer<UInt8>, _ block: Range<Int>
    ) -> Bool {
        guard let base = bytes.baseAddress else { return false }
        var at = block.lowerBound + 1
        while at < block.upperBound, let found = memchr(base + at, 0x26, block.upperBound - at) {
            let place = found.assumingMemoryBound(to: UInt8.self) - base
            if bytes[place - 1] == UInt8(ascii: " ") { return true }
            at = place + 1
        }
        return false
    }

    /// Whether a list of models, behind its bracket, may name the model; surely not only where it is a plain
    /// list on one line.
    private static func mayName(_ model: [UInt8], _ list: UnsafeBufferPointer<UInt8>) -> Bool {
        var names = false
        let isPlain = forEachName(list) { name in
            if name.contains(UInt8(ascii: "*")) {
                let text = String(decoding: model, as: UTF8.self)
                names = names || ModelPattern(String(decoding: name, as: UTF8.self)).matches(text)
            } else {
                names = names || name.elementsEqual(model)
            }
        }
        return names || !isPlain
    }

    /// - Returns: false for what is no plain list on one line.
    private static func forEachName(
        _ list: UnsafeBufferPointer<UInt8>, _ body: (Slice<UnsafeBufferPointer<UInt8>>) -> Void
    ) -> Bool {
        guard let end = list.firstIndex(of: UInt8(ascii: "]")), !list.contains(UInt8(ascii: "\\")) else {
            return false
        }
        let quotes = [UInt8(ascii: " "), UInt8(ascii: "\""), UInt8(ascii: "'")]
        var at = 0
        while at < end {
            let comma = list[at..<end].firstIndex(of: UInt8(ascii: ",")) ?? end
            var first = at
            var last = comma
            while first < last, quotes.contains(list[first]) { first += 1 }
            while first < last, quotes.contains(list[last - 1]) { last -= 1 }
            if first < last { body(list[first..<last]) }
            at = comma + 1
        }
        return true
    }

    /// All names in plain lists of models, patterns among them: for a suggestion, which may miss one.
    var names: [String] {
        bytes.withUnsafeBufferPointer { bytes in
            var names: [String] = []
            Self.forEachLine(bytes) { line in
                guard Self.begins(bytes, line, Self.models) else { return }
                let list = line.lowerBound + Self.models.count..<line.upperBound
                _ = Self.forEachName(UnsafeBufferPointer(rebasing: bytes[list])) {
                    names.append(String(decoding: $0, as: UTF8.self))
                }
            }
            return names
        }
    }
}
