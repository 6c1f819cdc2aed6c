// What a provider states, in one shape whatever file it came from: so much of a group of meters, or such an
// amount, for a day, a model and a key, as far as the file says. The readers beside this file each know one
// kind; whatever compares knows none.
public import Terms

/// The kinds of files that are read.
public enum ProviderFileKind: String, CaseIterable, Hashable, Sendable {
    case openAIUsage = "openai-usage"
    case openAICosts = "openai-costs"
    case anthropicUsage = "anthropic-usage"
    case anthropicCosts = "anthropic-costs"
    case openRouterActivity = "openrouter-activity"
    case awsCUR = "aws-cur"
    case gcpBilling = "gcp-billing"
    case focus

    /// Whether it is comma-separated; else JSON.
    public var isDelimited: Bool { self == .awsCUR || self == .gcpBilling || self == .focus }
}

/// Meters as coarse as providers report them.
public enum MeterGroup: String, CaseIterable, Hashable, Comparable, Sendable {
    /// The file does not tell meters apart.
    case all = ""
    /// All tokens that enter, caches included.
    case input = "in"
    case freshInput = "in.fresh"
    case cacheRead = "in.cache_read"
    case cacheWrite = "in.cache_write"
    case cacheWrite5m = "in.cache_write.5m"
    case cacheWrite1h = "in.cache_write.1h"
    case output = "out"
    case webSearch = "web_search"
    case requests
    case other

    public static func < (a: MeterGroup, b: MeterGroup) -> Bool { a.rawValue < b.rawValue }

    /// The group of one of our meters, among those that a file uses.
    public init(_ meter: Meter, among groups: Set<MeterGroup>) {
        func first(_ wanted: MeterGroup...) -> MeterGroup { wanted.first(where: groups.contains) ?? .other }
        if groups == [.all] || groups.isEmpty {
            self = .all
        } else if meter == .request {
            self = first(.requests)
        } else if meter.isCacheRead {
            self = first(.cacheRead, .input)
        } else if meter.isCacheWrite {
            let name = meter.rawValue
            self =
                name.hasSuffix(".1h")
                ? first(.cacheWrite1h, .cacheWrite, .input)
                : name.hasSuffix(".5m")
                    ? first(.cacheWrite5m, .cacheWrite, .input) : first(.cacheWrite, .cacheWrite5m, .input)
        } else if meter.isInputTokens {
            self = first(.freshInput, .input)
        } else if meter.isOutputTokens {
            self = first(.output)
        } else if meter.rawValue.hasPrefix("web_search") {
            self = first(.webSearch)
        } else {
            self = .other
        }
    }
}

/// One sum that a provider states.
public struct ProviderLine: Hashable, Sendable {
    /// What the sum is about.
    public enum Category: String, CaseIterable, Hashable, Comparable, Sendable {
        case usage, tax, credit, adjustment, rounding
        /// The file is about this day and has nothing for it.
        case nothing

        public static func < (a: Category, b: Category) -> Bool { a.rawValue < b.rawValue }
    }

    public struct Key: Hashable, Comparable, Sendable {
        public var provider: String
        /// Of UTC.
        public var day: CivilDate
        /// As the provider spells it; empty where the file does not say.
        public var model = ""
        public var group = MeterGroup.all
        /// The provider's id of the key; empty where the file does not say.
        public var key = ""
        public var category = Category.usage
        public var currency: Currency

        public init(provider: String, day: CivilDate, currency: Currency = .usd) {
            self.provider = provider
            self.day = day
            self.currency = currency
        }

        public static func < (a: Key, b: Key) -> Bool {
            if a.provider != b.provider { return a.provider < b.provider }
            if a.day != b.day { return a.day < b.day }
            return (a.model, a.group, a.key, a.category, a.currency)
                < (b.model, b.group, b.key, b.category, b.currency)
        }
    }

    public var kind: ProviderFileKind
    public var account: String
    public var key: Key
    /// Tokens or requests; nil where the file states money only.
    public var quantity: Quantity?
    /// Nil where the file states quantities only.
    public var amount: Money?
    /// How many of the file's rows are in it: each may have been rounded.
    public var rows: Int64 = 0
    /// The most decimals that the file states an amount with.
    public var decimals = 0

    public init(kind: ProviderFileKind, account: String, key: Key) {
        self.kind = kind
        self.account = account
        self.key = key
    }
}

/// Collects the lines of one file.
public struct ProviderLines: Sendable {
    public let kind: ProviderFileKind
    let account: String
    /// Stands in for what the file would say.
    let provider: String?
    private var lines: [ProviderLine.Key: ProviderLine] = [:]
    private var decimals = 0
    /// Where and why something could not be read, the first few.
    public private(set) var problems: [String] = []
    public private(set) var problemCount = 0
    private static let toldProblems = 5

    /// - Parameter provider: the ledger's name of the provider where the file's own is not to be used.
    public init(kind: ProviderFileKind, account: String = "", provider: String? = nil) {
        self.kind = kind
        self.account = account
        self.provider = provider
    }

    mutating func add(_ key: ProviderLine.Key, quantity: Quantity? = nil, amount: ProviderAmount? = nil) {
        var key = key
        if let provider { key.provider = provider }
        var line = lines[key] ?? ProviderLine(kind: kind, account: account, key: key)
        if let quantity { line.quantity = (line.quantity ?? .zero) + quantity }
        if let amount {
            line.amount = (line.amount ?? .zero) + amount.money
            decimals = max(decimals, amount.decimals)
        }
        line.rows += 1
        lines[key] = line
    }

    /// The file has this day.
    mutating func cover(_ provider: String, _ day: CivilDate) {
        var key = ProviderLine.Key(provider: provider, day: day)
        key.category = .nothing
        add(key)
    }

    mutating func problem(_ text: String) {
        problemCount += 1
        if problems.count < Self.toldProblems { problems.append(text) }
    }

    /// All lines, ascending, with every day between the first and the last, because a day without a line says
    /// that nothing was used.
    public var all: [ProviderLine] {
        var copy = self
        for (provider, keys) in Dictionary(grouping: lines.keys, by: \.provider) {
            guard let first = keys.map(\.day).min(), let last = keys.map(\.day).max() else { continue }
            let known = Set(keys.map(\.day))
            var day = first
            while day < last, last.daysSinceEpoch - first.daysSinceEpoch < Self.mostDays {
                if !known.contains(day) { copy.cover(provider, day) }
                day = day.adding(days: 1)
            }
        }
        return copy.lines.values.sorted { $0.key < $1.key }.map { line in
            var line = line
            line.decimals = decimals
            return line
        }
    }

    /// Days that a file may be about.
    private static let mostDays: Int64 = 3700
}

/// An amount with how finely it was stated.
struct ProviderAmount {
    let money: Money
    let decimals: Int

    /// - Parameter shift: decimals to move to the left: 2 for cents.
    init?(_ text: String?, shift: Int = 0) {
        guard let text, let number = DecimalText(text), let exact = Money(rounding: text) else { return nil }
        money = shift == 2 ? Money(picos: dividedHalfEven(exact.picos, by: 100).quotient) : exact
        decimals = min(max(number.scale, 0) + shift, 12)
    }

    private init(money: Money, decimals: Int) {
        self.money = money
        self.decimals = decimals
    }

    static func + (a: ProviderAmount, b: ProviderAmount) -> ProviderAmount {
        ProviderAmount(money: a.money + b.money, decimals: max(a.decimals, b.decimals))
    }
}
