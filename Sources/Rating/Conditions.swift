// What must hold, besides model and date, for a price to apply: `when` in the price file.
import Terms

/// What of a component and its exchange conditions look at.
struct Circumstances {
    /// The tier as served; as requested where the response does not say. Every provider prices a batch
    /// as one tier of its own, so for a batch this is `batch`, whatever else the line says.
    let serviceTier: String?
    let batch: Bool
    let region: String?
    let geo: String?
    let speed: String?
    let upstream: String
    /// All input tokens, caches included.
    let inputTokens: Int64
    let instant: Instant

    static let batchTier = "batch"

    init(_ component: Component, upstream: String, at instant: Instant) {
        let selectors = component.selectors
        let tier = selectors.serviceTier ?? selectors.serviceTierRequested
        batch = selectors.batch ?? (tier.map { Self.same($0, Self.batchTier) } ?? false)
        serviceTier = batch ? Self.batchTier : tier
        region = selectors.region
        geo = selectors.geo
        speed = selectors.speed
        self.upstream = upstream
        inputTokens = selectors.contextTokens ?? Self.inputTokens(of: component.readings)
        self.instant = instant
    }

    static func inputTokens(of readings: [MeterReading]) -> Int64 {
        var sum: Int128 = 0
        for reading in readings where reading.meter.isInputTokens {
            sum = sum.addingReportingOverflow(reading.quantity.nanos).partialValue
        }
        return Int64(clamping: sum / 1_000_000_000)
    }

    /// Providers spell one word in several cases (`FLEX`, `flex`); ASCII case makes no difference.
    static func same(_ a: String, _ b: String) -> Bool {
        a.utf8.count == b.utf8.count
            && (a == b || a.utf8.elementsEqual(b.utf8) { lowered($0) == lowered($1) })
    }

    static func lowered(_ byte: UInt8) -> UInt8 {
        UInt8(ascii: "A") <= byte && byte <= UInt8(ascii: "Z") ? byte | 0x20 : byte
    }
}

/// All of them must hold. A list of words holds when one of its words does.
public struct Conditions: Hashable, Sendable {
    /// The selectors that are words.
    enum Selector: String, CaseIterable, Sendable {
        case serviceTier = "service_tier"
        case region, geo, speed, upstream

        func value(in circumstances: Circumstances) -> String? {
            switch self {
            case .serviceTier: circumstances.serviceTier
            case .region: circumstances.region
            case .geo: circumstances.geo
            case .speed: circumstances.speed
            case .upstream: circumstances.upstream
            }
        }
    }

    struct Words: Hashable, Sendable {
        let selector: Selector
        let words: [String]

        func contains(_ word: String) -> Bool { words.contains { Circumstances.same($0, word) } }
    }

    /// At most one for each selector.
    var words: [Words] = []
    var batch: Bool?
    /// Total input tokens, inclusive on both sides; `input_over: n` is a lower end of n + 1.
    var input: ClosedRange<Int64>?
    /// One of them must hold.
    var windows: [WeeklyWindow] = []
    /// The zones of ``windows``, in their order; filled in when a book is made.
    var zones: [TimeZoneRules] = []
    /// How many keys stand under `when`: what decides between entries that all hold.
    public internal(set) var count = 0

    /// The first condition that does not hold, by its key; nil when all do.
    func firstUnmet(_ circumstances: Circumstances) -> String? {
        if let batch, batch != circumstances.batch { return "batch" }
        if let input, !input.contains(circumstances.inputTokens) { return "input" }
        for condition in words {
            guard let value = condition.selector.value(in: circumstances), condition.contains(value) else {
                return condition.selector.rawValue
            }
        }
        guard !windows.isEmpty else { return nil }
        for (window, zone) in zip(windows, zones) where window.contains(circumstances.instant, in: zone) {
            return nil
        }
        return "window"
    }

    /// Whether both can hold for one request.
    func canHold(with other: Conditions) -> Bool {
        if let batch, let theirs = other.batch, batch != theirs { return false }
        if excludesTier(of: other) || other.excludesTier(of: self) { return false }
        if let input, let theirs = other.input, !input.overlaps(theirs) { return false }
        for mine in words {
            guard let theirs = other.words.first(where: { $0.selector == mine.selector }) else { continue }
            guard mine.words.contains(where: theirs.contains) else { return false }
        }
        guard !windows.isEmpty, !other.windows.isEmpty else { return true }
        return windows.contains { window in other.windows.contains { window.overlaps($0) } }
    }

    /// A batch has the tier `batch` and nothing else has.
    private func excludesTier(of other: Conditions) -> Bool {
        guard let batch, let tiers = other.words.first(where: { $0.selector == .serviceTier }) else {
            return false
        }
        return batch
            ? !tiers.contains(Circumstances.batchTier)
            : tiers.words.allSatisfy { Circumstances.same($0, Circumstances.batchTier) }
    }

    /// Whether these surely hold whenever both `a` and `b` do.
    func follow(from a: Conditions, and b: Conditions) -> Bool {
        if let batch, a.batch != batch, b.batch != batch { return false }
        if let input {
            let low = max(a.input?.lowerBound ?? 0, b.input?.lowerBound ?? 0)
            let high = min(a.input?.upperBound ?? .max, b.input?.upperBound ?? .max)
            guard input.lowerBound <= low, high <= input.upperBound else { return false }
        }
        for mine in words {
            let implied = [a, b].contains { side in
                side.words.contains { $0.selector == mine.selector && $0.words.allSatisfy(mine.contains) }
            }
            guard implied else { return false }
        }
        guard !windows.isEmpty else { return true }
        return [a, b].contains { side in
            !side.windows.isEmpty
                && side.windows.allSatisfy { theirs in windows.contains { $0.covers(theirs) } }
        }
    }

    /// In the words of the price file, for people: `service_tier=priority, input>=272001`.
    public var text: String {
        var parts = words.map { "\($0.selector.rawValue)=\($0.words.joined(separator: "|"))" }
        if let batch { parts.append("batch=\(batch)") }
        if let input {
            if input.lowerBound > 0 { parts.append("input>=\(input.lowerBound)") }
            if input.upperBound < .max { parts.append("input<=\(input.upperBound)") }
        }
        if !windows.isEmpty { parts.append(windows.map(\.text).joined(separator: " or ")) }
        return parts.joined(separator: ", ")
    }
}
