// The text of a price file, thinned out before it is parsed: a command that asks for one model need not
// read two thousand prices. Prices are left out only where the text shows without doubt that they name
// other models; lines keep their numbers.
import Rating

struct PriceText {
    private(set) var bytes: [UInt8]
    /// Whether anything is left that may name the model.
    private(set) var keepsAny = true

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    private static let newline = UInt8(ascii: "\n")

    /// Blanks out the prices whose `models` match none of these.
    mutating func keep(naming models: Set<String>) {
        var starts: [Int] = []
        var line = 0
        while line < bytes.count {
            if bytes[line...].starts(with: "- id:".utf8) { starts.append(line) }
            guard let end = bytes[line...].firstIndex(of: Self.newline) else { break }
            line = end + 1
        }
        guard !starts.isEmpty else { return }
        keepsAny = false
        for (number, start) in starts.enumerated() {
            let end = number + 1 < starts.count ? starts[number + 1] : bytes.count
            if Self.mayName(models, bytes[start..<end]) {
                keepsAny = true
            } else if !Self.definesAnchor(bytes[start..<end]) {
                for index in start..<end where bytes[index] != Self.newline {
                    bytes[index] = UInt8(ascii: " ")
                }
            }
        }
    }

    /// An anchor in one price may be used in another.
    private static func definesAnchor(_ block: ArraySlice<UInt8>) -> Bool {
        zip(block, block.dropFirst()).contains { $0 == UInt8(ascii: " ") && $1 == UInt8(ascii: "&") }
    }

    /// Whether a price may name the model; surely not only where `models` is a plain list on one line.
    private static func mayName(_ models: Set<String>, _ block: ArraySlice<UInt8>) -> Bool {
        for line in block.split(separator: newline) where line.starts(with: "  models: [".utf8) {
            guard let names = names(in: line) else { return true }
            return names.contains { name in
                let pattern = ModelPattern(name)
                return models.contains { pattern.matches($0) }
            }
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
        bytes.split(separator: Self.newline).flatMap { line in
            line.starts(with: "  models: [".utf8) ? Self.names(in: line) ?? [] : []
        }
    }

    /// Nil for what is no plain list on one line.
    private static func names(in line: ArraySlice<UInt8>) -> [String]? {
        let list = line.dropFirst("  models: [".utf8.count)
        guard let end = list.firstIndex(of: UInt8(ascii: "]")), !list.contains(UInt8(ascii: "\\")) else {
            return nil
        }
        return list[..<end].split(separator: UInt8(ascii: ",")).map { word in
            let quotes = [UInt8(ascii: " "), UInt8(ascii: "\""), UInt8(ascii: "'")]
            let bare = word.drop { quotes.contains($0) }.reversed().drop { quotes.contains($0) }
            return String(decoding: bare.reversed(), as: UTF8.self)
        }
    }
}
