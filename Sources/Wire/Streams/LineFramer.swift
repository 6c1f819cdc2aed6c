/// Frames newline-delimited JSON: one value per line, blank lines allowed.
public struct LineFramer: StreamFramer {
    private enum State: UInt8 { case between, json, rest }

    public private(set) var eventStart = 0
    public private(set) var payload = FramePayload.none
    public private(set) var isBroken = false
    private var state = State.between
    private var isOver = false
    private var base = 0

    public init() {}

    public mutating func beginPiece(at base: Int) { self.base = base }

    public mutating func advance(
        _ bytes: borrowing Span<UInt8>, _ cursor: inout Int, _ scanner: JSONScanner
    ) -> FrameStep {
        if isOver { clear() }
        let end = bytes.count
        while cursor < end {
            switch state {
            case .between:
                if JSONScanner.isSpace(bytes[cursor]) {
                    cursor += 1
                    continue
                }
                eventStart = base + cursor
                payload = .json
                state = .json
            case .json:
                cursor = scanner.feed(bytes, from: cursor, to: end, stopAtLineBreaks: true)
                if scanner.status == .incomplete, cursor == end { return .more }
                isBroken = scanner.status != .complete
                state = .rest
                if !isBroken { return .payload }
            case .rest:
                let byte = bytes[cursor]
                cursor += 1
                if byte == 0x0a {
                    isOver = true
                    return .end
                }
                if !JSONScanner.isSpace(byte) {
                    isBroken = true
                    cursor = lineBreak(bytes, cursor, end)
                }
            }
        }
        return .more
    }

    public mutating func finish(_ scanner: JSONScanner) -> Bool {
        if isOver { clear() }
        guard payload == .json else { return false }
        scanner.finish()
        if scanner.status != .complete { isBroken = true }
        return true
    }

    private mutating func clear() {
        isOver = false
        payload = .none
        isBroken = false
        state = .between
    }
}
