// Which price holds for a component: the lookup behind rating, explaining and ceilings. Where each model's
// prices stand in their order of preference is worked out when the book is made; what is left for a record is
// to walk down its model's name and to take the first price whose conditions hold.
import Terms

struct PriceLookup: Sendable {
    /// Parallel to the book's entries.
    private let slots: [Slot]
    private let cards: [Card]
    private let words: WordTables
    private let index: ModelIndex
    /// The tree of providers, whose candidates are numbers into ``places``.
    private let providers: Int32
    /// For each provider, where to look, in this order: its own prices, then files that are also for it.
    private let places: [Range<Int32>]
    /// Trees of models.
    private let roots: [Int32]

    init(_ entries: [PriceEntry], _ files: [PriceFile]) {
        var words = WordTables()
        let slots = entries.map { Slot($0, &words) }
        self.slots = slots
        self.words = words
        cards = Card.cards(of: entries)
        var trees: [String: ModelTree] = [:]
        for (number, entry) in entries.enumerated() {
            for pattern in entry.models {
                trees[entry.provider, default: ModelTree()].add(pattern, entry: Int32(number))
            }
        }
        var index = ModelIndex()
        let own = trees.mapValues { $0.plant(in: &index) { slots[Int($0)].count } }
        var found = own.mapValues { [$0] }
        for file in files.sorted(by: { ($0.provider, $0.name) < ($1.provider, $1.name) }) {
            guard let root = own[file.provider] else { continue }
            for other in file.alsoFor where other != file.provider {
                found[other, default: []].append(root)
            }
        }
        var places: [Range<Int32>] = []
        var roots: [Int32] = []
        var names = ModelTree()
        for (provider, trees) in found {
            names.add(exactly: provider, entry: Int32(places.count))
            places.append(Int32(roots.count)..<Int32(roots.count + trees.count))
            roots += trees
        }
        providers = names.plant(in: &index) { _ in 0 }
        (self.index, self.places, self.roots) = (index, places, roots)
    }

    func card(_ entry: Int) -> Card { cards[entry] }

    /// The price of a model of a provider for one component: of all that hold, the one whose name for the
    /// model is most exact, then the one with the most conditions. Loading the book has made sure that
    /// there is one such.
    ///
    /// - Parameters:
    ///   - component: by address, because copying one counts references of a dozen texts.
    ///   - entries: the book's.
    /// - Returns: an index into them.
    func entry(
        provider: String, model: String, _ component: UnsafePointer<Component>, upstream: String,
        at instant: Instant, of entries: [PriceEntry]
    ) -> Int? {
        let places = places(of: provider)
        guard !places.isEmpty else { return nil }
        var facts = facts(component, upstream: upstream, at: instant)
        var model = model
        return model.withUTF8 { name in
            for place in places {
                let found = index.find(name, from: roots[Int(place)])
                if let best = best(found, name, &facts, component, upstream, instant, entries) { return best }
            }
            return nil
        }
    }

    private func places(of provider: String) -> Range<Int32> {
        var provider = provider
        return provider.withUTF8 { name in
            let found = index.find(name, from: providers).candidates
            return found.isEmpty ? 0..<0 : places[Int(index.candidates[Int(found.lowerBound)].entry)]
        }
    }

    private func best(
        _ found: ModelIndex.Found, _ name: UnsafeBufferPointer<UInt8>, _ facts: inout Facts,
        _ component: UnsafePointer<Component>, _ upstream: String, _ instant: Instant,
        _ entries: [PriceEntry]
    ) -> Int? {
        var best: Int?
        var bestRank: Int32 = -1
        for number in found.waiting where index.matches(number, name) {
            let candidate = index.waiting[Int(number)].candidate
            let entry = Int(candidate.entry)
            let isBetter =
                candidate.rank > bestRank
                || (candidate.rank == bestRank && slots[entry].count > (best.map { slots[$0].count } ?? -1))
            guard isBetter, holds(entry, &facts, component, upstream, instant, entries) else { continue }
            (best, bestRank) = (entry, candidate.rank)
        }
        let candidates = index.candidates.span
        for number in found.candidates {
            let candidate = candidates[Int(number)]
            let entry = Int(candidate.entry)
            if candidate.rank < bestRank { break }
            if let best, candidate.rank == bestRank, slots[entry].count <= slots[best].count { continue }
            // They come in the order of preference: the first is the one.
            if holds(entry, &facts, component, upstream, instant, entries) { return entry }
        }
        return best
    }

    private func holds(
        _ number: Int, _ facts: inout Facts, _ component: UnsafePointer<Component>, _ upstream: String,
        _ instant: Instant, _ entries: [PriceEntry]
    ) -> Bool {
        let slots = slots.span
        // Few prices depend on the size of the input, and adding it up costs more than all else here.
        if slots[number].asksInput, facts.inputTokens < 0 {
            facts.inputTokens = max(0, Circumstances.inputTokens(of: component.pointee.readings))
        }
        guard slots[number].holds(facts) else { return false }
        guard slots[number].asksMore else { return true }
        let circumstances = Circumstances(component.pointee, upstream: upstream, at: instant)
        return entries[number].when.firstUnmet(circumstances) == nil
    }

    /// The same as ``Circumstances``, as bits.
    private func facts(
        _ component: UnsafePointer<Component>, upstream: String, at instant: Instant
    ) -> Facts {
        var facts = Facts()
        let tier =
            component.pointee.selectors.serviceTier ?? component.pointee.selectors.serviceTierRequested
        facts.batch =
            component.pointee.selectors.batch
            ?? (tier.map { Circumstances.same($0, Circumstances.batchTier) } ?? false)
        facts.tier = words.tier.bit(facts.batch ? Circumstances.batchTier : tier)
        facts.region = words.region.bit(component.pointee.selectors.region)
        facts.geo = words.geo.bit(component.pointee.selectors.geo)
        facts.speed = words.speed.bit(component.pointee.selectors.speed)
        facts.upstream = words.upstream.bit(upstream)
        facts.inputTokens = component.pointee.selectors.contextTokens.map { max(0, $0) } ?? -1
        facts.microseconds = instant.microseconds
        return facts
    }

    /// All prices that name a model of a provider, whether they hold or not, with the rank of the name.
    func candidates(provider: String, model: String) -> [(entry: Int, rank: Int32)] {
        var ranks: [Int: Int32] = [:]
        var model = model
        model.withUTF8 { name in
            for place in places(of: provider) {
                let found = index.find(name, from: roots[Int(place)])
                let waiting = found.waiting.filter { index.matches($0, name) }
                let all =
                    found.candidates.map { index.candidates[Int($0)] }
                    + waiting.map { index.waiting[Int($0)].candidate }
                for candidate in all {
                    let entry = Int(candidate.entry)
                    ranks[entry] = max(candidate.rank, ranks[entry] ?? -1)
                }
            }
        }
        return ranks.map { ($0.key, $0.value) }.sorted { $0.entry < $1.entry }
    }
}

extension PriceBook {
    /// See ``PriceLookup/entry(provider:model:_:upstream:at:of:)``.
    func entry(
        provider: String, model: String, _ component: Component, upstream: String,
        at instant: Instant
    ) -> Int? {
        withUnsafePointer(to: component) {
            lookup.entry(
                provider: provider, model: model, $0, upstream: upstream, at: instant, of: entries)
        }
    }

    /// See ``PriceLookup/candidates(provider:model:)``.
    func candidates(provider: String, model: String) -> [(entry: Int, rank: Int32)] {
        lookup.candidates(provider: provider, model: model)
    }
}
