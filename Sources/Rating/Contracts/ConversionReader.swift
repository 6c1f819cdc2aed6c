// A conversion file: YAML with `conversion` where a price file has `provider`.
import Terms

extension PriceFileReader {
    mutating func conversions(_ document: Document) -> [Conversion] {
        allow(["conversion", "to", "source", "checked", "rates"], in: document, what: "a conversion file")
        let table = word("conversion", in: document) ?? ""
        let to = Currency(word("to", in: document) ?? "")
        let source = document["source"]?.text
        let checked = date("checked", in: document)
        return items(document["rates"], "rates").compactMap { node in
            let before = problems.count
            allow(["from", "until", "amounts", "source", "note"], in: node, what: "a line of conversions")
            guard let from = instant("from", in: node) else {
                if node["from"]?.text == nil { note(.missing, node.line, "`from` is missing") }
                return nil
            }
            let until = instant("until", in: node)
            if let until, until <= from { note(.date, node.line, "`until` is not after `from`") }
            var rates: [Currency: Ratio] = [:]
            var written: [Currency: String] = [:]
            for field in fields(node["amounts"], "amounts") {
                guard let ratio = field.value.text.flatMap({ Ratio($0) }), ratio.numerator > 0 else {
                    note(
                        .number, field.line,
                        "amounts.\(field.key) must be how many \(field.key) one \(to.code) is, above zero")
                    continue
                }
                rates[Currency(field.key)] = ratio
                written[Currency(field.key)] = field.value.text
            }
            if rates.isEmpty, problems.count == before { note(.missing, node.line, "`amounts` is empty") }
            guard problems.count == before else { return nil }
            return Conversion(
                table: table, to: to, rates: rates, written: written, from: from, until: until,
                source: node["source"]?.text ?? source, checked: checked, file: file, line: node.line)
        }
    }
}
