// Conversion between currencies: reviewed data like prices, with dates and a source. An amount is divided by
// the rate exactly; where that is no whole pico it is rounded once, half to even, and what was rounded away
// follows from the amount before, so that `explain` can show it.
public import Terms

/// What one unit of a currency costs in others, for a time.
public struct Conversion: Hashable, Comparable, Sendable {
    /// The table that it is a line of.
    public let table: String
    /// What amounts are converted to.
    public let to: Currency
    /// Units of each currency for one unit of ``to``.
    public let rates: [Currency: Ratio]
    /// The same as they are written, for people.
    public let written: [Currency: String]
    /// Inclusive.
    public let from: Instant
    /// Exclusive; nil for no end.
    public let until: Instant?
    public let source: String?
    public let checked: CivilDate?
    public let file: String
    public let line: Int

    /// `table/2026-10-01`.
    public var id: String { "\(table)/\(from.date.iso8601)" }

    public static func < (a: Conversion, b: Conversion) -> Bool {
        (a.table, a.to, a.from, a.file, a.line) < (b.table, b.to, b.from, b.file, b.line)
    }

    func holds(at instant: Instant) -> Bool { from <= instant && (until.map { instant < $0 } ?? true) }
}

extension ContractRule {
    /// The conversion that applies to an amount at an instant; nil where it is in the rule's currency
    /// already, or the table has no rate for it.
    public func conversion(of currency: Currency, at instant: Instant) -> Conversion? {
        guard currency != self.currency else { return nil }
        return conversions.first { $0.holds(at: instant) && $0.rates[currency] != nil }
    }

    /// By what an amount is multiplied to become one of the rule's currency: nil where that is not known.
    public func factor(of currency: Currency, at instant: Instant) -> Ratio? {
        guard conversionTable != nil, currency != self.currency else { return .one }
        return conversion(of: currency, at: instant)?.rates[currency]?.inverse
    }
}

extension PriceBook {
    /// The rules of all files, each with the lines of the table that it converts by.
    static func rules(of files: [PriceFile], _ problems: inout [PriceProblem]) -> [ContractRule] {
        let conversions = files.flatMap(\.conversions).sorted()
        problems += Self.overlaps(conversions)
        let tables = Dictionary(grouping: conversions, by: \.table)
        return files.flatMap(\.rules).map { rule in
            guard let name = rule.conversionTable else { return rule }
            var rule = rule
            rule.conversions = tables[name]?.filter { $0.to == rule.currency } ?? []
            if rule.conversions.isEmpty {
                problems.append(
                    PriceProblem(
                        kind: .missing, file: rule.file, line: rule.line,
                        text: "\(rule.id): no conversion file `\(name)` has rates to \(rule.currency.code)"))
            }
            return rule
        }.sorted { ($0.id, $0.file) < ($1.id, $1.file) }
    }

    private static func overlaps(_ conversions: [Conversion]) -> [PriceProblem] {
        var problems: [PriceProblem] = []
        for (index, one) in conversions.enumerated() {
            for other in conversions[..<index] where other.table == one.table && other.to == one.to {
                guard other.until.map({ one.from < $0 }) ?? true,
                    let currency = one.rates.keys.filter({ other.rates[$0] != nil }).min()
                else { continue }
                problems.append(
                    PriceProblem(
                        kind: .tie, file: one.file, line: one.line,
                        text: "\(other.id) and \(one.id) both convert \(currency.code): "
                            + "give the first an `until`"))
            }
        }
        return problems
    }
}
