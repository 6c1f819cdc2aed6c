// A contract file to rules: YAML with `contract` where a price file has `provider`. It lies beside the
// price files and is part of the same versioned book.
import Terms

extension PriceFileReader {
    mutating func contract(_ document: Document) -> [ContractRule] {
        allow(["contract", "book", "currency", "convert", "rules"], in: document, what: "a contract file")
        let name = word("contract", in: document) ?? ""
        let currency = Currency(document["currency"]?.text ?? Currency.usd.code)
        let book = document["book"]?.text.flatMap(Book.init(rawValue:))
        guard let book, book != .list else {
            note(.shape, document["book"]?.line ?? document.line, "`book` must be contracted or chargeback")
            return []
        }
        let table = document["convert"]?.text
        return items(document["rules"], "rules").compactMap { rule($0, name, book, currency, table) }
    }

    private static let ruleKeys = [
        "id", "tenants", "providers", "models", "meters", "from", "until", "note", "multiply", "rates",
        "same_as", "per_exchange",
    ]

    private mutating func rule(
        _ node: Document, _ contract: String, _ book: Book, _ currency: Currency, _ table: String?
    ) -> ContractRule? {
        let before = problems.count
        allow(Self.ruleKeys + Self.termKeys, in: node, what: "a rule")
        let id = word("id", in: node) ?? ""
        guard let from = instant("from", in: node) else {
            if node["from"]?.text == nil { note(.missing, node.line, "`from` of \(id) is missing") }
            return nil
        }
        let until = instant("until", in: node)
        if let until, until <= from { note(.date, node.line, "`until` of \(id) is not after `from`") }
        var effects: [ContractRule.Effect] = []
        if let ratio = ratio("multiply", in: node) { effects.append(.multiply(ratio)) }
        if node["rates"].map({ !$0.isNull }) ?? false { effects.append(.rates(rates(node, .one))) }
        if node["per_exchange"].map({ !$0.isNull }) ?? false,
            let text = decimal("per_exchange", in: node)?.plain
        {
            if let amount = Money(text), amount >= .zero {
                effects.append(.perExchange(amount))
            } else {
                note(.number, node.line, "`per_exchange` of \(id) must be an amount, not negative")
            }
        }
        effects += terms(node, id)
        if effects.count != 1, problems.count == before {
            note(
                .shape, node.line,
                "\(id) needs one of `multiply`, `rates`, `per_exchange`, `allowance`, `tiers` and `minimum`")
        }
        guard problems.count == before, let effect = effects.first else { return nil }
        return ContractRule(
            id: id, contract: contract, book: book, currency: currency,
            tenants: words(node["tenants"], "tenants"),
            providers: words(node["providers"], "providers").map(Self.canonical),
            models: words(node["models"], "models").map(ModelPattern.init),
            meters: words(node["meters"], "meters").map(ModelPattern.init), from: from, until: until,
            effect: effect, file: file, line: node.line, conversionTable: table)
    }
}
