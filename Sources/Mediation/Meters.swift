// The meters of one component: the headline split into parts that do not overlap. What the report
// leaves open (how cached and audio tokens overlap) follows the provider's documented convention; what
// cannot be true (more cached than prompt) is an anomaly and is billed as what it must have been.

import Terms

/// Splits counts into disjoint readings.
struct MeterSplit {
    private(set) var readings: [MeterReading] = []
    private(set) var anomalies: [Anomaly] = []
    private let cacheKind: String?

    init(_ report: Snapshot, _ settled: SettledCounts, _ dialect: Dialect, cacheKind: String? = nil) {
        self.cacheKind = cacheKind
        if let input = settled.input {
            splitInput(input, report, settled, dialect)
        }
        if let output = settled.output { splitOutput(output, report, settled) }
        add(.webSearch, report[.webSearches] ?? 0)
        add(Meter("web_fetch.request"), report[.webFetches] ?? 0)
        add(Meter("image.count"), report[.images] ?? 0)
        readings.sort { $0.meter < $1.meter }
    }

    private mutating func add(_ meter: Meter, _ count: Int64, _ status: QuantityStatus = .reported) {
        guard count > 0 else { return }
        readings.append(MeterReading(meter, Quantity(count), status: status))
    }

    private mutating func note(_ anomaly: Anomaly) {
        if !anomalies.contains(anomaly) { anomalies.append(anomaly) }
    }

    private mutating func splitInput(
        _ input: Int64, _ report: Snapshot, _ settled: SettledCounts, _ dialect: Dialect
    ) {
        let read = report[.cacheRead] ?? 0
        let write = writes(report)
        let tool = report[.toolPrompt] ?? 0
        let citations = report[.citations] ?? 0
        var rest = input - tool - citations
        if read > rest || write > rest {
            // More cached than there was prompt: the prompt does not contain it.
            note(.cachedExceedsPrompt)
        } else if read + write > rest {
            // The same tokens written and read: both are charged for, the prompt holds them once.
            note(.detailMismatch)
            rest -= max(read, write)
        } else {
            rest -= read + write
        }
        var cachedText = read
        cachedText -= split(
            .audioInput, .audioCacheRead, Meter.audioInput, Meter.audioCacheRead, report, &rest)
        cachedText -= split(
            .imageInput, .imageCacheRead, Meter.imageInput, Meter.imageCacheRead, report, &rest)
        cachedText -= split(.videoInput, nil, Meter.videoInput, Meter("in.video.cache_read"), report, &rest)
        cachedText -= split(
            .documentInput, nil, Meter.documentInput, Meter("in.doc.cache_read"), report, &rest)
        add(cacheKind == "ephemeral" ? Meter("in.text.cache_read.explicit") : .cacheRead, max(cachedText, 0))
        addWrites(report, write, dialect)
        add(.toolInput, tool)
        add(Meter("in.citation"), citations)
        add(.freshInput, rest, settled.inputIsDerived ? .derived : .reported)
    }

    /// One modality of the input. What does not fit beside the cached text must itself be cached.
    /// Returns how many of its tokens were read from the cache.
    private mutating func split(
        _ cell: Cell, _ cachedCell: Cell?, _ fresh: Meter, _ cached: Meter, _ report: Snapshot,
        _ rest: inout Int64
    ) -> Int64 {
        guard let count = report[cell], count > 0 else { return 0 }
        let stated = cachedCell.flatMap { report[$0] }
        let fromCache = min(count, stated ?? max(0, min(count - rest, report[.cacheRead] ?? 0)))
        if count - fromCache > rest { note(.detailMismatch) }
        let freshCount = min(count - fromCache, max(rest, 0))
        add(fresh, freshCount)
        add(cached, fromCache)
        rest -= freshCount
        return fromCache
    }

    private func writes(_ report: Snapshot) -> Int64 {
        max(report[.cacheWrite] ?? 0, lifetimes(report))
    }

    /// The sum of the writes whose lifetime is stated.
    private func lifetimes(_ report: Snapshot) -> Int64 {
        (report[.cacheWrite5m] ?? 0) + (report[.cacheWrite30m] ?? 0) + (report[.cacheWrite1h] ?? 0)
            + (report[.cacheWrite12h] ?? 0)
    }

    private mutating func addWrites(_ report: Snapshot, _ write: Int64, _ dialect: Dialect) {
        guard write > 0 || report[.cacheWrite] ?? 0 > 0 else { return }
        let known = lifetimes(report)
        if known > 0, let stated = report[.cacheWrite], stated != known { note(.detailMismatch) }
        var unknown = write - known
        let unstated = dialect.cacheWriteMeter.meter
        for (meter, cell) in Self.lifetimeMeters {
            var count = report[cell] ?? 0
            if meter == unstated {
                count += unknown
                unknown = 0
            }
            add(meter, count)
        }
        add(.cacheWrite, unknown)
    }

    private static let lifetimeMeters: [(Meter, Cell)] = [
        (.cacheWrite5m, .cacheWrite5m), (.cacheWrite30m, .cacheWrite30m), (.cacheWrite1h, .cacheWrite1h),
        (.cacheWrite12h, .cacheWrite12h),
    ]

    private mutating func splitOutput(_ output: Int64, _ report: Snapshot, _ settled: SettledCounts) {
        let audio = report[.audioOutput] ?? 0
        let image = report[.imageOutput] ?? 0
        let memo = settled.beside.contains(.reasoningMemo) ? report[.reasoningMemo] : nil
        let stated = report[.reasoning] ?? memo ?? 0
        if stated > output { note(.reasoningExceedsOutput) }
        let reasoning = min(stated, max(output - settled.derivedReasoning, 0))
        var rest = output - reasoning - settled.derivedReasoning
        if audio + image > rest { note(.detailMismatch) }
        let audioCount = min(audio, max(rest, 0))
        rest -= audioCount
        let imageCount = min(image, max(rest, 0))
        rest -= imageCount
        add(.audioOutput, audioCount)
        add(.imageOutput, imageCount)
        if settled.derivedReasoning > 0 {
            add(.reasoning, reasoning + settled.derivedReasoning, .derived)
        } else {
            add(.reasoning, reasoning)
        }
        add(.output, rest, settled.outputIsDerived ? .derived : .reported)
    }
}

extension CacheLifetime {
    var meter: Meter {
        switch self {
        case .unspecified: .cacheWrite
        case .fiveMinutes: .cacheWrite5m
        case .thirtyMinutes: .cacheWrite30m
        }
    }
}
