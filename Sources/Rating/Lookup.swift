// The price book in the shape that rating a record needs: plain numbers and bit sets, so that trying the
// candidates of a model touches no string and no reference count. What it decides is defined by
// `Conditions.firstUnmet`; this is the same, prepared.
import Terms

/// Numbers for the words that the conditions on one selector mention.
struct WordTable: Sendable {
    /// Words that get a bit. With more, conditions that use the rest compare texts.
    static let capacity = 63

    /// The word of bit n, folded.
    private var words: [String] = []
    private var numbers: [String: Int] = [:]

    /// The bits of a condition's words, nil when one has no bit.
    mutating func mask(_ condition: Conditions.Words) -> UInt64? {
        var mask: UInt64 = 0
        for word in condition.words {
            let word = Self.folded(word)
            let number = numbers[word] ?? words.count
            guard number < Self.capacity else { return nil }
            if number == words.count {
                words.append(word)
                numbers[word] = number
            }
            mask |= 1 << UInt64(number)
        }
        return mask
    }

    /// The bit of a value, 0 when no condition mentions it.
    func bit(_ value: String?) -> UInt64 {
        // Most books have words for few selectors, and most exchanges have none for theirs.
        guard let value, !words.isEmpty else { return 0 }
        return bit(of: value)
    }

    private func bit(of value: String) -> UInt64 {
        if words.count <= 16 {
            // Few words are compared sooner than one is hashed: nearly all differ in length or first bytes.
            let (words, length) = (words.span, value.utf8.count)
            for number in words.indices where words[number].utf8.count == length && words[number] == value {
                return 1 << UInt64(number)
            }
        } else if let number = numbers[value] {
            return 1 << UInt64(number)
        }
        guard !Self.isFolded(value) else { return 0 }
        return numbers[Self.folded(value)].map { 1 << UInt64($0) } ?? 0
    }

    private static func isFolded(_ word: String) -> Bool {
        word.utf8.allSatisfy { !(UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) }
    }

    private static func folded(_ word: String) -> String {
        isFolded(word) ? word : String(decoding: word.utf8.map(Circumstances.lowered), as: UTF8.self)
    }
}

/// The words of every selector.
struct WordTables: Sendable {
    var tier = WordTable()
    var region = WordTable()
    var geo = WordTable()
    var speed = WordTable()
    var upstream = WordTable()

    mutating func mask(_ condition: Conditions.Words) -> UInt64? {
        switch condition.selector {
        case .serviceTier: tier.mask(condition)
        case .region: region.mask(condition)
        case .geo: geo.mask(condition)
        case .speed: speed.mask(condition)
        case .upstream: upstream.mask(condition)
        }
    }
}

/// What is known of one component, as bits.
struct Facts {
    var tier: UInt64 = 0
    var region: UInt64 = 0
    var geo: UInt64 = 0
    var speed: UInt64 = 0
    var upstream: UInt64 = 0
    var batch = false
    /// Negative: not added up yet.
    var inputTokens: Int64 = -1
    var microseconds: Int64 = 0
}

/// A price's date and conditions, as numbers.
struct Slot: Sendable {
    var from: Int64
    var until: Int64
    var inputFrom: Int64 = 0
    var inputTo = Int64.max
    /// 0: no condition.
    var tier: UInt64 = 0
    var region: UInt64 = 0
    var geo: UInt64 = 0
    var speed: UInt64 = 0
    var upstream: UInt64 = 0
    var batch: Bool?
    /// Something is left that numbers cannot say: windows, or words without a bit.
    var asksMore = false
    let count: Int

    init(_ entry: PriceEntry, _ words: inout WordTables) {
        from = entry.from.microseconds
        until = entry.until?.microseconds ?? .max
        count = entry.when.count
        batch = entry.when.batch
        asksMore = !entry.when.windows.isEmpty
        if let input = entry.when.input { (inputFrom, inputTo) = (input.lowerBound, input.upperBound) }
        for condition in entry.when.words {
            guard let mask = words.mask(condition) else {
                asksMore = true
                continue
            }
            switch condition.selector {
            case .serviceTier: tier = mask
            case .region: region = mask
            case .geo: geo = mask
            case .speed: speed = mask
            case .upstream: upstream = mask
            }
        }
    }

    var asksInput: Bool { inputFrom > 0 || inputTo < .max }

    func holds(_ facts: Facts) -> Bool {
        guard from <= facts.microseconds, facts.microseconds < until, batch == nil || batch == facts.batch
        else { return false }
        if asksInput, facts.inputTokens < inputFrom || facts.inputTokens > inputTo { return false }
        return (tier == 0 || tier & facts.tier != 0) && (region == 0 || region & facts.region != 0)
            && (geo == 0 || geo & facts.geo != 0) && (speed == 0 || speed & facts.speed != 0)
            && (upstream == 0 || upstream & facts.upstream != 0)
    }
}

/// What a charge takes from a price.
final class Card: Sendable {
    let id: String
    let currency: Currency
    /// The price books what the provider states.
    let booksStatement: Bool
    private let lines: [Line]
    /// The book's; ``Line/number`` is a place in it.
    private let prices: [UnitPrice]

    /// A rate without what rating does not need, and without a reference to count.
    private struct Line {
        let meter: Meter
        /// Of the meter's name, bytes. Names that differ mostly differ in it, and comparing texts costs more.
        let length: Int32
        let number: Int32
    }

    private init(_ entry: PriceEntry, _ prices: [UnitPrice], _ number: (Rate) -> Int32) {
        id = entry.id
        currency = entry.currency
        booksStatement = entry.rates.contains { $0.meter == .providerCost }
        lines = entry.rates.map {
            Line(meter: $0.meter, length: Int32($0.meter.rawValue.utf8.count), number: number($0))
        }
        self.prices = prices
    }

    /// The cards of all prices. A book has tens of thousands of rates and a few hundred amounts: each is kept
    /// once.
    static func cards(of entries: [PriceEntry]) -> [Card] {
        var prices: [UnitPrice] = []
        var numbers: [ObjectIdentifier: Int32] = [:]
        for entry in entries {
            for rate in entry.rates where numbers[ObjectIdentifier(rate.fixed)] == nil {
                numbers[ObjectIdentifier(rate.fixed)] = Int32(prices.count)
                prices.append(rate.unitPrice)
            }
        }
        return entries.map { Card($0, prices) { numbers[ObjectIdentifier($0.fixed)] ?? 0 } }
    }

    func prices(_ meter: Meter) -> Bool { lines.contains { $0.meter == meter } }

    /// What a quantity costs; nil without a rate, and where the product does not fit.
    ///
    /// - Parameter cursor: where the last one was found, 0 at first. Readings and rates are both in the
    ///   order of the meters' names, so the next is nearly always just behind.
    func price(
        of meter: Meter, _ quantity: Quantity, from cursor: inout Int
    ) -> (amount: Money, rounded: Bool)? {
        number(of: meter, from: &cursor).flatMap { prices[Int($0)].price(quantity) }
    }

    private func number(of meter: Meter, from cursor: inout Int) -> Int32? {
        let length = meter.rawValue.utf8.count
        return lines.withUnsafeBufferPointer { lines in
            for index in cursor..<lines.count
            where Int(lines[index].length) == length && lines[index].meter == meter {
                cursor = index + 1
                return lines[index].number
            }
            for index in 0..<min(cursor, lines.count)
            where Int(lines[index].length) == length && lines[index].meter == meter {
                return lines[index].number
            }
            guard let plainer = meter.plainer else { return nil }
            return lines.first { $0.meter == plainer }?.number
        }
    }
}
