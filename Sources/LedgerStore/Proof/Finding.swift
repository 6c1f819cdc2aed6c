// What `verify` can find, as values: where it looked, what it compared, and what did not agree.
public import Terms

/// One thing that does not agree.
public struct Finding: Hashable, Sendable {
    public enum Kind: String, Sendable, CaseIterable {
        /// The sums of a quarter of an hour are not those of its entries.
        case rollup
        /// The sums of a day are not those of its quarters of an hour.
        case dayRollup = "rollup_day"
        /// An entry whose record is not there.
        case orphan
        /// A record whose number its sidecar's row does not know, or has twice.
        case sequence
        /// Rows that are not those that were sealed.
        case seal
        /// A seal that is not the successor of the one before it, or whose MAC is wrong.
        case chain
        /// A price book whose files are not those that its version names.
        case price
        /// Work charged for once whose owner is not there.
        case settlement
        /// A conflict whose content is not what was kept.
        case conflict
    }

    public var kind: Kind
    /// Empty where all tenants are meant.
    public var tenant: String
    /// Where it is: a quarter of an hour or a day; nil where time does not matter.
    public var since: Instant?
    public var until: Instant?
    /// In words for a person.
    public var problem: String

    public init(
        _ kind: Kind, tenant: String = "", since: Instant? = nil, until: Instant? = nil, problem: String
    ) {
        self.kind = kind
        self.tenant = tenant
        self.since = since
        self.until = until
        self.problem = problem
    }
}

/// What was looked at, and what was found.
public struct Verification: Hashable, Sendable {
    /// Days of UTC whose sums were made again.
    public var days: Int64 = 0
    public var records: Int64 = 0
    public var entries: Int64 = 0
    /// Rollup rows that were compared.
    public var rollups: Int64 = 0
    public var seals: Int64 = 0
    /// Seals whose key was not at hand: their rows were compared, their MACs were not.
    public var unkeyedSeals: Int64 = 0
    /// The newest day that is sealed.
    public var sealedThrough: CivilDate?
    /// At most ``LedgerLimits/listedFindings``, in the order of time within each kind.
    public var findings: [Finding] = []
    /// All of them.
    public var found: Int64 = 0

    public init() {}

    public var isSound: Bool { found == 0 }

    /// The finding of the earliest window; one without a window comes first.
    public var first: Finding? {
        findings.min { a, b in
            (a.since?.microseconds ?? .min, a.tenant) < (b.since?.microseconds ?? .min, b.tenant)
        }
    }

    public mutating func add(_ finding: Finding) {
        found += 1
        if findings.count < LedgerLimits.listedFindings { findings.append(finding) }
    }
}
