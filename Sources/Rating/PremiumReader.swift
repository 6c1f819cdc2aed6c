// Premiums: the same price again, dearer by a factor where something more holds. A provider that charges a
// tenth more for a region says so for all its models at once; written out, every price would stand there
// twice.
import Terms

extension PriceFileReader {
    struct Premium {
        /// Behind the price's own id.
        let name: String
        /// Those of the price, and its own.
        let when: Conditions
        let multiply: Ratio
    }

    /// What stands under `premiums` of a price.
    mutating func premiums(of node: Document, on conditions: Conditions) -> [Premium] {
        items(node["premiums"], "premiums").compactMap { item in
            allow(["name", "when", "multiply"], in: item, what: "a premium")
            guard let name = word("name", in: item) else { return nil }
            guard let multiply = ratio("multiply", in: item) else {
                note(.missing, item.line, "`multiply` of the premium \(name) is missing")
                return nil
            }
            guard let own = item["when"].map({ self.conditions($0) }), own.count > 0 else {
                note(.missing, item.line, "`when` of the premium \(name) is missing: it would always hold")
                return nil
            }
            guard let when = conditions.joined(with: own) else {
                note(
                    .shape, item.line,
                    "the premium \(name) has a condition that its price has too, or one that is no word")
                return nil
            }
            return Premium(name: name, when: when, multiply: multiply)
        }
    }
}

extension Conditions {
    /// Both; nil where both have a word for the same selector, and where the other has more than words.
    fileprivate func joined(with other: Conditions) -> Conditions? {
        guard other.batch == nil, other.input == nil, other.windows.isEmpty,
            !words.contains(where: { mine in other.words.contains { $0.selector == mine.selector } })
        else { return nil }
        var joined = self
        joined.words += other.words
        joined.count += other.count
        return joined
    }
}
