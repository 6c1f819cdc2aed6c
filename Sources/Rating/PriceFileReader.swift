// A parsed document to price entries. Every number is decimal text and stays exact; every mistake is
// noted with its line and reading goes on, so that one run shows them all.
import Terms

struct PriceFileReader {
    let file: String
    var problems: [PriceProblem] = []
    /// Of the rates read so far: the same few numbers stand in a file again and again.
    private var fixed: [Rate.Written: Rate.Fixed] = [:]
    /// Likewise the pages that prices are from: one text for all that name it.
    private var sources: Set<String> = []

    init(file: String) { self.file = file }

    mutating func note(_ kind: PriceProblem.Kind, _ line: Int, _ text: String) {
        problems.append(PriceProblem(kind: kind, file: file, line: line, text: text))
    }

    struct Parts {
        var provider = ""
        var alsoFor: [String] = []
        var currency = Currency.usd
        var entries: [PriceEntry] = []
    }

    mutating func file(_ document: Document) -> Parts {
        var parts = Parts()
        allow(["provider", "also_for", "currency", "prices"], in: document, what: "a price file")
        parts.provider = Self.canonical(word("provider", in: document) ?? "")
        parts.alsoFor = words(document["also_for"], "also_for").map(Self.canonical)
        if let code = word("currency", in: document) { parts.currency = currency(code, in: document) }
        guard let prices = document["prices"] else {
            note(.missing, document.line, "`prices` is missing: the list of this provider's prices")
            return parts
        }
        for item in items(prices, "prices") {
            parts.entries += entries(item, parts)
        }
        return parts
    }

    /// Provider names are spelled with `_`; `-` is read as the same.
    static func canonical(_ provider: String) -> String {
        String(provider.map { $0 == "-" ? "_" : $0 })
    }

    private static let entryKeys = [
        "id", "models", "from", "until", "source", "checked", "when", "rates", "same_as", "multiply", "note",
        "premiums",
    ]

    private mutating func source(of node: Document) -> String? {
        node["source"]?.text.map { sources.insert($0).memberAfterInsert }
    }

    /// The price, and one for each of its premiums.
    private mutating func entries(_ node: Document, _ parts: Parts) -> [PriceEntry] {
        guard case .map = node.content else {
            note(.shape, node.line, "a price must be a map that begins with `id`")
            return []
        }
        let before = problems.count
        allow(Self.entryKeys, in: node, what: "a price")
        let id = word("id", in: node) ?? ""
        let models = words(node["models"], "models")
        if models.isEmpty { note(.missing, node.line, "`models` of \(id) is missing or empty") }
        let from = instant("from", in: node)
        if from == nil, node["from"]?.text == nil {
            note(.missing, node.line, "`from` of \(id) is missing: the day from which it holds")
        }
        let until = instant("until", in: node)
        if let from, let until, until <= from {
            note(.date, node["until"]?.line ?? node.line, "`until` of \(id) is not after `from`")
        }
        let multiply = ratio("multiply", in: node) ?? .one
        let rates = rates(node, multiply)
        let conditions = node["when"].map { self.conditions($0) } ?? Conditions()
        let checked = date("checked", in: node)
        let premiums = premiums(of: node, on: conditions)
        guard problems.count == before, let from else { return [] }
        func entry(_ id: String, _ when: Conditions, _ multiply: Ratio, _ rates: [Rate]) -> PriceEntry {
            PriceEntry(
                id: id, provider: parts.provider, currency: parts.currency,
                models: models.map(ModelPattern.init), from: from, until: until,
                source: source(of: node), checked: checked, when: when, multiply: multiply, rates: rates,
                file: file, line: node.line)
        }
        var found = [entry(id, conditions, multiply, rates)]
        for premium in premiums {
            guard let product = multiply.multiplied(by: premium.multiply) else {
                note(.number, node.line, "the factor of the premium \(premium.name) has too many digits")
                continue
            }
            found.append(
                entry("\(id)/\(premium.name)", premium.when, product, self.rates(node, product)))
        }
        return found
    }

    mutating func rates(_ node: Document, _ multiply: Ratio) -> [Rate] {
        var found: [Meter: Rate] = [:]
        let written = fields(node["rates"], "rates")
        for field in written {
            let meter = Meter(field.key)
            if let rate = rate(of: meter, field.value, multiply) { found[meter] = rate }
        }
        let aliases = fields(node["same_as"], "same_as")
        for field in aliases {
            let meter = Meter(field.key)
            if found[meter] != nil {
                note(.sameAs, field.line, "\(field.key) has a rate and stands under `same_as` too")
                continue
            }
            guard let target = target(of: field, aliases, found, written.map(\.key)) else { continue }
            found[meter] = Rate(meter: meter, fixed: target.fixed, sameAs: target.meter)
        }
        if found.isEmpty, problems.isEmpty { note(.missing, node.line, "`rates` is missing or empty") }
        return found.values.sorted { $0.meter < $1.meter }
    }

    /// A rate's own `multiply` stands in place of the price's: what a surcharge leaves alone says `"1"`.
    private mutating func rate(of meter: Meter, _ node: Document, _ multiply: Ratio) -> Rate? {
        allow(["amount", "per", "minimum", "multiply"], in: node, what: "a rate")
        guard let amount = decimal("amount", in: node), let per = whole("per", in: node) else { return nil }
        var minimum = Quantity.zero
        if node["minimum"].map({ !$0.isNull }) ?? false {
            guard let text = decimal("minimum", in: node)?.plain else { return nil }
            guard let quantity = Quantity(text), quantity >= .zero else {
                note(
                    .number, node.line,
                    "`minimum` must be a quantity, not negative, with nine decimals at most")
                return nil
            }
            minimum = quantity
        }
        let numbers = Rate.Written(
            amount: amount, per: per, multiply: ratio("multiply", in: node) ?? multiply, minimum: minimum)
        if let known = fixed[numbers] ?? Rate.Fixed(numbers) {
            fixed[numbers] = known
            return Rate(meter: meter, fixed: known)
        }
        note(
            .number, node["amount"]?.line ?? node.line,
            "\(meter.rawValue): \(node["amount"]?.text?.prefix(40) ?? "") per \(per) \(Self.fault(numbers))")
        return nil
    }

    /// Why numbers make no rate.
    private static func fault(_ numbers: Rate.Written) -> String {
        if numbers.amount.negative { return "is negative" }
        if numbers.per == 0 { return "is a price for no units" }
        let single = Ratio(numbers.amount).flatMap { amount in
            Ratio(numbers.per).inverse.flatMap { amount.multiplied(by: $0) }?.multiplied(by: numbers.multiply)
        }
        if single.map({ $0.exceeds(Rate.highestUnitPrice) }) ?? (numbers.amount.scale < 0) {
            return "is more than \(Rate.highestUnitPrice) for one unit"
        }
        return "has more digits than a price can have"
    }

    /// Two spellings of one currency would never be added up.
    private mutating func currency(_ code: String, in document: Document) -> Currency {
        if code.utf8.count == 3, code.uppercased() != code {
            note(
                .shape, document["currency"]?.line ?? document.line,
                "`currency` \(code) is written \(code.uppercased())")
        }
        return Currency(code)
    }

    /// The rate at the end of a chain of `same_as`. A chain longer than the list of aliases is a circle.
    private mutating func target(
        of field: Document.Entry, _ aliases: [Document.Entry], _ rates: [Meter: Rate], _ written: [String]
    ) -> Rate? {
        var next = field.value
        for _ in 0...aliases.count {
            guard let name = next.text else {
                note(.shape, field.line, "same_as.\(field.key) must name a meter")
                return nil
            }
            if let alias = aliases.first(where: { $0.key == name }) {
                next = alias.value
            } else if let rate = rates[Meter(name)] {
                return rate
            } else {
                // A rate that stands there and could not be read was told already.
                if !written.contains(name) {
                    note(.sameAs, field.line, "same_as.\(field.key): \(name) has no rate in this price")
                }
                return nil
            }
        }
        note(.sameAs, field.line, "same_as.\(field.key) leads back to itself")
        return nil
    }
}
