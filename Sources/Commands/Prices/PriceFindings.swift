import Rating
import Terms

/// Something about a price that is no mistake of the file and may be one of the price.
struct PriceFinding: Hashable {
    enum Kind: String {
        case noSource = "no-source"
        case noCheckDate = "no-check-date"
        case stale
        /// A model that had a price until lately, and has none today.
        case ended
        /// A stretch of time between two prices of a model.
        case gap
        /// Output is priced, reasoning is not: the usual cause of unpriced usage.
        case reasoningUnpriced = "reasoning-unpriced"
    }

    let kind: Kind
    let entry: PriceEntry
    let text: String
}

extension PriceBook {
    /// Looks for prices that a person should look at.
    ///
    /// - Parameter maxAge: days after which a comparison with the source is old.
    func findings(now: Instant, maxAge: Int64) -> [PriceFinding] {
        var findings: [PriceFinding] = []
        for entry in entries {
            if entry.source == nil {
                findings.append(PriceFinding(kind: .noSource, entry: entry, text: "names no source"))
            }
            findings += entry.ageFinding(now: now, maxAge: maxAge)
            if entry.rate(of: .output) != nil, entry.rate(of: .reasoning) == nil {
                findings.append(
                    PriceFinding(
                        kind: .reasoningUnpriced, entry: entry,
                        text: "prices out.text and not out.text.reasoning"))
            }
        }
        return findings + gaps(now: now, maxAge: maxAge)
    }

    /// Prices of one provider for the same names under the same conditions, in the order of time.
    private func gaps(now: Instant, maxAge: Int64) -> [PriceFinding] {
        struct Series: Hashable {
            let provider: String
            let models: [ModelPattern]
            let conditions: String
        }
        let series = Dictionary(grouping: entries) { entry in
            Series(provider: entry.provider, models: entry.models, conditions: entry.when.text)
        }
        var findings: [PriceFinding] = []
        for members in series.values {
            let ordered = members.sorted { $0.from < $1.from }
            for (entry, next) in zip(ordered, ordered.dropFirst()) {
                guard let until = entry.until, until < next.from else { continue }
                findings.append(
                    PriceFinding(
                        kind: .gap, entry: entry,
                        text: "ends \(until.date.iso8601); \(next.id) begins only \(next.from.date.iso8601)"))
            }
            if let last = ordered.last, let finding = endFinding(last, now: now, maxAge: maxAge) {
                findings.append(finding)
            }
        }
        return findings.sorted { ($0.entry.file, $0.entry.line) < ($1.entry.file, $1.entry.line) }
    }
}

extension PriceBook {
    /// A price that ended lately while nothing prices its models today. What ended long ago is a model that
    /// was withdrawn.
    private func endFinding(_ entry: PriceEntry, now: Instant, maxAge: Int64) -> PriceFinding? {
        guard let until = entry.until, until <= now, now < until.advanced(bySeconds: maxAge * 86_400) else {
            return nil
        }
        let orphans = entry.models.map(\.text).filter { model in
            !entries(provider: entry.provider, model: model).contains { $0.isValid(at: now) }
        }
        guard !orphans.isEmpty else { return nil }
        let text = "ended \(until.date.iso8601); nothing prices \(orphans.joined(separator: " ")) today"
        return PriceFinding(kind: .ended, entry: entry, text: text)
    }
}

extension PriceEntry {
    fileprivate func ageFinding(now: Instant, maxAge: Int64) -> [PriceFinding] {
        guard let checked else {
            return [
                PriceFinding(kind: .noCheckDate, entry: self, text: "was never checked against its source")
            ]
        }
        let age = now.date.daysSinceEpoch - checked.daysSinceEpoch
        guard age > maxAge, until.map({ $0 > now }) ?? true else { return [] }
        return [PriceFinding(kind: .stale, entry: self, text: "was last checked \(checked.iso8601)")]
    }
}
