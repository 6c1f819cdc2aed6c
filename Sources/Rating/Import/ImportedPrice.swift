// What an importer makes of somebody else's price list: prices in the shape of a price file, and a note
// for everything that was changed, assumed, or could not be said in it. Nothing is dropped without one.
public import Terms

/// An amount for so many units, before it is written to a price file.
public struct ImportedRate: Hashable, Sendable {
    public let amount: DecimalText
    public let per: Int64
    public init(amount: DecimalText, per: Int64) {
        self.amount = amount
        self.per = per
    }
}

/// One price of a price file, as text that is still to be written.
public struct ImportedPrice: Hashable, Sendable {
    public let provider: String
    /// Names and patterns.
    public var models: [String]
    /// What stands for the model in the id.
    public var name: String
    public var from: CivilDate
    public var until: CivilDate?
    /// Keys and YAML values of `when`, in the order in which they are written.
    public var when: [Condition] = []
    public var rates: [Meter: ImportedRate] = [:]
    public var source: String?

    // What a file that is there already says beside the list; see `ExistingPrices`.

    /// The moment of ``from``, where it is not midnight.
    var begins: Instant?
    /// When an earlier edition's price ended; see `EarlierPrices`.
    var ends: Instant?
    /// Whether the id has the day of ``from``: the month has two prices.
    var idsDay = false
    /// What stands behind `amount` and `per` of a rate.
    var rateTerms: [Meter: String] = [:]
    /// Meters priced like others, as far as the list says nothing about them.
    var aliases: [Meter: Meter] = [:]
    /// Lines under the price.
    var lines: [String] = []

    public struct Condition: Hashable, Sendable {
        public let key: String
        public let value: String
        /// In the price's id.
        public let word: String
    }

    /// `provider/model/2026-03`, and the conditions' words.
    public var id: String {
        let words = when.map(\.word).filter { !$0.isEmpty }.joined(separator: "+")
        let begin = from.iso8601.prefix(idsDay ? 10 : 7)
        return "\(provider)/\(name)/\(begin)" + (words.isEmpty ? "" : "/\(words)")
    }
}

/// Something that a person should know about one entry of the source.
public struct ImportNote: Hashable, Comparable, Sendable {
    public enum Kind: String, CaseIterable, Hashable, Sendable {
        /// A decimal that binary floating point had bent.
        case repaired
        /// The source says it, and price files cannot.
        case notRepresentable = "not-representable"
        /// The source leaves it open.
        case assumed
        /// Another entry of the source says the same, or something else for the same case.
        case duplicate
        /// The amount looks like another unit: left out.
        case doubtful
        /// Has no price at all.
        case noPrice = "no-price"
        /// The file that was there says it and the list does not: it stays.
        case kept
        /// The file that was there said something else.
        case changed
        /// A price of an earlier edition of the list stands in the file now.
        case added
    }
    public let kind: Kind
    /// The provider's name as the price file has it.
    public let provider: String
    /// The entry's key or id in the source.
    public let entry: String
    public let text: String

    public static func < (a: ImportNote, b: ImportNote) -> Bool {
        (a.provider, a.kind.rawValue, a.entry, a.text) < (b.provider, b.kind.rawValue, b.entry, b.text)
    }
}

/// How to read a source.
public struct ImportOptions: Hashable, Sendable {
    /// From when on prices hold that state no date.
    public var from: CivilDate
    /// The day on which the source was read.
    public var checked: CivilDate
    /// Only these providers; empty for all.
    public var providers: Set<String> = []
    /// Only these entries, by their names in the source; empty for all.
    public var entries: Set<String> = []

    public init(from: CivilDate, checked: CivilDate) {
        self.from = from
        self.checked = checked
    }

    func wants(_ provider: String) -> Bool { providers.isEmpty || providers.contains(provider) }
    func wants(entry: String) -> Bool { entries.isEmpty || entries.contains(entry) }
}

/// A source read to its end.
public struct PriceImport: Hashable, Sendable {
    public internal(set) var prices: [ImportedPrice] = []
    public internal(set) var notes: [ImportNote] = []
    /// Entries of the source that were looked at.
    public internal(set) var entries = 0

    /// Decimals, or zeros before the point, that an amount of money for one unit can have.
    private static let decimals = 40

    mutating func note(_ kind: ImportNote.Kind, _ provider: String, _ entry: String, _ text: String) {
        notes.append(ImportNote(kind: kind, provider: provider, entry: entry, text: text))
    }

    /// An amount of the source as the decimal that was meant.
    mutating func amount(
        _ document: Document, _ provider: String, _ entry: String, _ key: String
    ) -> DecimalText? {
        guard let text = document.text, let stated = DecimalText(text), !stated.negative,
            (-Self.decimals...Self.decimals).contains(stated.scale)
        else {
            note(.notRepresentable, provider, entry, "\(key): \(document.text ?? "no number")")
            return nil
        }
        guard let repaired = stated.repaired else { return stated }
        note(.repaired, provider, entry, "\(key): \(text) is \(repaired.plain)")
        return repaired
    }

    /// The prices of each provider, ready for a file of its own.
    public var byProvider: [String: [ImportedPrice]] { Dictionary(grouping: prices, by: \.provider) }

    /// Two prices for the same names under the same conditions would tie: the first stays. What is left
    /// gets ids that differ.
    mutating func removeDuplicates() {
        var seen: [String: Int] = [:]
        var kept: [ImportedPrice] = []
        for price in prices {
            let conditions = price.when.map { "\($0.key)=\($0.value)" }.joined(separator: ",")
            let key = "\(price.provider) \(price.models.sorted()) \(price.from.iso8601) \(conditions)"
            if let first = seen[key] {
                let same = kept[first].rates == price.rates
                note(
                    .duplicate, price.provider, price.name,
                    "\(price.id): \(same ? "the same as" : "left out, it contradicts") \(kept[first].id)")
                continue
            }
            seen[key] = kept.count
            kept.append(price)
        }
        prices = kept
        completePlaces()
        fuse()
        var ids: Set<String> = []
        for index in prices.indices {
            var number = 2
            let name = prices[index].name
            while !ids.insert(prices[index].id).inserted {
                prices[index].name = "\(name)~\(number)"
                number += 1
            }
        }
    }

    /// A price for one place holds for what it names; what it leaves out costs there as elsewhere.
    private mutating func completePlaces() {
        var plain: [String: [Meter: ImportedRate]] = [:]
        func key(_ price: ImportedPrice) -> String {
            let when = price.when.filter { !["region", "geo"].contains($0.key) }.map {
                "\($0.key)=\($0.value)"
            }
            return "\(price.provider) \(price.models) \(price.from.iso8601) \(when)"
        }
        func hasPlace(_ price: ImportedPrice) -> Bool {
            price.when.contains { ["region", "geo"].contains($0.key) }
        }
        for price in prices where !hasPlace(price) { plain[key(price)] = price.rates }
        for index in prices.indices where hasPlace(prices[index]) {
            let price = prices[index]
            for (meter, rate) in (plain[key(price)] ?? [:]).sorted(by: { $0.key < $1.key })
            where price.rates[meter] == nil {
                prices[index].rates[meter] = rate
                note(.assumed, price.provider, price.name, "\(price.id): \(meter.rawValue) as elsewhere")
            }
        }
    }
}
