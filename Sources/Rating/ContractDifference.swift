// What differs between the contracts of two price books: rules and conversions, by their ids.
import Terms

extension PriceBook {
    /// Rules of contracts: what decides about amounts, not where it stands.
    func ruleDifferences(to other: PriceBook) -> [PriceDifference] {
        let old = Dictionary(uniqueKeysWithValues: rules.map { ($0.id, $0) })
        let new = Dictionary(uniqueKeysWithValues: other.rules.map { ($0.id, $0) })
        var found: [PriceDifference] = []
        for id in Set(old.keys).union(new.keys).sorted() {
            switch (old[id], new[id]) {
            case (let a?, let b?): found += a.differences(to: b)
            case (_?, nil):
                found.append(PriceDifference(id: id, kind: .removed, what: "", old: nil, new: nil))
            default: found.append(PriceDifference(id: id, kind: .added, what: "", old: nil, new: nil))
            }
        }
        return found
    }

    /// Lines of conversion files.
    func conversionDifferences(to other: PriceBook) -> [PriceDifference] {
        func lines(_ book: PriceBook) -> [String: Conversion] {
            Dictionary(book.conversions.map { ("\($0.id)/\($0.to.code)", $0) }) { first, _ in first }
        }
        let (old, new) = (lines(self), lines(other))
        var found: [PriceDifference] = []
        for id in Set(old.keys).union(new.keys).sorted() {
            guard let a = old[id], let b = new[id] else {
                found.append(
                    PriceDifference(
                        id: id, kind: old[id] == nil ? .added : .removed, what: "", old: nil, new: nil))
                continue
            }
            func compare(_ what: String, _ old: String?, _ new: String?) {
                guard old != new else { return }
                found.append(PriceDifference(id: id, kind: .changed, what: what, old: old, new: new))
            }
            compare("until", a.until?.rfc3339, b.until?.rfc3339)
            for currency in Set(a.rates.keys).union(b.rates.keys).sorted()
            where a.rates[currency] != b.rates[currency] {
                compare(currency.code, a.written[currency], b.written[currency])
            }
        }
        return found
    }
}

extension ContractRule {
    fileprivate func differences(to other: ContractRule) -> [PriceDifference] {
        var found: [PriceDifference] = []
        func compare(_ what: String, _ old: String?, _ new: String?) {
            if old != new {
                found.append(PriceDifference(id: id, kind: .changed, what: what, old: old, new: new))
            }
        }
        func words(_ names: [String]) -> String { names.isEmpty ? "all" : names.joined(separator: " ") }
        compare("book", book.rawValue, other.book.rawValue)
        compare("currency", currency.code, other.currency.code)
        compare("tenants", words(tenants), words(other.tenants))
        compare("providers", words(providers), words(other.providers))
        compare("models", words(models.map(\.text)), words(other.models.map(\.text)))
        compare("meters", words(meters.map(\.text)), words(other.meters.map(\.text)))
        compare("from", from.rfc3339, other.from.rfc3339)
        compare("until", until?.rfc3339, other.until?.rfc3339)
        compare("effect", text, other.text)
        compare("timezone", term?.timezone, other.term?.timezone)
        let (mine, theirs) = (rates, other.rates)
        for meter in Set(mine.map(\.meter)).union(theirs.map(\.meter)).sorted() {
            compare(
                meter.rawValue, mine.first { $0.meter == meter }?.words(.one),
                theirs.first { $0.meter == meter }?.words(.one))
        }
        return found
    }

    private var rates: [Rate] { if case .rates(let rates) = effect { rates } else { [] } }
}
