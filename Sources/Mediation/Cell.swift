// The counts that providers report, under one name each, and a snapshot of them.

/// One count of a usage report, whatever the provider calls it.
enum Cell: Int, CaseIterable, Sendable {
    case input, output, total
    /// Prompt tokens that were neither read from nor written to the cache, on surfaces where other bodies
    /// state the whole prompt.
    case uncachedInput
    case cacheRead, cacheWrite, cacheWrite5m, cacheWrite30m, cacheWrite1h, cacheWrite12h
    case audioInput, imageInput, videoInput, documentInput, toolPrompt, citations
    case audioCacheRead, imageCacheRead
    case reasoning, audioOutput, imageOutput
    /// Reasoning that the server tells as a mere fact about its output: shown, not metered apart.
    case reasoningMemo
    case webSearches, webFetches, images
    /// Output as the first event of a stream states it, before anything was generated (Anthropic).
    case provisionalOutput
    /// The count of an array element that names its own kind (Gemini's modality lists).
    case elementCount

    /// Whether a zero report means that nothing was counted: searches may be 0 beside real tokens.
    var isTokens: Bool {
        switch self {
        case .webSearches, .webFetches, .images, .elementCount: false
        default: true
        }
    }
}

/// One usage report: each count or nothing.
struct Snapshot: Sendable {
    private static let unset = Int64.min
    private var values = InlineArray<32, Int64>(repeating: Snapshot.unset)

    init() {}

    subscript(_ cell: Cell) -> Int64? {
        get {
            let value = values[cell.rawValue]
            return value == Self.unset ? nil : value
        }
        set { values[cell.rawValue] = newValue ?? Self.unset }
    }

    var isEmpty: Bool { Cell.allCases.allSatisfy { self[$0] == nil } }

    /// Says something about tokens, and everything it says is zero.
    var isAllZero: Bool {
        var said = false
        for cell in Cell.allCases where cell.isTokens {
            guard let value = self[cell] else { continue }
            if value != 0 { return false }
            said = true
        }
        return said
    }

    /// Whether every count that `other` states is stated here too.
    func restates(_ other: Snapshot) -> Bool {
        Cell.allCases.allSatisfy { other[$0] == nil || self[$0] != nil }
    }

    /// Takes over what `later` states. Cache writes restated as fewer than their lifetimes add up to
    /// leave the lifetimes unknown.
    mutating func overlay(_ later: Snapshot) {
        let lifetimes: [Cell] = [.cacheWrite5m, .cacheWrite30m, .cacheWrite1h, .cacheWrite12h]
        if let write = later[.cacheWrite], lifetimes.reduce(0, { $0 + (self[$1] ?? 0) }) > write {
            for cell in lifetimes { self[cell] = nil }
        }
        for cell in Cell.allCases { if let value = later[cell] { self[cell] = value } }
    }
}
