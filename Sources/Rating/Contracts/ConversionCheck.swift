// What a person should look at in conversion files: for `tollbook prices check`.
import Terms

extension PriceBook {
    /// Times without a rate between two with one, tables that have ended, and lines without a source or not
    /// compared with it for long.
    func conversionFindings(today: CivilDate, limits: PriceCheckLimits) -> [PriceFinding] {
        var found: [PriceFinding] = []
        func note(_ kind: PriceFinding.Kind, _ line: Conversion, _ text: String) {
            found.append(
                PriceFinding(kind: kind, file: line.file, line: line.line, id: line.id, text: text))
        }
        for lines in Dictionary(grouping: conversions, by: { "\($0.table) \($0.to.code)" }).values {
            for currency in Set(lines.flatMap(\.rates.keys)).sorted() {
                let own = lines.filter { $0.rates[currency] != nil }
                for (line, next) in zip(own, own.dropFirst()) {
                    guard let end = line.until, end < next.from else { continue }
                    note(
                        .gap, line,
                        "no rate for \(currency.code) from \(end.date.iso8601) to \(next.from.date.iso8601)")
                }
                if let last = own.last, let end = last.until, end.date < today {
                    note(.gap, last, "no rate for \(currency.code) since \(end.date.iso8601)")
                }
            }
            for line in lines {
                if line.source == nil { note(.missingSource, line, "no source is named") }
                let isInForce = line.until.map { today <= $0.date } ?? true
                guard isInForce, let checked = line.checked else { continue }
                let age = today.daysSinceEpoch - checked.daysSinceEpoch
                if age > limits.staleDays {
                    note(.stale, line, "compared with its source \(age) days ago")
                }
            }
        }
        return found
    }
}
