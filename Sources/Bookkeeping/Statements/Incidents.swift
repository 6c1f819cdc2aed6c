// What went wrong in a month, for its statement: requests that did not end as they should, with what they
// cost all the same, and what the records note of answers that do not add up.
public import Terms

public struct Incidents: Hashable, Sendable {
    /// Requests that ended in one of the ways of ``outcomes``, of one currency.
    public struct Failed: Hashable, Sendable {
        public let outcome: Completeness
        /// Empty where nothing was charged.
        public let currency: Currency
        public var requests: Int64
        /// In the statement's book.
        public var cost: Money

        public init(outcome: Completeness, currency: Currency, requests: Int64, cost: Money) {
            self.outcome = outcome
            self.currency = currency
            self.requests = requests
            self.cost = cost
        }
    }

    /// How many records note an anomaly.
    public struct Noted: Hashable, Sendable {
        public let anomaly: Anomaly
        public var requests: Int64

        public init(anomaly: Anomaly, requests: Int64) {
            self.anomaly = anomaly
            self.requests = requests
        }
    }

    /// How a request may end otherwise than complete.
    public static let outcomes: [Completeness] = [
        .upstreamError, .truncated, .clientAborted, .clientAbortedDrained, .refused, .open,
    ]

    /// In the order of ``outcomes``, then by currency.
    public private(set) var failed: [Failed] = []
    /// Ascending by name.
    public private(set) var anomalies: [Noted] = []

    public init() {}

    public init(failed: [Failed], anomalies: [Noted]) {
        for one in failed { add(one) }
        for one in anomalies { add(one) }
        self = sorted
    }

    /// What failed requests of a currency cost.
    public func cost(_ currency: Currency) -> Money {
        failed.filter { $0.currency == currency }.reduce(.zero) { $0 + $1.cost }
    }

    mutating func add(_ record: UsageRecord, _ entries: [Entry]) {
        guard !record.isAdjustment else { return }
        for anomaly in record.usage.anomalies { add(Noted(anomaly: anomaly, requests: 1)) }
        let outcome = record.usage.completeness
        guard Self.outcomes.contains(outcome) else { return }
        let home = entries.first { $0.book == .list } ?? entries.first
        add(Failed(outcome: outcome, currency: home?.currency ?? Currency(""), requests: 1, cost: .zero))
        for entry in entries where entry.kind != .free && entry.counts(in: StatementQuestion.book) {
            guard let amount = entry.amount else { continue }
            add(Failed(outcome: outcome, currency: entry.currency, requests: 0, cost: amount))
        }
    }

    private mutating func add(_ one: Failed) {
        let same = failed.firstIndex { $0.outcome == one.outcome && $0.currency == one.currency }
        if let same {
            failed[same].requests += one.requests
            failed[same].cost += one.cost
        } else {
            failed.append(one)
        }
    }

    private mutating func add(_ one: Noted) {
        if let same = anomalies.firstIndex(where: { $0.anomaly == one.anomaly }) {
            anomalies[same].requests += one.requests
        } else {
            anomalies.append(one)
        }
    }

    var sorted: Incidents {
        var copy = self
        copy.failed = failed.filter { $0.requests != 0 || $0.cost != .zero }.sorted { a, b in
            let places = (Self.outcomes.firstIndex(of: a.outcome), Self.outcomes.firstIndex(of: b.outcome))
            return places.0 == places.1 ? a.currency < b.currency : (places.0 ?? 0) < (places.1 ?? 0)
        }
        copy.anomalies.sort { $0.anomaly < $1.anomaly }
        return copy
    }
}
