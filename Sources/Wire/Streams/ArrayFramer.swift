/// Frames one JSON array that is flushed element by element: each element is an event, the closing
/// bracket is the end marker.
public struct ArrayFramer: StreamFramer {
    private enum State: UInt8 { case before, first, element, json, after, end, broken }

    public private(set) var eventStart = 0
    public private(set) var payload = FramePayload.none
    public private(set) var isBroken = false
    private var state = State.before
    private var isOver = false
    private var base = 0

    public init() {}

    public mutating func beginPiece(at base: Int) { self.base = base }

    public mutating func advance(
        _ bytes: borrowing Span<UInt8>, _ cursor: inout Int, _ scanner: JSONScanner
    ) -> FrameStep {
        if isOver { clear() }
        if state == .after, payload != .none {
            isOver = true
            return .end
        }
        let end = bytes.count
        while cursor < end {
            if state == .json {
                cursor = scanner.feed(bytes, from: cursor, to: end)
                switch scanner.status {
                case .incomplete: return .more
                case .complete:
                    state = .after
                    return .payload
                case .malformed:
                    isBroken = true
                    isOver = true
                    state = .broken
                    return .end
                }
            }
            if state == .broken || state == .end {
                cursor = end
                return .more
            }
            let byte = bytes[cursor]
            if JSONScanner.isSpace(byte) {
                cursor += 1
                continue
            }
            if step(byte, cursor) { return .payload }
            if state != .json { cursor += 1 }
        }
        return .more
    }

    /// One byte between elements. True at the closing bracket.
    private mutating func step(_ byte: UInt8, _ cursor: Int) -> Bool {
        switch (state, byte) {
        case (.before, UInt8(ascii: "[")): state = .first
        case (.after, UInt8(ascii: ",")): state = .element
        case (.first, UInt8(ascii: "]")), (.after, UInt8(ascii: "]")):
            eventStart = base + cursor
            payload = .done
            state = .end
            return true
        case (.first, _), (.element, _):
            eventStart = base + cursor
            payload = .json
            state = .json
        default:
            isBroken = true
            state = .broken
        }
        return false
    }

    public mutating func finish(_ scanner: JSONScanner) -> Bool {
        if isOver { clear() }
        guard payload == .json else { return false }
        if scanner.status != .complete { isBroken = true }
        return true
    }

    private mutating func clear() {
        isOver = false
        payload = .none
        isBroken = state == .broken
    }
}
