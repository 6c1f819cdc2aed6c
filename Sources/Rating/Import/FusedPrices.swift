// Lists repeat a price for every spelling of a model and every region. In a price file one entry names
// them all: that is what a person reviews, and what a command has to read.
import Terms

extension PriceImport {
    /// Joins prices that differ only in the region, or only in how one model is spelled.
    mutating func fuse() {
        join { price in
            guard price.when.contains(where: { $0.key == "region" }) else { return nil }
            return "\(price.models) " + Self.signature(price, without: "region")
        } by: { kept, price in
            guard let index = kept.when.firstIndex(where: { $0.key == "region" }),
                let other = price.when.first(where: { $0.key == "region" })
            else { return }
            let regions = kept.when[index].value.filter { $0 != "[" && $0 != "]" } + ", " + other.value
            // The first region stays in the id, so that one more region does not change it.
            kept.when[index] = ImportedPrice.Condition(
                key: "region", value: "[\(regions)]", word: kept.when[index].word)
        }
        join { price in
            Self.stem(price.name) + " " + Self.signature(price, without: "")
        } by: { kept, price in
            kept.models += price.models.filter { !kept.models.contains($0) }
        }
    }

    private mutating func join(
        _ key: (ImportedPrice) -> String?, by merge: (inout ImportedPrice, ImportedPrice) -> Void
    ) {
        var places: [String: Int] = [:]
        var kept: [ImportedPrice] = []
        for price in prices {
            if let key = key(price) {
                if let place = places[key] {
                    merge(&kept[place], price)
                    continue
                }
                places[key] = kept.count
            }
            kept.append(price)
        }
        prices = kept
    }

    private static func signature(_ price: ImportedPrice, without key: String) -> String {
        let when = price.when.filter { $0.key != key }.map { "\($0.key)=\($0.value)" }
        let rates = price.rates.sorted { $0.key < $1.key }.map {
            "\($0.key.rawValue)=\($0.value.amount.plain)/\($0.value.per)"
        }
        return "\(price.provider) \(price.from.iso8601) \(price.until?.iso8601 ?? "") \(when) \(rates)"
    }

    /// A model's name without folders, regional prefix, date and revision.
    static func stem(_ name: String) -> Substring {
        var stem = name.split(separator: "/").last ?? name[...]
        for prefix in ["us.", "eu.", "apac.", "global.", "jp.", "au.", "us-gov.", "ca."]
        where stem.hasPrefix(prefix) {
            stem = stem.dropFirst(prefix.count)
            break
        }
        if let at = stem.firstIndex(where: { $0 == "@" || $0 == ":" }) { stem = stem[..<at] }
        for suffix in ["-v1", "-v2", "-latest"] where stem.hasSuffix(suffix) {
            stem = stem.dropLast(suffix.count)
        }
        // `-20250929` or `-2025-09-29`
        for length in [9, 11] where stem.utf8.count > length {
            let date = stem.suffix(length)
            let isDate = date.hasPrefix("-20") && date.dropFirst().allSatisfy { $0.isNumber || $0 == "-" }
            if isDate { return stem.dropLast(length) }
        }
        return stem
    }
}
