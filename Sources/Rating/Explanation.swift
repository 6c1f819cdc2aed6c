// Why an amount is what it is: every price that names the model, which one was taken, and for each of
// the others the reason why not. `tollbook explain` and `prices explain` print this.
public import Terms

/// One price that was looked at.
public struct Candidate: Hashable, Sendable {
    public enum Verdict: Hashable, Sendable {
        case taken
        case notYetValid(from: Instant)
        case expired(until: Instant)
        /// The key under `when` that did not hold.
        case conditionUnmet(String)
        /// Another price names the model more exactly.
        case lessExactName
        /// Another price has more conditions that hold.
        case fewerConditions
        /// It stands in another provider's file that is consulted only when the own one has no price.
        case otherProvider
    }
    public let entry: PriceEntry
    public let verdict: Verdict
}

/// How one component was priced.
public struct Explanation: Hashable, Sendable {
    /// Index into the record's components.
    public let component: Int
    public let provider: String
    public let model: String
    /// The one taken first, then by id.
    public let candidates: [Candidate]
    public let lines: [Line]

    /// One meter: its quantity, and how it became an amount.
    public struct Line: Hashable, Sendable {
        public let meter: Meter
        public let quantity: Quantity
        /// nil: unpriced.
        public let rate: Rate?
        public let amount: Money?
        public let rounded: Bool
    }

    public var taken: PriceEntry? { candidates.first { $0.verdict == .taken }?.entry }
}

extension PriceBook {
    /// The same decisions as ``rate(_:upstream:at:)``, told in full.
    public func explain(_ usage: Usage, upstream: String, at instant: Instant) -> [Explanation] {
        settled(usage, upstream: upstream, at: instant).components.enumerated().map { number, component in
            let circumstances = Circumstances(component, upstream: upstream, at: instant)
            let model = usage.modelName(of: component)
            let taken = entry(
                provider: usage.provider, model: model, component, upstream: upstream, at: instant)
            let named = candidates(provider: usage.provider, model: model)
            let rank = named.first { $0.entry == taken }?.rank ?? -1
            let found = named.map { candidate in
                Candidate(
                    entry: entries[candidate.entry],
                    verdict: verdict(on: candidate, taken, rank, circumstances))
            }
            let lines = component.readings.map { reading in
                let rate = taken.flatMap { entries[$0].rate(of: reading.meter) }
                let price = rate?.price(reading.quantity)
                return Explanation.Line(
                    meter: reading.meter, quantity: reading.quantity, rate: rate, amount: price?.amount,
                    rounded: price?.rounded ?? false)
            }
            return Explanation(
                component: number, provider: usage.provider, model: model,
                candidates: found.filter { $0.verdict == .taken } + found.filter { $0.verdict != .taken },
                lines: lines)
        }
    }

    private func verdict(
        on candidate: (entry: Int, rank: Int32), _ taken: Int?, _ takenRank: Int32,
        _ circumstances: Circumstances
    ) -> Candidate.Verdict {
        if candidate.entry == taken { return .taken }
        let entry = entries[candidate.entry]
        if circumstances.instant < entry.from { return .notYetValid(from: entry.from) }
        if let until = entry.until, circumstances.instant >= until { return .expired(until: until) }
        if let key = entry.when.firstUnmet(circumstances) { return .conditionUnmet(key) }
        if let taken, entries[taken].provider != entry.provider { return .otherProvider }
        return candidate.rank < takenRank ? .lessExactName : .fewerConditions
    }

    /// All prices that name a model of a provider, valid or not, by id.
    public func entries(provider: String, model: String) -> [PriceEntry] {
        candidates(provider: PriceFileReader.canonical(provider), model: model).map { entries[$0.entry] }
    }

    /// All prices that name a model, of any provider, by id.
    public func entries(model: String) -> [PriceEntry] {
        entries.filter { $0.rank(for: model) != nil }
    }

    /// Providers whose prices name the model otherwise than by a pattern for everything, by name.
    public func providers(naming model: String) -> [String] {
        let named = entries.filter { entry in
            entry.models.contains { $0.text != "*" && $0.matches(model) }
        }
        return Set(named.map(\.provider)).sorted()
    }
}
