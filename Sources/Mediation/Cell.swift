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
    /// Room for the cells; their raw values are below it.
    private static let capacity = 32
    private var values = InlineArray<32, Int64>(repeating: Snapshot.unset)

    init() {}

    subscript(_ cell: Cell) -> Int64? {
        // In the caller, where the snapshot is in memory: as a call it is copied first.
        @inline(__always)
        get {
            // Through the span: a plain subscript copies the whole array where the snapshot is borrowed.
            let value = values.span[cell.rawValue]
            return value == Self.unset ? nil : value
        }
        set { values[cell.rawValue] = newValue ?? Self.unset }
    }

    // Loops over the plain numbers: a snapshot is a quarter of a kilobyte, and going through the subscript
    // for each cell would copy it each time.

    var isEmpty: Bool {
        let values = values.span
        for index in 0..<Self.capacity where values[index] != Self.unset { return false }
        return true
    }

    /// Says something about tokens, and everything it says is zero.
    var isAllZero: Bool {
        var said = false
        for cell in 0..<Self.capacity where values[cell] != Self.unset && Self.tokenCells & (1 << cell) != 0 {
            if values[cell] != 0 { return false }
            said = true
        }
        return said
    }

    /// Whether every count that `other` states is stated here too.
    func restates(_ other: Snapshot) -> Bool {
        let theirs = other.values.span
        for cell in 0..<Self.capacity where theirs[cell] != Self.unset && values[cell] == Self.unset {
            return false
        }
        return true
    }

    /// Takes over what `later` states. Cache writes restated as fewer than their lifetimes add up to
    /// leave the lifetimes unknown.
    mutating func overlay(_ later: Snapshot) {
        if let write = later[.cacheWrite], write < lifetimes {
            self[.cacheWrite5m] = nil
            self[.cacheWrite30m] = nil
            self[.cacheWrite1h] = nil
            self[.cacheWrite12h] = nil
        }
        let theirs = later.values.span
        for cell in 0..<Self.capacity where theirs[cell] != Self.unset { values[cell] = theirs[cell] }
    }

    /// The sum of the cache writes whose lifetime is known.
    private var lifetimes: Int64 {
        (self[.cacheWrite5m] ?? 0) + (self[.cacheWrite30m] ?? 0) + (self[.cacheWrite1h] ?? 0)
            + (self[.cacheWrite12h] ?? 0)
    }

    private static let tokenCells = Cell.allCases.reduce(into: UInt32(0)) { mask, cell in
        if cell.isTokens { mask |= 1 << UInt32(cell.rawValue) }
    }
}

/// A snapshot that is mostly empty and then takes no memory.
struct RareSnapshot: ~Copyable {
    private final class Box {
        var counts: Snapshot

        init(_ counts: Snapshot) { self.counts = counts }
    }

    private var box: Box?

    init() {}

    var counts: Snapshot {
        get { box?.counts ?? Snapshot() }
        set { box = newValue.isEmpty ? nil : Box(newValue) }
    }

    var isEmpty: Bool { box?.counts.isEmpty ?? true }

    subscript(_ cell: Cell) -> Int64? {
        get { box?.counts[cell] }
        set {
            if let box {
                box.counts[cell] = newValue
            } else if newValue != nil {
                box = Box(Snapshot())
                box?.counts[cell] = newValue
            }
        }
    }

    mutating func clear() { box = nil }
}
