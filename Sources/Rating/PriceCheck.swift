// The checks behind ``PriceBook/findings(today:limits:)``, each a question that the loader cannot answer
// with certainty and a person can.
import Terms

struct PriceCheck {
    let entries: [PriceEntry]
    let today: CivilDate
    let limits: PriceCheckLimits
    private(set) var findings: [PriceFinding] = []

    init(entries: [PriceEntry], today: CivilDate, limits: PriceCheckLimits) {
        self.entries = entries
        self.today = today
        self.limits = limits
    }

    mutating func run() {
        for entry in entries {
            provenance(entry)
            siblings(entry)
            units(entry)
            meters(entry)
            reach(entry)
        }
        let byProvider = Dictionary(grouping: entries, by: \.provider)
        for provider in byProvider.keys.sorted() {
            let group = byProvider[provider] ?? []
            gaps(group)
            for entry in group {
                variants(entry, of: group)
                dominated(entry, by: group)
            }
        }
    }

    private mutating func note(_ kind: PriceFinding.Kind, _ entry: PriceEntry, _ text: String) {
        findings.append(
            PriceFinding(kind: kind, file: entry.file, line: entry.line, id: entry.id, text: text))
    }

    private mutating func provenance(_ entry: PriceEntry) {
        if entry.source?.isEmpty ?? true { note(.missingSource, entry, "no `source` tells where it is from") }
        let isOver = entry.until.map { $0 <= Instant(today) } ?? false
        guard !isOver else { return }
        guard let checked = entry.checked else {
            note(.stale, entry, "no `checked` tells when it was last compared with its source")
            return
        }
        let age = today.daysSinceEpoch - checked.daysSinceEpoch
        if age > limits.staleDays {
            note(.stale, entry, "last compared with its source \(age) days ago, on \(checked.iso8601)")
        }
    }

    // MARK: Classes

    /// If a price has the first meter, usage of the second is likely too.
    private static let siblings: [(Meter, Meter)] = [
        (.output, .reasoning), (.cacheWrite5m, .cacheWrite1h), (.cacheWrite1h, .cacheWrite5m),
        (.cacheWrite30m, .cacheWrite12h), (.cacheWrite12h, .cacheWrite30m), (.cacheWrite5m, .cacheWrite),
        (.cacheWrite30m, .cacheWrite), (.cacheWrite, .cacheRead), (.cacheRead, .freshInput),
        (.reasoning, .output), (.audioCacheRead, .audioInput), (.imageCacheRead, .imageInput),
    ]

    private mutating func siblings(_ entry: PriceEntry) {
        var pairs = Self.siblings
        if entry.rate(of: .output) != nil { pairs.append((.freshInput, .cacheRead)) }
        for (meter, sibling) in pairs where entry.rate(of: meter) != nil && entry.rate(of: sibling) == nil {
            note(
                .missingSibling, entry,
                "\(meter.rawValue) has a rate and \(sibling.rawValue) has neither rate nor `same_as`")
        }
    }

    /// A variant should price whatever its unconditional price does.
    private mutating func variants(_ entry: PriceEntry, of group: [PriceEntry]) {
        guard entry.when.count > 0 else { return }
        let bases = group.filter { base in
            base.when.count == 0 && Self.overlap(base, entry)
                && base.models.contains { ours in entry.models.contains { $0.text == ours.text } }
        }
        for base in bases {
            let missing = base.rates.filter { entry.rate(of: $0.meter) == nil }.map(\.meter.rawValue)
            guard !missing.isEmpty else { continue }
            note(
                .missingSibling, entry, "\(base.id) prices \(missing.joined(separator: ", ")); this does not")
        }
    }

    private static func overlap(_ a: PriceEntry, _ b: PriceEntry) -> Bool {
        (a.until.map { b.from < $0 } ?? true) && (b.until.map { a.from < $0 } ?? true)
    }

    // MARK: Units

    private mutating func units(_ entry: PriceEntry) {
        let tokens = entry.rates.filter { rate in
            rate.sameAs == nil && (rate.meter.isInputTokens || rate.meter.isOutputTokens)
        }
        for rate in tokens {
            guard let perMillion = rate.perUnit.multiplied(by: Ratio(1_000_000)), perMillion.numerator > 0
            else { continue }
            let tooLow = limits.lowestPerMillion.map { perMillion.isLess(than: $0) } ?? false
            if tooLow || perMillion.exceeds(limits.highestPerMillion) {
                note(
                    .unit, entry,
                    "\(rate.meter.rawValue): \(rate.amount.plain) per \(rate.per) is "
                        + "\(perMillion.text) per million tokens; is the unit right?")
            }
        }
        guard let fresh = entry.rate(of: .freshInput)?.perUnit, let inverse = fresh.inverse else { return }
        for meter in [Meter.output, .cacheRead, .cacheWrite, .cacheWrite5m, .cacheWrite1h, .cacheWrite12h] {
            guard let other = entry.rate(of: meter)?.perUnit, let ratio = other.multiplied(by: inverse),
                ratio.exceeds(limits.highestRatio)
            else { continue }
            note(
                .unit, entry,
                "\(meter.rawValue) costs \(ratio.text) times as much as fresh input; is the unit right?")
        }
    }

    // MARK: Meters

    private static let others: Set = [
        "request", "request.search_low", "request.search_medium", "request.search_high", "web_search.request",
        "web_fetch.request", "x_search.request", "grounding.prompt", "grounding.query", "grounding.maps",
        "file_search.call", "code.session", "container.seconds", "mcp.call", "connector.call",
        "rerank.search_unit", "classification.unit", "ocr.page", "ocr.annotated_page", "parse.page", "pixels",
        "in.tool.fresh", "in.citation", "live.seconds", "text.messages", "cache_storage.token_seconds",
        "vector_storage.byte_seconds", "neurons", "dbu", "provider_cost.usd", "upstream_cost.usd",
        "chars.in", "chars.out",
    ]
    private static let modalities: Set<Substring> = ["text", "audio", "image", "video", "doc", "any"]

    private mutating func meters(_ entry: PriceEntry) {
        for rate in entry.rates where !Self.isKnown(rate.meter.rawValue) {
            note(.unknownMeter, entry, "no meter is called \(rate.meter.rawValue)")
        }
    }

    private static func isKnown(_ name: String) -> Bool {
        if others.contains(name) { return true }
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count >= 2 else { return false }
        switch parts[0] {
        case "in":
            guard modalities.contains(parts[1]), parts.count >= 3 else { return false }
            switch parts[2] {
            case "fresh", "seconds": return parts.count == 3
            case "cache_read": return parts.count == 3 || ["implicit", "explicit"].contains(parts[3])
            case "cache_write":
                return parts.count == 3 || ["5m", "30m", "1h", "12h", "unspecified"].contains(parts[3])
            default: return false
            }
        case "out":
            let isWhole =
                parts.count == 2 || (parts.count == 3 && ["reasoning", "seconds"].contains(parts[2]))
            return modalities.contains(parts[1]) && isWhole
        // What is counted here has sizes and qualities in its name.
        case "image", "video", "compute", "guardrail": return true
        default: return false
        }
    }

    // MARK: Reach

    private mutating func reach(_ entry: PriceEntry) {
        if !entry.when.canHold(with: entry.when) {
            note(.unreachable, entry, "its conditions contradict one another")
        }
        var seen: Set<String> = []
        for pattern in entry.models {
            if !seen.insert(pattern.text).inserted {
                note(.unreachable, entry, "\(pattern.text) stands twice under `models`")
            }
            if pattern.bytes.contains(where: { $0 <= 0x20 || $0 == 0x7f }) {
                note(.unreachable, entry, "no model has a blank in its name: `\(pattern.text)`")
            }
        }
    }

    /// Whether another price wins wherever this one would hold.
    private mutating func dominated(_ entry: PriceEntry, by group: [PriceEntry]) {
        for other in group where other.id != entry.id && other.from <= entry.from {
            let endsLater = other.until.map { end in entry.until.map { $0 <= end } ?? false } ?? true
            guard endsLater, other.when.follow(from: entry.when, and: entry.when) else { continue }
            let beaten = entry.models.allSatisfy { pattern in
                other.models.contains { theirs in
                    theirs.covers(pattern)
                        && (theirs.rank > pattern.rank
                            || (theirs.rank == pattern.rank && other.when.count > entry.when.count))
                }
            }
            if beaten { note(.unreachable, entry, "\(other.id) wins wherever this would hold") }
        }
    }

    // MARK: Time

    private mutating func gaps(_ group: [PriceEntry]) {
        let series = Dictionary(grouping: group) { entry in
            entry.models.map(\.text).sorted().joined(separator: " ") + " when " + entry.when.text
        }
        for key in series.keys.sorted() {
            let ordered = (series[key] ?? []).sorted { $0.from < $1.from }
            for (a, b) in zip(ordered, ordered.dropFirst()) {
                guard let end = a.until, end < b.from else { continue }
                note(.gap, b, "nothing holds from \(end.rfc3339) to \(b.from.rfc3339), after \(a.id)")
            }
        }
    }
}
