// What a budget is: whose calls it counts, in which unit and window, how much is planned, and whether the
// end of it informs or refuses. A value; what was spent of it is a range over entries and is kept nowhere
// here.
public import Terms

/// Whose calls a budget counts: everything stated must hold. Nothing stated is everybody's.
public struct BudgetScope: Hashable, Sendable {
    public var tenant: String?
    public var user: String?
    /// The key's id, as records name it.
    public var key: String?
    /// The model as callers ask for it; one that ends in `*` stands for all that begin so.
    public var model: String?
    /// All of them; ascending by key.
    public var labels: [Label]

    public init(
        tenant: String? = nil, user: String? = nil, key: String? = nil, model: String? = nil,
        labels: [Label] = []
    ) {
        self.tenant = tenant
        self.user = user
        self.key = key
        self.model = model
        self.labels = labels.sorted { ($0.key, $0.value) < ($1.key, $1.value) }
    }

    /// - Parameter model: what the caller asked for, empty when nothing says so.
    public func holds(_ attribution: Attribution, model asked: String) -> Bool {
        if let tenant, tenant != attribution.tenant { return false }
        if let user, user != attribution.user { return false }
        if let key, key != attribution.keyID { return false }
        if let model {
            if model.utf8.last == UInt8(ascii: "*") {
                guard asked.hasPrefix(model.dropLast()) else { return false }
            } else if model != asked {
                return false
            }
        }
        for label in labels where !attribution.labels.contains(label) { return false }
        return true
    }

    /// `tenant=acme,label:team=a`; `everybody` when nothing is stated.
    public var text: String {
        var parts: [String] = []
        if let tenant { parts.append("tenant=\(tenant)") }
        if let user { parts.append("user=\(user)") }
        if let key { parts.append("key=\(key)") }
        if let model { parts.append("model=\(model)") }
        parts += labels.map { "label:\($0.key)=\($0.value)" }
        return parts.isEmpty ? "everybody" : parts.joined(separator: ",")
    }
}

/// What a budget counts.
public enum BudgetUnit: Hashable, Sendable {
    case money(Currency)
    /// All tokens that enter or leave a model.
    case tokens
    /// Calls that were sent upstream.
    case requests
    /// Calls that are under way at the same time.
    case concurrent

    /// `tokens`, `requests`, `concurrent-requests`, or a currency's code.
    public init?(_ text: String) {
        switch text {
        case "tokens": self = .tokens
        case "requests": self = .requests
        case "concurrent-requests": self = .concurrent
        default:
            guard (1...16).contains(text.utf8.count), text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f }) else {
                return nil
            }
            self = .money(Currency(text))
        }
    }

    /// What somebody may ask for: a currency has a code of three capital letters, because no amount is ever
    /// in `usd`, and a budget in it would bound nothing.
    public static func asked(_ text: String) -> BudgetUnit? {
        let unit = BudgetUnit(text)
        guard case .money(let currency) = unit else { return unit }
        let isCode =
            currency.code.utf8.count == 3 && currency.code.utf8.allSatisfy { (0x41...0x5a).contains($0) }
        return isCode ? unit : nil
    }

    public var text: String {
        switch self {
        case .money(let currency): currency.code
        case .tokens: "tokens"
        case .requests: "requests"
        case .concurrent: "concurrent-requests"
        }
    }
}

/// What happens when a budget is used up.
public enum BudgetAction: String, CaseIterable, Hashable, Sendable {
    /// The next call is refused.
    case block
    /// Somebody is told; nothing is refused.
    case warn
}

/// One budget as it stands.
public struct Budget: Hashable, Sendable {
    public let name: String
    public var scope: BudgetScope
    public var unit: BudgetUnit
    /// Whose amounts count, for money.
    public var book: Book
    public var window: WindowRule
    /// Nil: unlimited. Zero: every call that costs anything is refused.
    public var limit: BudgetAmount?
    public var action: BudgetAction
    /// Hundredths of the limit at which somebody is told; ascending.
    public var warnAt: [Int]

    public init(
        name: String, scope: BudgetScope, unit: BudgetUnit, book: Book = .contracted, window: WindowRule,
        limit: BudgetAmount?, action: BudgetAction = .block, warnAt: [Int] = []
    ) {
        self.name = name
        self.scope = scope
        self.unit = unit
        self.book = book
        self.window = window
        self.limit = limit
        self.action = action
        self.warnAt = Array(Set(warnAt)).sorted()
    }

    /// Whether what was counted for the other one holds for this one, too: limit, action and thresholds
    /// may differ.
    public func counts(like other: Budget) -> Bool {
        scope == other.scope && unit == other.unit && book == other.book && window == other.window
    }

    /// It bounds the speed of calls, not their sum: whoever is refused may come again within a minute.
    public var isRateLimit: Bool {
        if unit == .concurrent { return true }
        if case .rolling(let seconds) = window { return seconds <= 60 }
        return false
    }

    /// Whether unit and window go together: calls under way are counted now, and in no window.
    public static func isWindow(_ window: WindowRule, for unit: BudgetUnit) -> Bool {
        unit != .concurrent || window == .lifetime
    }

    /// Whether a limit means something in a unit: all but money is counted in whole ones.
    public static func isLimit(_ limit: BudgetAmount?, in unit: BudgetUnit) -> Bool {
        if case .money = unit { return true }
        return limit?.isWhole ?? true
    }

    /// Names are what headers, commands and SQL carry: 1 to 64 letters, digits, `.`, `_`, `-`, `:` or `/`.
    public static func isName(_ text: String) -> Bool {
        (1...64).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"),
                    UInt8(ascii: "-"), UInt8(ascii: ":"), UInt8(ascii: "/"):
                    true
                default: false
                }
            }
    }
}

/// A limit that holds instead of a budget's own for a while.
public struct BudgetOverride: Hashable, Sendable {
    /// Nil: unlimited.
    public var limit: BudgetAmount?
    public var since: Instant
    /// Exclusive.
    public var until: Instant
    public var reason: String

    public init(limit: BudgetAmount?, since: Instant, until: Instant, reason: String) {
        self.limit = limit
        self.since = since
        self.until = until
        self.reason = reason
    }
}

extension Budget {
    /// The limit at an instant: that of the override that was made last and holds, else the budget's own.
    public func limit(at instant: Instant, overrides: [BudgetOverride]) -> BudgetAmount? {
        for override in overrides.reversed() where override.since <= instant && instant < override.until {
            return override.limit
        }
        return limit
    }
}
