// The answer to a report query. The ledger delivers sums per group; this file makes rows of them:
// names the calendar units, gives exchanges without a charge a currency, sorts, and totals exactly.
public import Terms

/// The measures of a row.
public struct Figures: Hashable, Sendable {
    public var requests: Int64 = 0
    public var inputTokens: Int64 = 0
    public var cacheReadTokens: Int64 = 0
    public var cacheWriteTokens: Int64 = 0
    public var outputTokens: Int64 = 0
    public var reasoningTokens: Int64 = 0
    /// The sum of the meters' quantities; says something only in a report by meter.
    public var quantity = Quantity.zero
    /// Exact sums. `nil` when nothing has a price and something lacks one.
    public var cost = Cost.nothing
    public var estimatedRequests: Int64 = 0
    public var unpricedRequests: Int64 = 0

    public init() {}
}

/// One line of a report.
public struct ReportRow: Hashable, Sendable {
    /// One value per dimension of the query, in its order. Empty where unknown.
    public var keys: [String]
    public var currency: Currency
    public var figures: Figures
    /// The same of another period, where one is compared with.
    public var compared: Figures?

    public init(keys: [String], currency: Currency, figures: Figures) {
        self.keys = keys
        self.currency = currency
        self.figures = figures
    }
}

/// How complete the numbers are, for the line under a report.
public struct CompletenessFooter: Hashable, Sendable {
    /// Records in the report.
    public var records: Int64 = 0
    /// Exchanges that were opened and never closed.
    public var open: Int64 = 0
    public var estimated: Int64 = 0
    public var unpriced: Int64 = 0
    /// When the oldest of ``unpriced`` occurred, to the quarter of an hour before it; nil for none.
    public var unpricedSince: Instant?
    /// Booked more than ``Posting/lateAfterSeconds`` after they occurred.
    public var late: Int64 = 0
    /// Sequence numbers that never arrived, over all instances and all time.
    public var gaps: Int64 = 0
    /// Records that instances said they still hold; nil when none said.
    public var backlog: Int64?
    /// Everything that occurred before this is in the ledger; nil when no instance said.
    public var completeUntil: Instant?

    public init() {}
}

public struct Report: Hashable, Sendable {
    public var query: ReportQuery
    /// By cost descending, then by name; calendar units ascending before everything else.
    public var rows: [ReportRow]
    /// One per currency, ascending; at least one. Amounts of different currencies are never added.
    public var totals: [ReportRow]
    public var footer: CompletenessFooter
    /// The period whose figures stand beside the rows.
    public var comparedPeriod: Period?
}

/// What the ledger sums up for one group before it becomes a row.
public struct GroupSums: Hashable, Sendable {
    /// One value per dimension; calendar dimensions are empty here.
    public var keys: [String]
    /// Index into ``CalendarCuts``; 0 where the query has no calendar unit.
    public var unit: Int
    /// Empty for what was not charged.
    public var currency: Currency
    public var requests: Int64 = 0
    public var estimatedRequests: Int64 = 0
    public var unpricedRequests: Int64 = 0
    /// The quarter of an hour of the oldest of ``unpricedRequests``.
    public var unpricedSince: Instant?
    public var openRequests: Int64 = 0
    public var lateRequests: Int64 = 0
    public var unpricedReadings: Int64 = 0
    public var quantity = Quantity.zero
    public var input = Quantity.zero
    public var cacheRead = Quantity.zero
    public var cacheWrite = Quantity.zero
    public var output = Quantity.zero
    public var reasoning = Quantity.zero
    /// `nil` where no amount was booked.
    public var amounts = Cost()

    public init(keys: [String], unit: Int, currency: Currency) {
        self.keys = keys
        self.unit = unit
        self.currency = currency
    }

    public mutating func add(_ other: GroupSums) {
        requests += other.requests
        estimatedRequests += other.estimatedRequests
        unpricedRequests += other.unpricedRequests
        unpricedSince = [unpricedSince, other.unpricedSince].compactMap { $0 }.min()
        openRequests += other.openRequests
        lateRequests += other.lateRequests
        unpricedReadings += other.unpricedReadings
        quantity += other.quantity
        input += other.input
        cacheRead += other.cacheRead
        cacheWrite += other.cacheWrite
        output += other.output
        reasoning += other.reasoning
        for book in Book.allCases {
            if let amount = other.amounts[book] { amounts[book] = (amounts[book] ?? .zero) + amount }
        }
    }

    var figures: Figures {
        var figures = Figures()
        figures.requests = requests
        figures.inputTokens = input.tokens
        figures.cacheReadTokens = cacheRead.tokens
        figures.cacheWriteTokens = cacheWrite.tokens
        figures.outputTokens = output.tokens
        figures.reasoningTokens = reasoning.tokens
        figures.quantity = quantity
        figures.estimatedRequests = estimatedRequests
        figures.unpricedRequests = unpricedRequests
        let unpriced = unpricedRequests > 0 || unpricedReadings > 0
        for book in Book.allCases { figures.cost[book] = amounts[book] ?? (unpriced ? nil : .zero) }
        return figures
    }
}

extension Quantity {
    /// Tokens are whole; sums of counts below ``TokenCounts/limit`` cannot leave 64 bits.
    fileprivate var tokens: Int64 { Int64(clamping: nanos / 1_000_000_000) }
}
