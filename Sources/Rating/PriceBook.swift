// A price book: all price files of one version, compiled for lookup. Immutable and free of clocks and
// I/O, so that one record under one version always has one price.
public import Terms

public struct PriceBook: Sendable {
    /// A label or a hash of the contents, see ``contentVersion(of:)``; every charge carries it.
    public let version: String
    /// Ascending.
    public let files: [String]
    /// In the order of their ids, whatever the order of the files.
    public let entries: [PriceEntry]
    /// Of all contract files, by id.
    public let rules: [ContractRule]
    /// All lines of all conversion files, by table and time.
    public let conversions: [Conversion]
    /// Parallel to ``entries``: what rating a record needs of them.
    private let slots: [Slot]
    private let cards: [Card]
    private let words: WordTable
    /// For each provider, where to look, in this order: its own prices, then files that are also for it.
    private let indexes: [String: [ModelIndex]]

    /// - Parameters:
    ///   - zones: gives the rules of a time zone that a price's window names; nil when there is none.
    /// - Throws: every id that stands twice, every unknown zone, every tie.
    public init(
        version: String, files: [PriceFile],
        zones: (String) -> TimeZoneRules? = { $0 == "UTC" ? .utc : nil }
    ) throws(PriceProblems) {
        var problems: [PriceProblem] = []
        var entries = files.flatMap(\.entries).sorted { ($0.id, $0.file) < ($1.id, $1.file) }
        for (a, b) in zip(entries, entries.dropFirst()) where a.id == b.id {
            problems.append(
                PriceProblem(
                    kind: .duplicateID, file: b.file, line: b.line,
                    text: "the id \(b.id) stands also in \(a.file):\(a.line)"))
        }
        for index in entries.indices {
            var found: [TimeZoneRules] = []
            for window in entries[index].when.windows {
                if let zone = zones(window.timezone) {
                    found.append(zone)
                } else {
                    problems.append(
                        PriceProblem(
                            kind: .zone, file: entries[index].file, line: entries[index].line,
                            text: "\(entries[index].id): the time zone \(window.timezone) is not known"))
                }
            }
            entries[index].when.zones = found
        }
        problems += Ties(entries).problems
        let rules = Self.rules(of: files, &problems)
        problems += Self.problems(of: rules, besides: entries) + Self.unknownZones(rules, zones)
        guard problems.isEmpty else { throw PriceProblems(problems) }
        self.version = version
        self.files = files.map(\.name).sorted()
        self.entries = entries
        self.rules = rules
        conversions = files.flatMap(\.conversions).sorted()
        var words = WordTable()
        slots = entries.map { Slot($0, &words) }
        self.words = words
        cards = entries.map(Card.init)
        indexes = Self.index(files, entries)
    }

    private static func problems(
        of rules: [ContractRule], besides entries: [PriceEntry]
    ) -> [PriceProblem] {
        let ids = Set(entries.map(\.id))
        var problems: [PriceProblem] = []
        for (number, rule) in rules.enumerated() {
            if ids.contains(rule.id) || (number > 0 && rules[number - 1].id == rule.id) {
                problems.append(
                    PriceProblem(
                        kind: .duplicateID, file: rule.file, line: rule.line,
                        text: "the id \(rule.id) stands twice"))
            }
            for other in rules[..<number] where rule.ties(with: other) {
                problems.append(
                    PriceProblem(
                        kind: .tie, file: rule.file, line: rule.line,
                        text: "\(other.id) and \(rule.id) could both decide one charge: give one an `until`, "
                            + "or name tenant, provider, model or meter more closely"))
            }
        }
        return problems
    }

    private static func index(_ files: [PriceFile], _ entries: [PriceEntry]) -> [String: [ModelIndex]] {
        var names: [String: [(pattern: ModelPattern, entry: Int32)]] = [:]
        for (number, entry) in entries.enumerated() {
            names[entry.provider, default: []] += entry.models.map { ($0, Int32(number)) }
        }
        let own = names.mapValues { ModelIndex($0) }
        var indexes = own.mapValues { [$0] }
        for file in files.sorted(by: { ($0.provider, $0.name) < ($1.provider, $1.name) }) {
            guard let index = own[file.provider] else { continue }
            for other in file.alsoFor where other != file.provider {
                indexes[other, default: []].append(index)
            }
        }
        return indexes
    }

    /// The price of a model of a provider for one component: of all that hold, the one whose name for the
    /// model is most exact, then the one with the most conditions. Loading the book has made sure that
    /// there is one such.
    ///
    /// - Returns: an index into ``entries``.
    func entry(
        provider: String, model: String, _ component: Component, upstream: String, at instant: Instant
    ) -> Int? {
        guard let indexes = indexes[provider] else { return nil }
        var facts = facts(component, upstream: upstream, at: instant)
        for place in indexes.indices {
            let index = indexes[place]
            var best: Int?
            var bestRank: Int32 = -1
            var bestCount = -1
            index.visit(model) { number, rank in
                guard rank >= bestRank, rank > bestRank || slots[number].count > bestCount else { return }
                // Few prices depend on the size of the input, and adding it up costs more than all else here.
                if slots[number].asksInput, facts.inputTokens < 0 {
                    facts.inputTokens = max(0, Circumstances.inputTokens(of: component.readings))
                }
                guard slots[number].holds(facts) else { return }
                if slots[number].asksMore {
                    let circumstances = Circumstances(component, upstream: upstream, at: instant)
                    guard entries[number].when.firstUnmet(circumstances) == nil else { return }
                }
                (best, bestRank, bestCount) = (number, rank, slots[number].count)
            }
            if let best { return best }
        }
        return nil
    }

    func card(_ entry: Int) -> Card { cards[entry] }

    /// The same as ``Circumstances``, as bits.
    private func facts(_ component: Component, upstream: String, at instant: Instant) -> Facts {
        var facts = Facts()
        let tier = component.selectors.serviceTier ?? component.selectors.serviceTierRequested
        facts.batch =
            component.selectors.batch
            ?? (tier.map { Circumstances.same($0, Circumstances.batchTier) } ?? false)
        facts.tier = words.bit(.serviceTier, facts.batch ? Circumstances.batchTier : tier)
        facts.region = words.bit(.region, component.selectors.region)
        facts.geo = words.bit(.geo, component.selectors.geo)
        facts.speed = words.bit(.speed, component.selectors.speed)
        facts.upstream = words.bit(.upstream, upstream)
        facts.inputTokens = component.selectors.contextTokens.map { max(0, $0) } ?? -1
        facts.microseconds = instant.microseconds
        return facts
    }

    /// All prices that name a model of a provider, whether they hold or not, with the rank of the name.
    func candidates(provider: String, model: String) -> [(entry: Int, rank: Int32)] {
        var ranks: [Int: Int32] = [:]
        for index in indexes[provider] ?? [] {
            index.visit(model) { number, rank in ranks[number] = max(rank, ranks[number] ?? -1) }
        }
        return ranks.map { ($0.key, $0.value) }.sorted { $0.entry < $1.entry }
    }
}
