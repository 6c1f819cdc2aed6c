// Imported prices as the text of a price file, complete in the sense of `prices check`: what a list
// leaves to its reader is written out under `same_as`, so that it can be seen and corrected.
public import Terms

extension [ImportedPrice] {
    /// The YAML of a price file of one provider, by id.
    ///
    /// - Parameters:
    ///   - head: lines of comment for its beginning.
    ///   - alsoFor: providers under other names that sell at these prices.
    ///   - kept: prices that stand in the file already and stay.
    public func priceFile(
        provider: String, head: [String], checked: CivilDate, source: String, alsoFor: [String] = [],
        kept: [KeptPrice] = []
    ) -> String {
        var text = head.map { "# \($0)\n" }.joined()
        text += "provider: \(ImportedPrice.quoted(provider))\n"
        if !alsoFor.isEmpty {
            text += "also_for: [\(alsoFor.map(ImportedPrice.quoted).joined(separator: ", "))]\n"
        }
        text += "currency: USD\nprices:\n"
        let prices =
            map { ($0.id, $0.models.joined(), $0.yaml(checked: checked, source: source)) }
            + kept.map { ($0.id, "", $0.yaml) }
        return prices.sorted { ($0.0, $0.1) < ($1.0, $1.1) }.reduce(into: text) { $0 += $1.2 }
    }
}

extension ImportedPrice {
    fileprivate func yaml(checked: CivilDate, source: String) -> String {
        var text = "- id: \(Self.quoted(id))\n"
        text += "  models: [\(models.map(Self.quoted).joined(separator: ", "))]\n"
        let begins = begins.flatMap { $0 == Instant(from) ? nil : $0.rfc3339 }
        text += "  from: \(begins ?? from.iso8601)\n"
        if let until = ends?.shortest ?? until?.iso8601 { text += "  until: \(until)\n" }
        text += "  source: \(Self.quoted(self.source ?? source))\n"
        text += "  checked: \(checked.iso8601)\n"
        if !when.isEmpty {
            text += "  when: {\(when.map { "\($0.key): \($0.value)" }.joined(separator: ", "))}\n"
        }
        text += "  rates:\n"
        for (meter, rate) in rates.sorted(by: { $0.key < $1.key }) {
            let terms = rateTerms[meter] ?? ""
            text += "    \(meter.rawValue): {amount: \"\(rate.amount.plain)\", per: \(rate.per)\(terms)}\n"
        }
        var same = sameAs
        for (meter, other) in aliases.sorted(by: { $0.key < $1.key }) {
            let isNew = rates[meter] == nil && !same.contains { $0.0 == meter.rawValue }
            let leads = rates[other] != nil || same.contains { $0.0 == other.rawValue }
            if isNew, leads { same.append((meter.rawValue, other.rawValue)) }
        }
        if !same.isEmpty {
            text += "  same_as: {\(same.map { "\($0.0): \($0.1)" }.joined(separator: ", "))}\n"
        }
        for line in lines { text += "  \(line)\n" }
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
    static func quoted(_ text: String) -> String {
        let startsWithLetter = text.utf8.first.map { ($0 | 0x20) >= 0x61 && ($0 | 0x20) <= 0x7a } ?? false
        if startsWithLetter, hasPlainBytes(text), !["null", "true", "false", "yes", "no"].contains(text) {
            return text
        }
        return inQuotes(text)
    }

    /// A scalar that was read without quotes: a number or a date stays plain.
    static func plain(_ text: String) -> String {
        let startsWithDigit =
            text.utf8.first.map { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } ?? false
        return ["true", "false"].contains(text) || (startsWithDigit && hasPlainBytes(text))
            ? text : quoted(text)
    }

    private static func hasPlainBytes(_ text: String) -> Bool {
        text.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."),
                UInt8(ascii: "_"), UInt8(ascii: "/"), UInt8(ascii: "+"):
                true
            default: false
            }
        }
    }

    static func inQuotes(_ text: String) -> String {
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
