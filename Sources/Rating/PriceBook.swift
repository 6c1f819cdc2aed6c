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
    /// The same in the shape that rating a record needs.
    let lookup: PriceLookup

    /// - Parameters:
    ///   - isProven: the files made a book before, so ties, which take by far the longest, are not looked
    ///     for.
    ///   - zones: gives the rules of a time zone that a price's window names; nil when there is none.
    /// - Throws: every id that stands twice, every unknown zone, every tie.
    public init(
        version: String, files: [PriceFile], isProven: Bool = false,
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
        if !isProven { problems += Ties(entries).problems }
        let rules = Self.rules(of: files, &problems)
        problems += Self.problems(of: rules, besides: entries) + Self.unknownZones(rules, zones)
        guard problems.isEmpty else { throw PriceProblems(problems) }
        self.version = version
        self.files = files.map(\.name).sorted()
        self.entries = entries
        self.rules = rules
        conversions = files.flatMap(\.conversions).sorted()
        lookup = PriceLookup(entries, files)
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
}
