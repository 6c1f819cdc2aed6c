// What the records of this sidecar came to: requests, tokens and amounts per tenant, upstream and model,
// counted by the shipper when their transaction is committed. The number of such combinations has a limit,
// because models are named by callers; what comes beyond it is counted under the name `other`.
import Bookkeeping
import Rating
import Synchronization
import Terms

/// Written by the shipper's thread, read by whoever makes the metrics page.
final class UsageMetrics: Sendable {
    /// What stands in the place of a tenant and a model beyond the limit.
    static let other = "other"

    struct Key: Hashable {
        var tenant: String
        var upstream: String
        var model: String
    }

    struct Series {
        /// Its labels as the page has them.
        let labels: [UInt8]
        /// What is beyond the limit.
        let isOther: Bool
        var requests: Int64 = 0
        var estimated: Int64 = 0
        var unpriced: Int64 = 0
        /// By ``TokenKind``.
        var tokens: [Int64] = Array(repeating: 0, count: TokenKind.allCases.count)
        /// By currency, an amount for each book.
        var amounts: [(currency: Currency, picos: [Int128])] = []
    }

    /// The kinds are disjoint: their sum is all tokens.
    enum TokenKind: String, CaseIterable {
        case input
        case cacheRead = "cache_read"
        case cacheWrite = "cache_write"
        case output, reasoning

        init?(_ meter: Meter) {
            if meter.isInputTokens {
                self = meter.isCacheRead ? .cacheRead : meter.isCacheWrite ? .cacheWrite : .input
            } else if meter.isOutputTokens {
                self = meter.isReasoning ? .reasoning : .output
            } else {
                return nil
            }
        }

        var index: Int {
            switch self {
            case .input: 0
            case .cacheRead: 1
            case .cacheWrite: 2
            case .output: 3
            case .reasoning: 4
            }
        }
    }

    struct Completed: Hashable {
        var upstream: String
        var completeness: Completeness
    }

    struct State {
        var places: [Key: Int] = [:]
        var series: [Series] = []
        /// Most records are of the same tenant and model as the one before.
        var last: (key: Key, place: Int)?
        /// By upstream, where the rest is counted. A tenant may be called like it, so these stand apart.
        var rests: [String: Int] = [:]
        var completed: [Completed: Int64] = [:]
        /// Records that are counted under ``other``.
        var others: Int64 = 0
    }

    /// Combinations with lines of their own.
    let limit: Int
    private let state = Mutex(State())

    init(limit: Int) { self.limit = limit }

    /// Counts records that are committed.
    func count(_ records: [RatedRecord]) {
        state.withLock { state in
            let records = records.span
            for index in records.indices { state.count(records[index], limit: limit) }
        }
    }

    func read<Result>(_ body: (borrowing State) -> Result) -> Result {
        state.withLock { body($0) }
    }
}

extension UsageMetrics.State {
    mutating func count(_ line: borrowing RatedRecord, limit: Int) {
        let record = line.record
        let at = place(of: record, limit: limit)
        series[at].requests += 1
        if !line.rated.unpriced.isEmpty { series[at].unpriced += 1 }
        record.withUsage { usage in
            let completeness = usage.completeness
            completed[
                UsageMetrics.Completed(upstream: record.upstream, completeness: completeness), default: 0] +=
                1
            if usage.status == .estimated { series[at].estimated += 1 }
            for component in usage.components {
                for reading in component.readings {
                    guard let kind = UsageMetrics.TokenKind(reading.meter),
                        let whole = reading.quantity.whole
                    else { continue }
                    series[at].tokens[kind.index] &+= whole
                }
            }
        }
        if let currency = line.rated.charges.first?.currency { add(line.rated.cost, currency, at: at) }
    }

    /// A cost is of one currency, or there is none.
    private mutating func add(_ cost: Cost, _ currency: Currency, at place: Int) {
        var slot = series[place].amounts.count
        if let known = series[place].amounts.firstIndex(where: { $0.currency == currency }) {
            slot = known
        } else {
            series[place].amounts.append((currency, Array(repeating: 0, count: Book.allCases.count)))
        }
        for (index, book) in Book.allCases.enumerated() {
            series[place].amounts[slot].picos[index] &+= cost[book]?.picos ?? 0
        }
    }

    private mutating func place(of record: borrowing UsageRecord, limit: Int) -> Int {
        // Callers may name any model; one that nobody answered for gets no name here.
        let model = (200..<300).contains(record.usage.httpStatus) ? record.reportedModel : ""
        if let last, last.key.model == model, last.key.tenant == record.attribution.tenant,
            last.key.upstream == record.upstream
        {
            if series[last.place].isOther { others += 1 }
            return last.place
        }
        let key = UsageMetrics.Key(
            tenant: record.attribution.tenant, upstream: record.upstream, model: model)
        let found: Int
        if let known = places[key] {
            found = known
        } else if places.count < limit {
            found = add(key, isOther: false)
        } else {
            let rest = UsageMetrics.Key(
                tenant: UsageMetrics.other, upstream: record.upstream, model: UsageMetrics.other)
            found = rests[rest.upstream] ?? add(rest, isOther: true)
            others += 1
        }
        last = (key, found)
        return found
    }

    private mutating func add(_ key: UsageMetrics.Key, isOther: Bool) -> Int {
        let labels = MetricText.labels([
            ("tenant", key.tenant), ("upstream", key.upstream), ("model", key.model),
        ])
        series.append(UsageMetrics.Series(labels: labels, isOther: isOther))
        if isOther { rests[key.upstream] = series.count - 1 } else { places[key] = series.count - 1 }
        return series.count - 1
    }
}
