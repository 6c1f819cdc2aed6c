// From a report to the record's numbers: the headline that the provider states, made inclusive, and
// the disjoint meters that are billed. How counts contain each other comes from the dialect; where a
// table leaves it open, the stated total decides.

import Terms

/// A report's counts with every inclusion settled.
struct SettledCounts {
    /// What the whole contains: input and output with everything that belongs to them.
    var input: Int64?
    var output: Int64?
    /// Output that was not stated but follows from the total.
    var derivedReasoning: Int64 = 0
    /// A side was not stated and follows from the total.
    var inputIsDerived = false
    var outputIsDerived = false
    var anomalies: [Anomaly] = []
    /// A count follows from others instead of being stated.
    var isDerived: Bool { derivedReasoning > 0 || inputIsDerived || outputIsDerived }
    /// Cells that lie beside their whole.
    var beside: Set<Cell> = []

    init(_ report: Snapshot, _ dialect: Dialect) {
        input = report[.input] ?? Self.whole(report)
        output = report[.output]
        settle(report, dialect)
        for inclusion in dialect.inclusions where beside.contains(inclusion.part) {
            guard let value = report[inclusion.part] else { continue }
            if inclusion.whole == .input {
                input = (input ?? 0) + value
            } else {
                output = (output ?? 0) + value
            }
        }
        if derivedReasoning > 0 { output = (output ?? 0) + derivedReasoning }
        deriveMissingSide(report, dialect)
    }

    /// Where one side and the total are stated, the rest is the other side. Surfaces that leave zero
    /// counts out have stated both.
    private mutating func deriveMissingSide(_ report: Snapshot, _ dialect: Dialect) {
        guard let total = report[.total], !dialect.presenceStates else { return }
        if dialect.totalIsInput {
            guard input == nil else { return }
            input = total
            inputIsDerived = true
        } else if let input, output == nil, total > input {
            output = total - input
            outputIsDerived = true
        } else if let output, input == nil, total > output {
            input = total - output
            inputIsDerived = true
        }
    }

    /// The prompt of a report that states only what of it no cache held.
    private static func whole(_ report: Snapshot) -> Int64? {
        report[.uncachedInput].map { uncached in
            // The stated total shows that it was the whole prompt after all.
            if let total = report[.total], total == uncached + (report[.output] ?? 0) { return uncached }
            let lifetimes = [Cell.cacheWrite5m, .cacheWrite30m, .cacheWrite1h, .cacheWrite12h]
            let written = lifetimes.reduce(0) { $0 + (report[$1] ?? 0) }
            return uncached + (report[.cacheRead] ?? 0) + max(report[.cacheWrite] ?? 0, written)
        }
    }

    /// Counts that the larger one may or may not contain: it does where it can.
    private func fitting(_ report: Snapshot, _ dialect: Dialect) -> Int64 {
        dialect.inclusions.reduce(0) { sum, inclusion in
            guard case .withinIfItFits = inclusion.rule else { return sum }
            return sum + (report[inclusion.part] ?? 0)
        }
    }

    private mutating func settle(_ report: Snapshot, _ dialect: Dialect) {
        let fitting = fitting(report, dialect)
        let fits = (report[.input] ?? 0) >= fitting
        var open: [(inclusion: Inclusion, otherwise: Inclusion.Placement)] = []
        for inclusion in dialect.inclusions {
            switch inclusion.rule {
            case .within: break
            case .beside, .besideTotal: beside.insert(inclusion.part)
            case .withinIfItFits: if !fits { beside.insert(inclusion.part) }
            case .asTotalShows(let otherwise):
                if report[inclusion.part] ?? 0 > 0 { open.append((inclusion, otherwise)) }
            }
        }
        let fixed = dialect.inclusions.reduce(0 as Int64) { sum, inclusion in
            switch inclusion.rule {
            case .beside: break
            case .withinIfItFits where !fits: break
            default: return sum
            }
            return sum + (report[inclusion.part] ?? 0)
        }
        guard let total = report[.total], let stated = input,
            report[.output] != nil || dialect.presenceStates
        else {
            for item in open where item.otherwise == .beside { beside.insert(item.inclusion.part) }
            return
        }
        let rest = total - stated - (report[.output] ?? 0) - fixed
        if fits, fitting > 0, rest == fitting {
            anomalies.append(.cacheDoubleCounted)
            return
        }
        if let chosen = Self.explanation(
            of: rest, open.map { ($0.inclusion.part, report[$0.inclusion.part]!) })
        {
            beside.formUnion(chosen)
            return
        }
        for item in open where item.otherwise == .beside { beside.insert(item.inclusion.part) }
        anomalies.append(.totalMismatch)
        if rest > 0, dialect.hidesReasoning, open.isEmpty { derivedReasoning = rest }
    }

    /// Which of the open counts, put beside their wholes, make the total add up: none if it does
    /// without, else the first alone, else all of them. Tables have two or three open counts.
    private static func explanation(of rest: Int64, _ open: [(cell: Cell, count: Int64)]) -> Set<Cell>? {
        if rest == 0 { return [] }
        for subset in 1..<(1 << min(open.count, 4)) where open.count > 0 {
            let members = open.indices.filter { $0 < 4 && subset & (1 << $0) != 0 }
            if members.reduce(0, { $0 + open[$1].count }) == rest {
                return Set(members.map { open[$0].cell })
            }
        }
        return nil
    }
}

/// Headline counts of a report.
func headline(_ report: Snapshot, _ settled: SettledCounts) -> TokenCounts {
    var counts = TokenCounts()
    counts.input = settled.input
    counts.output = settled.output
    counts.cacheRead = report[.cacheRead]
    counts.cacheWrite = report[.cacheWrite]
    counts.cacheWrite1h = report[.cacheWrite1h]
    counts.audioInput = report[.audioInput]
    counts.imageInput = report[.imageInput]
    counts.toolPrompt = report[.toolPrompt]
    counts.reasoning = report[.reasoning] ?? report[.reasoningMemo]
    counts.audioOutput = report[.audioOutput]
    counts.webSearches = report[.webSearches]
    return counts
}
