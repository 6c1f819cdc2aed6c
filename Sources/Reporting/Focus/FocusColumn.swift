// The columns of the FOCUS cost and usage dataset as data: which version has them, what they hold and
// whether they may be empty. Export and check read this one table. The facts are those of the FinOps
// Open Cost and Usage Specification (focus.finops.org, CC BY 4.0), in our own words.

/// A published version, or the draft of the next one.
public enum FocusVersion: String, CaseIterable, Hashable, Sendable {
    case version12 = "1.2"
    case version14 = "1.4"
    case draft15 = "1.5-draft"
}

/// One column of the dataset.
public struct FocusColumn: Hashable, Sendable {
    public enum Level: Hashable, Sendable {
        /// There in every dataset.
        case mandatory
        /// There where the provider has what it is about.
        case conditional
        case recommended
    }

    public enum Kind: Hashable, Sendable {
        case text, decimal, instant, json
        /// Three capital letters of ISO 4217; a pricing currency may be a name of its own.
        case currency, pricingCurrency
        case unit
    }

    public let name: String
    public let level: Level
    public let kind: Kind
    public let allowsNull: Bool
    /// The closed list of values; empty where any is allowed.
    public let values: [String]
    public let versions: Set<FocusVersion>

    /// The column of that name in a version, nil when it has none.
    public static func named(_ name: String, in version: FocusVersion) -> FocusColumn? {
        byName[version]?[name]
    }

    /// All columns of a version, by name.
    public static func all(of version: FocusVersion) -> [FocusColumn] {
        table.filter { $0.versions.contains(version) }.sorted { $0.name < $1.name }
    }

    private static let byName: [FocusVersion: [String: FocusColumn]] = Dictionary(
        uniqueKeysWithValues: FocusVersion.allCases.map { version in
            (version, Dictionary(uniqueKeysWithValues: all(of: version).map { ($0.name, $0) }))
        })
}
