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
    private static let modelLines = Array("  models:".utf8)
    private static let modelLine = Array("  - ".utf8)

    /// Leaves empty lines of the prices whose `models` match none of these.
    mutating func keep(naming models: Set<String>) {
        let models = models.map { Array($0.utf8) }
        var left = 0
        keepsAny = bytes.withUnsafeMutableBufferPointer { bytes in
            var keepsAny = false
            // What is being read, the head of the file or a price: where it began, in bytes and lines, and
            // what its `models` have shown.
            var (start, firstLine, line) = (0, 0, 0)
            var isPrice = false
            var names: Bool?
            // Between a `models:` and the end of the lines that name one each.
            var isListing = false
            func end(at end: Int) {
                guard let base = bytes.baseAddress else { return }
                if isPrice, names ?? true { keepsAny = true }
                if !isPrice || names ?? true || Self.definesAnchor(bytes, start..<end) {
                    memmove(base + left, base + start, end - start)
                    left += end - start
                } else {
                    // No more than one byte for each line that was there.
                    let lines = min(line - firstLine, end - start)
                    memset(base + left, Int32(Self.newline), lines)
                    left += lines
                }
                (start, firstLine) = (end, line)
            }
            Self.forEachLine(UnsafeBufferPointer(bytes)) { place in
                if Self.begins(UnsafeBufferPointer(bytes), place, Self.price) {
                    end(at: place.lowerBound)
                    (isPrice, names, isListing) = (true, nil, false)
                } else if isListing, Self.begins(UnsafeBufferPointer(bytes), place, Self.modelLine) {
                    let name = place.lowerBound + Self.modelLine.count..<place.upperBound
                    let text = UnsafeBufferPointer(rebasing: bytes[name])
                    // What is found is not forgotten, and what is no plain name may be any.
                    names = (names ?? false) || Self.mayBe(models, text)
                } else if names == nil, place.count == Self.modelLines.count,
                    Self.begins(UnsafeBufferPointer(bytes), place, Self.modelLines)
                {
                    isListing = true
                } else if isListing {
                    // The next field ends the list; behind anything else it may go on.
                    isListing = false
                    if !Self.isField(UnsafeBufferPointer(bytes), place) { names = true }
                } else if names == nil, Self.begins(UnsafeBufferPointer(bytes), place, Self.models) {
                    let list = place.lowerBound + Self.models.count..<place.upperBound
                    names = Self.mayName(models, UnsafeBufferPointer(rebasing: bytes[list]))
                }
                line += 1
            }
            end(at: bytes.count)
            return keepsAny || !isPrice
        }
        bytes.removeLast(bytes.count - left)
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

    private static let space = UInt8(ascii: " ")
    private static let colon = UInt8(ascii: ":")

    /// Whether a line begins a field of a price: two spaces and a letter.
    private static func isField(_ bytes: UnsafeBufferPointer<UInt8>, _ line: Range<Int>) -> Bool {
        guard line.count > 2, bytes[line.lowerBound] == space, bytes[line.lowerBound + 1] == space else {
            return false
        }
        return (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(bytes[line.lowerBound + 2])
    }

    /// Whether one line of a list of models may name one of these; surely not only where it is plain.
    private static func mayBe(_ models: [[UInt8]], _ line: UnsafeBufferPointer<UInt8>) -> Bool {
        let odd: [UInt8] = Array("\\,#&*!|>{}[]'\"\r\t".utf8)
        let isQuoted = line.first == UInt8(ascii: "\"") && line.last == UInt8(ascii: "\"") && line.count > 1
        let name = isQuoted ? line[1..<line.count - 1] : line[...]
        // A star is plain within quotes only, where it is a pattern.
        let isPlain = name.allSatisfy { byte in
            isQuoted ? byte != UInt8(ascii: "\\") && byte != UInt8(ascii: "\"") : !odd.contains(byte)
        }
        guard isPlain, !name.isEmpty, name.first != space, name.last != space,
            isQuoted || !zip(name, name.dropFirst()).contains(where: { $0 == colon && $1 == space }),
            isQuoted || name.last != colon
        else { return true }
        let text = String(decoding: name, as: UTF8.self)
        if name.contains(UInt8(ascii: "*")) {
            let pattern = ModelPattern(text)
            return models.contains { pattern.matches(String(decoding: $0, as: UTF8.self)) }
        }
        return models.contains { name.elementsEqual($0) }
    }

    /// Whether a list of models, behind its bracket, may name one of these; surely not only where it is a
    /// plain list on one line.
    private static func mayName(_ models: [[UInt8]], _ list: UnsafeBufferPointer<UInt8>) -> Bool {
        var names = false
        let isPlain = forEachName(list) { name in
            if name.contains(UInt8(ascii: "*")) {
                let pattern = ModelPattern(String(decoding: name, as: UTF8.self))
                names = names || models.contains { pattern.matches(String(decoding: $0, as: UTF8.self)) }
            } else {
                names = names || models.contains { name.elementsEqual($0) }
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

    /// Whether the file's prices are surely for others than a provider: its head, before the prices, names
    /// one, and nobody else beside it.
    func isForOthers(than provider: String) -> Bool {
        func canonical(_ text: ArraySlice<UInt8>) -> [UInt8] {
            text.filter { $0 != UInt8(ascii: " ") }.map { $0 == UInt8(ascii: "-") ? UInt8(ascii: "_") : $0 }
        }
        var named: [UInt8]?
        var line = 0
        while line < bytes.count, !bytes[line...].starts(with: "prices:".utf8) {
            let end = bytes[line...].firstIndex(of: Self.newline) ?? bytes.count
            if bytes[line..<end].starts(with: "also_for:".utf8) { return false }
            if bytes[line..<end].starts(with: "provider:".utf8) {
                named = canonical(bytes[(line + "provider:".utf8.count)..<end])
            }
            line = end + 1
        }
        // Quotes, comments and whatever else a name may be written with are not looked through.
        guard line < bytes.count, let named, !named.isEmpty,
            named.allSatisfy({
                ($0 | 0x20) >= 0x61 && ($0 | 0x20) <= 0x7A || $0 == 0x5F || ($0 >= 0x30 && $0 <= 0x39)
            })
        else { return false }
        return named != canonical(Array(provider.utf8)[...])
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
