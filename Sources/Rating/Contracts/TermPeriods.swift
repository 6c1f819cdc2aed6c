// Which terms of a book are due at the end of a month, and under which identity their adjustments are kept.
public import Terms

/// A period that ends with a month, and the rules that decide what its terms come to.
public struct TermPeriod: Sendable {
    public let period: Period
    /// Those with a term for this period, and all chargeback rules in force at its start.
    public let rules: [ContractRule]
}

extension PriceBook {
    /// The periods of this book's terms that end with a month, shortest first. A term applies to periods
    /// that begin while its rule is in force.
    ///
    /// - Parameters:
    ///   - month: any day of it.
    ///   - zones: as for the book; a zone that it does not know has no periods, and such a book is refused.
    public func termPeriods(
        endingWith month: CivilDate, zones: (String) -> TimeZoneRules?
    ) -> [TermPeriod] {
        var kinds: [PeriodTerm] = []
        for case let term? in rules.map(\.term)
        where !kinds.contains(where: { $0.unit == term.unit && $0.timezone == term.timezone }) {
            kinds.append(term)
        }
        var found: [TermPeriod] = []
        for kind in kinds {
            guard let zone = zones(kind.timezone), let period = kind.period(of: month, zone: zone),
                period.until == zone.start(of: month.firstOfMonth(adding: 1))
            else { continue }
            let inForce = rules.filter { rule in
                rule.from <= period.since && (rule.until.map { period.since < $0 } ?? true)
            }
            let due = inForce.filter { rule in
                guard let term = rule.term else { return rule.book == .chargeback }
                return term.unit == kind.unit && term.timezone == kind.timezone
            }
            guard due.contains(where: { $0.term != nil }) else { continue }
            found.append(TermPeriod(period: period, rules: due))
        }
        return found.sorted { ($1.period.since, $0.period.until) < ($0.period.since, $1.period.until) }
    }

    /// Terms whose periods nobody could tell.
    static func unknownZones(
        _ rules: [ContractRule], _ zones: (String) -> TimeZoneRules?
    ) -> [PriceProblem] {
        rules.compactMap { rule in
            guard let zone = rule.term?.timezone, zones(zone) == nil else { return nil }
            return PriceProblem(
                kind: .zone, file: rule.file, line: rule.line,
                text: "\(rule.id): the time zone \(zone) is not known")
        }
    }
}

extension PeriodAdjustment {
    /// Bits that are the same for the same rule, tenant and period, and for no others.
    public static func identity(rule: String, tenant: String, period: Period) -> (UInt64, UInt64) {
        var hash = ContentHash()
        hash.update("\(rule.utf8.count) \(rule) \(tenant.utf8.count) \(tenant) ".utf8)
        hash.update("\(period.since.microseconds) \(period.until.microseconds)".utf8)
        let digits = hash.hexadecimal()
        return (
            UInt64(digits.prefix(16), radix: 16) ?? 0, UInt64(digits.dropFirst(16).prefix(16), radix: 16) ?? 0
        )
    }
}
