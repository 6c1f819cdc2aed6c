// The last line of every export: whether the rows that were written add up to the report of the same
// period. Both are read from one snapshot of the ledger, so a difference is an error and not traffic.
public import Terms

/// Sums per currency and book of what an export wrote.
public struct ExportSums: Hashable, Sendable {
    public private(set) var amounts: [Currency: Cost] = [:]
    /// Records that took part.
    public var records: Int64 = 0
    /// Those of them that are requests: adjustments belong to none, and reports do not count them.
    public var requests: Int64 = 0
    /// Lines without a price, which stand with no amount.
    public var unpriced: Int64 = 0
    /// Rows or postings that were written.
    public var rows: Int64 = 0

    public init() {}

    /// A record with all its lines.
    /// Counts a record whose lines are added one by one.
    public mutating func count(_ record: UsageRecord) {
        records += 1
        if !record.isAdjustment { requests += 1 }
    }

    public mutating func add(_ stored: StoredRecord) {
        count(stored.record)
        for line in stored.lines { add(line) }
    }

    public mutating func add(_ line: BookedLine) {
        if line.kind == .unpriced { unpriced += 1 }
        add(line.amounts, line.currency)
    }

    public mutating func add(_ cost: Cost, _ currency: Currency) {
        guard cost != .nothing else { return }
        var sum = amounts[currency] ?? .nothing
        for book in Book.allCases { sum[book] = (sum[book] ?? .zero) + (cost[book] ?? .zero) }
        amounts[currency] = sum
    }
}

/// What an export wrote beside what the report says.
public struct Reconciled: Hashable, Sendable {
    public struct Line: Hashable, Sendable {
        public let currency: Currency
        public let exported: Cost
        public let reported: Cost
        public var isEqual: Bool { exported == reported }
    }

    public let sums: ExportSums
    /// One per currency with an amount, ascending.
    public let lines: [Line]
    public let reportedRecords: Int64

    public var isEqual: Bool { lines.allSatisfy(\.isEqual) && sums.requests == reportedRecords }

    public init(_ sums: ExportSums, _ report: Report) {
        self.sums = sums
        reportedRecords = report.footer.records
        var reported: [Currency: Cost] = [:]
        for total in report.totals {
            var cost = Cost.nothing
            for book in Book.allCases { cost[book] = total.figures.cost[book] ?? .zero }
            if cost != .nothing { reported[total.currency] = cost }
        }
        let exported = sums.amounts.filter { $1 != .nothing }
        lines = Set(exported.keys).union(reported.keys).sorted().map {
            Line(currency: $0, exported: exported[$0] ?? .nothing, reported: reported[$0] ?? .nothing)
        }
    }
}
