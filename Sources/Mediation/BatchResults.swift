// A file of batch results holds one report per request. Each is settled by itself, because price
// thresholds compare with single requests; what is kept are the sums of those that share a model and a
// price, so that a file of any length makes a record of bounded size.

import Terms

/// The results of one batch, added up.
struct BatchResults: Sendable {
    /// Results of one model between two thresholds.
    struct Group: Sendable {
        var model: String?
        var tier: String?
        var band: Int
        var quantities: [Meter: Quantity] = [:]
        /// The largest input of a request in the group.
        var largestInput: Int64 = 0
    }

    private(set) var groups: [Group] = []
    private(set) var input: Int64?
    private(set) var output: Int64?
    private(set) var anomalies: [Anomaly] = []

    /// Input sizes at which some provider changes its prices: no group reaches across one of them.
    private static let thresholds: [Int64] = [
        32_000, 100_000, 128_000, 199_999, 200_000, 256_000, 272_000, 512_000, 524_288,
    ]

    /// Adds one result. False when there are too many groups to keep it apart.
    mutating func add(_ part: UsageReport.Part, tier: String?, _ dialect: Dialect, limit: Int) -> Bool {
        let settled = SettledCounts(part.cells, dialect)
        let split = MeterSplit(part.cells, settled, dialect)
        for anomaly in settled.anomalies + split.anomalies where !anomalies.contains(anomaly) {
            anomalies.append(anomaly)
        }
        if let count = settled.input { input = Self.sum(input, count) }
        if let count = settled.output { output = Self.sum(output, count) }
        let size = settled.input ?? 0
        let band = Self.thresholds.count { $0 < size }
        let known = groups.firstIndex { $0.model == part.model && $0.tier == tier && $0.band == band }
        if known == nil {
            guard groups.count < limit else { return false }
            groups.append(Group(model: part.model, tier: tier, band: band))
        }
        let index = known ?? groups.count - 1
        groups[index].largestInput = max(groups[index].largestInput, size)
        for reading in split.readings {
            groups[index].quantities[reading.meter, default: .zero] += reading.quantity
        }
        return true
    }

    private static func sum(_ a: Int64?, _ b: Int64) -> Int64 {
        let (sum, overflow) = (a ?? 0).addingReportingOverflow(b)
        return overflow ? .max : sum
    }

    /// The only model of all results, nil when there are several.
    var onlyModel: String? {
        guard let first = groups.first?.model else { return nil }
        return groups.allSatisfy { $0.model == first } ? first : nil
    }
}
