// Imported prices as the text of a price file, complete in the sense of `prices check`: what a list
// leaves to its reader is written out under `same_as`, so that it can be seen and corrected.
public import Terms

extension [ImportedPrice] {
    /// The YAML of a price file of one provider, by id.
    ///
    /// - Parameter head: lines of comment for its beginning.
    public func priceFile(provider: String, head: [String], checked: CivilDate, source: String) -> String {
        var text = head.map { "# \($0)\n" }.joined()
        text += "provider: \(ImportedPrice.quoted(provider))\ncurrency: USD\nprices:\n"
        for price in sorted(by: { ($0.id, $0.models.joined()) < ($1.id, $1.models.joined()) }) {
            text += price.yaml(checked: checked, source: source)
        }
        return text
    }
}

extension ImportedPrice {
    fileprivate func yaml(checked: CivilDate, source: String) -> String {
        var text = "- id: \(Self.quoted(id))\n"
        text += "  models: [\(models.map(Self.quoted).joined(separator: ", "))]\n"
        text += "  from: \(from.iso8601)\n"
        if let until { text += "  until: \(until.iso8601)\n" }
        text += "  source: \(Self.quoted(self.source ?? source))\n"
        text += "  checked: \(checked.iso8601)\n"
        if !when.isEmpty {
            text += "  when: {\(when.map { "\($0.key): \($0.value)" }.joined(separator: ", "))}\n"
        }
        text += "  rates:\n"
        for (meter, rate) in rates.sorted(by: { $0.key < $1.key }) {
            text += "    \(meter.rawValue): {amount: \"\(rate.amount.plain)\", per: \(rate.per)}\n"
        }
        let same = sameAs
        if !same.isEmpty {
            text += "  same_as: {\(same.map { "\($0.0): \($0.1)" }.joined(separator: ", "))}\n"
        }
        return text
    }

    /// Meters without a price of their own that are billed like another: thinking like output, images and
    /// documents like text, a cache without a price of its own like fresh input.
    private var sameAs: [(String, String)] {
        var found: [(String, String)] = []
        func add(_ meter: Meter, _ other: Meter) {
            guard rates[meter] == nil, rates[other] != nil else { return }
            found.append((meter.rawValue, other.rawValue))
        }
        let generates = rates[.output] != nil
        add(.reasoning, .output)
        guard rates[.freshInput] != nil else { return found }
        let write = [Meter.cacheWrite5m, .cacheWrite30m, .cacheWrite].first { rates[$0] != nil }
        if generates || rates[.cacheRead] != nil || write != nil { add(.cacheRead, .freshInput) }
        if let write {
            for other in [Meter.cacheWrite, .cacheWrite5m, .cacheWrite30m] where other != write {
                if other == .cacheWrite || write == .cacheWrite { add(other, write) }
            }
            for (short, long) in [(Meter.cacheWrite5m, Meter.cacheWrite1h), (.cacheWrite30m, .cacheWrite12h)]
            where rates[short] != nil || write == .cacheWrite {
                add(long, rates[short] == nil ? write : short)
            }
        } else if generates {
            add(.cacheWrite, .freshInput)
        }
        if generates {
            for meter in [Meter.imageInput, .documentInput, .toolInput] { add(meter, .freshInput) }
            let cached = Meter("in.text.cache_read")
            add(.imageCacheRead, rates[cached] == nil ? .freshInput : cached)
        }
        if rates[.audioInput] != nil {
            add(.audioCacheRead, .audioInput)
        }
        return found
    }

    private static func padded(_ value: UInt32) -> String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 8 - digits.count) + digits
    }

    /// A YAML scalar: plain where nothing in it could be read as something else.
    fileprivate static func quoted(_ text: String) -> String {
        let plain = text.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."),
                UInt8(ascii: "_"), UInt8(ascii: "/"), UInt8(ascii: "+"):
                true
            default: false
            }
        }
        let startsWithLetter = text.utf8.first.map { ($0 | 0x20) >= 0x61 && ($0 | 0x20) <= 0x7a } ?? false
        if plain, startsWithLetter, !["null", "true", "false", "yes", "no"].contains(text) { return text }
        var result = "\""
        for character in text.unicodeScalars {
            switch character {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case " "..."~": result.unicodeScalars.append(character)
            // Others escaped: a YAML reader refuses some of them as they are.
            default: result += "\\U" + padded(character.value)
            }
        }
        return result + "\""
    }
}
