// What is suspicious about prices that do load: for `tollbook prices check`, which ends with exit code 2
// when there is any.
public import Terms

/// One thing that a person should look at.
public struct PriceFinding: Hashable, Comparable, Sendable {
    public enum Kind: String, CaseIterable, Hashable, Sendable {
        /// Between two prices of the same models and conditions there is a time without one.
        case gap
        /// A class of usage has a price and its sibling has none: it would be unpriced.
        case missingSibling = "missing-sibling"
        /// An amount that looks like the wrong unit: per token, per thousand or per million.
        case unit
        /// Not compared with its source for too long.
        case stale
        case missingSource = "missing-source"
        /// A price that can never apply.
        case unreachable
        /// No meter of this name is ever counted.
        case unknownMeter = "unknown-meter"
    }

    public let kind: Kind
    public let file: String
    /// Counted from 1; where the price begins.
    public let line: Int
    /// The price's id.
    public let id: String
    public let text: String

    public static func < (a: PriceFinding, b: PriceFinding) -> Bool {
        (a.file, a.line, a.kind.rawValue, a.text) < (b.file, b.line, b.kind.rawValue, b.text)
    }
}

/// The thresholds of the check.
public struct PriceCheckLimits: Hashable, Sendable {
    /// Days after which a price in force should be compared with its source again. Providers change
    /// prices a few times a year.
    public var staleDays: Int64 = 180
    /// Currency units per million tokens between which every known price lies, with room to both sides.
    public var lowestPerMillion = Ratio(1, over: 4000)
    public var highestPerMillion: Int64 = 2000
    /// How many times dearer than fresh input the output, or the cached input, of one price may be.
    public var highestRatio: Int64 = 100

    public init() {}
}

extension PriceBook {
    /// Everything suspicious, by file and line.
    ///
    /// - Parameter today: for the age of `checked`.
    public func findings(today: CivilDate, limits: PriceCheckLimits = PriceCheckLimits()) -> [PriceFinding] {
        var check = PriceCheck(entries: entries, today: today, limits: limits)
        check.run()
        return (check.findings + conversionFindings(today: today, limits: limits)).sorted()
    }
}
