// A price book: all price files of one version, compiled for lookup. Immutable and free of clocks and
// I/O, so that one record under one version always has one price.
public import Terms

public struct PriceBook: Sendable {
    /// A label or a hash of the contents, see ``contentVersion(of:)``; every charge carries it.
    public let version: String
    public let files: [PriceFile]
    /// In the order of their ids, whatever the order of the files.
    public let entries: [PriceEntry]
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
        guard problems.isEmpty else { throw PriceProblems(problems) }
        self.version = version
        self.files = files.sorted { $0.name < $1.name }
        self.entries = entries
        indexes = Self.index(files, entries)
    }

    private static func index(_ files: [PriceFile], _ entries: [PriceEntry]) -> [String: [ModelIndex]] {
        var own: [String: ModelIndex] = [:]
        for (number, entry) in entries.enumerated() {
            for pattern in entry.models {
                own[entry.provider, default: ModelIndex()].insert(pattern, entry: Int32(number))
            }
        }
        var indexes = own.mapValues { [$0] }
        for file in files.sorted(by: { ($0.provider, $0.name) < ($1.provider, $1.name) }) {
            guard let index = own[file.provider] else { continue }
            for other in file.alsoFor where other != file.provider {
                indexes[other, default: []].append(index)
            }
        }
        return indexes
    }

    /// The price of a model of a provider under the given circumstances: of all that hold, the one whose
    /// name for the model is most exact, then the one with the most conditions. Loading the book has
    /// made sure that there is one such.
    func entry(provider: String, model: String, _ circumstances: Circumstances) -> Int? {
        guard let indexes = indexes[provider] else { return nil }
        for index in indexes {
            var best: Int?
            var bestRank: Int32 = -1
            var bestCount = -1
            index.visit(model) { number, rank in
                guard rank >= bestRank else { return }
                let count = entries[number].when.count
                guard rank > bestRank || count > bestCount,
                    entries[number].holds(at: circumstances.instant),
                    entries[number].when.firstUnmet(circumstances) == nil
                else { return }
                (best, bestRank, bestCount) = (number, rank, count)
            }
            if let best { return best }
        }
        return nil
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
