import Wire

/// Keeps from the client the one event that exists only because the sidecar asked for usage.
///
/// Until it is known whether an event is the one, its bytes are kept back; they follow with the next
/// piece when it is not. At most one event per stream is withheld, and nothing of any other event is
/// lost or reordered, however the stream is cut into pieces.
struct Withholding: Sendable {
    private(set) var isOn: Bool
    private let limit: Int
    private var kept: [UInt8] = []
    private var released: [UInt8] = []
    private var isTheOne = false
    /// Bytes of the current event went to the client: it is not withheld any more.
    private var hasPassed = false
    /// The withheld event ended with a CR; a LF right after it belongs to it.
    private var awaitsLineFeed = false
    /// Whether an event was withheld.
    private(set) var hasWithheld = false

    init(isOn: Bool, limit: Int) {
        self.isOn = isOn
        self.limit = limit
    }

    /// What a verdict released; without one, at the end of the body, what is still kept back. A whole
    /// event that is the one is dropped even if its blank line never came.
    mutating func takeReleased() -> [UInt8] {
        if !released.isEmpty || kept.isEmpty {
            defer { released.removeAll() }
            return released
        }
        defer { kept.removeAll() }
        guard !isTheOne else {
            isOn = false
            hasWithheld = true
            return []
        }
        hasPassed = true
        return kept
    }

    mutating func beginPiece(_ bytes: borrowing Span<UInt8>, _ verdict: inout TapVerdict) {
        guard awaitsLineFeed else { return }
        awaitsLineFeed = false
        if bytes[0] == 0x0a { verdict.cut = 0..<1 }
    }

    /// The current event's payload is whole.
    mutating func judge(isUsageOnly: Bool) { isTheOne = isOn && isUsageOnly && !hasPassed }

    /// An event ended before index `end`; it began at `start`, below 0 when in an earlier piece.
    mutating func endEvent(
        from start: Int, to end: Int, _ bytes: borrowing Span<UInt8>, _ verdict: inout TapVerdict
    ) {
        guard isOn else { return }
        hasPassed = false
        guard isTheOne, end - start <= limit else {
            isTheOne = false
            return release(&verdict)
        }
        kept.removeAll()
        isTheOne = false
        isOn = false
        hasWithheld = true
        var upper = end
        if bytes[end - 1] == 0x0d {
            if end < bytes.count {
                if bytes[end] == 0x0a { upper += 1 }
            } else {
                awaitsLineFeed = true
            }
        }
        verdict.cut = max(start, 0)..<upper
    }

    /// The piece ended inside an event that began at `start`.
    mutating func endPiece(
        from start: Int, _ bytes: borrowing Span<UInt8>, isCandidate: Bool,
        _ verdict: inout TapVerdict
    ) {
        guard isOn, start < bytes.count else { return }
        let from = max(start, 0)
        if start >= 0 { release(&verdict) }
        guard isTheOne || isCandidate, !hasPassed, kept.count + bytes.count - from <= limit else {
            isTheOne = false
            hasPassed = true
            return release(&verdict)
        }
        verdict.cut = from..<bytes.count
        bytes.extracting(from..<bytes.count).withUnsafeBufferPointer { kept.append(contentsOf: $0) }
    }

    private mutating func release(_ verdict: inout TapVerdict) {
        guard !kept.isEmpty else { return }
        swap(&kept, &released)
        kept.removeAll()
        verdict.releaseKept = true
    }
}
