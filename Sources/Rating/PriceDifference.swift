// What differs between two price books, price by price: for the person who reviews a change before it
// becomes money.
import Terms

public struct PriceDifference: Hashable, Sendable {
    public enum Kind: String, Hashable, Sendable {
        case added, removed, changed
    }
    /// The price's id.
    public let id: String
    public let kind: Kind
    /// The meter or the field; empty for whole prices.
    public let what: String
    /// nil where there is none.
    public let old: String?
    public let new: String?
}

extension PriceBook {
    /// By id, then by field. What does not change any amount (source, note, day of comparison, place in
    /// the file) is left out.
    public func differences(to other: PriceBook) -> [PriceDifference] {
        let old = Dictionary(uniqueKeysWithValues: entries.map { ($0.id, $0) })
        let new = Dictionary(uniqueKeysWithValues: other.entries.map { ($0.id, $0) })
        var found: [PriceDifference] = []
        for id in Set(old.keys).union(new.keys).sorted() {
            switch (old[id], new[id]) {
            case (let a?, let b?): found += a.differences(to: b)
            case (_?, nil):
                found.append(PriceDifference(id: id, kind: .removed, what: "", old: nil, new: nil))
            default: found.append(PriceDifference(id: id, kind: .added, what: "", old: nil, new: nil))
            }
        }
        found += ruleDifferences(to: other) + conversionDifferences(to: other)
        return found.sorted { $0.id < $1.id }
    }
}

extension PriceEntry {
    fileprivate func differences(to other: PriceEntry) -> [PriceDifference] {
        var found: [PriceDifference] = []
        func compare(_ what: String, _ old: String?, _ new: String?) {
            if old != new {
                found.append(PriceDifference(id: id, kind: .changed, what: what, old: old, new: new))
            }
        }
        compare("provider", provider, other.provider)
        compare(
            "models", models.map(\.text).joined(separator: " "),
            other.models.map(\.text).joined(separator: " "))
        compare("from", from.rfc3339, other.from.rfc3339)
        compare("until", until?.rfc3339, other.until?.rfc3339)
        compare("when", when.text, other.when.text)
        compare("currency", currency.code, other.currency.code)
        for meter in Set(rates.map(\.meter)).union(other.rates.map(\.meter)).sorted() {
            let old = rate(of: meter)
            let new = other.rate(of: meter)
            guard old?.perUnit != new?.perUnit || old?.minimum != new?.minimum else { continue }
            compare(meter.rawValue, old.map { $0.words(multiply) }, new.map { $0.words(other.multiply) })
        }
        return found
    }
}

extension Rate {
    func words(_ multiply: Ratio) -> String {
        var text = "\(amount.plain)/\(per)"
        if multiply != .one { text += " x \(multiply.text)" }
        if minimum > .zero { text += " at least \(minimum.plain)" }
        return text
    }
}
