// Server-sent events as LLM servers really send them: `data:` with and without the space, comments as
// keep-alive, any line end, payloads over several data lines, a last event without its blank line,
// with or without `[DONE]`. Lines are never buffered: data goes byte by byte into the scanner.

/// Frames `text/event-stream`.
public struct EventStreamFramer: StreamFramer {
    private enum State: UInt8 {
        case lineStart, fieldName, fieldSpace, dataStart, json, afterJSON, text, name, skip
    }

    private enum Field: UInt8 { case other, data, event }

    /// Bytes kept of a data line that is not JSON: enough to know `[DONE]`.
    private static let textLimit = 8
    /// Bytes kept of an event's name; the longest in use has 44.
    private static let nameLimit = 64

    public private(set) var eventStart = 0
    public private(set) var payload = FramePayload.none
    public private(set) var isBroken = false
    /// The value of the event's `event:` field.
    public private(set) var eventName: [UInt8] = []

    private var state = State.lineStart
    private var field = Field.other
    private var fieldName: UInt64 = 0
    private var fieldLength = 0
    private var afterCarriageReturn = false
    private var isOver = false
    private var isInLine = false
    private var hasLines = false
    private var isAnnounced = false
    private var text: [UInt8] = []
    private var base = 0

    public init() {}

    public mutating func beginPiece(at base: Int) { self.base = base }

    public mutating func advance(
        _ bytes: borrowing Span<UInt8>, _ cursor: inout Int, _ scanner: JSONScanner
    ) -> FrameStep {
        let end = bytes.count
        if isOver { clear(at: base + cursor) }
        while cursor < end {
            switch state {
            case .lineStart:
                if startLine(bytes, &cursor) {
                    closePayload(scanner.status)
                    return .end
                }
            case .fieldName: readFieldName(bytes, &cursor)
            case .fieldSpace:
                if bytes[cursor] == 0x20 { cursor += 1 }
                state = field == .data ? .dataStart : field == .event ? .name : .skip
                if field == .event { eventName.removeAll(keepingCapacity: true) }
            case .dataStart: startData(bytes, &cursor, scanner)
            case .json:
                cursor = scanner.feed(bytes, from: cursor, to: end, stopAtLineBreaks: true)
                if scanner.status != .incomplete {
                    state = .afterJSON
                    if scanner.status == .complete, announce() { return .payload }
                } else if cursor < end {
                    state = .lineStart
                }
            case .afterJSON: readAfterJSON(bytes, &cursor)
            case .text:
                if readText(bytes, &cursor), announce() { return .payload }
            case .name: readName(bytes, &cursor)
            case .skip:
                cursor = lineBreak(bytes, cursor, end)
                if cursor < end { state = .lineStart }
            }
        }
        return .more
    }

    public mutating func finish(_ scanner: JSONScanner) -> Bool {
        if isOver { clear(at: base) }
        scanner.finish()
        closePayload(scanner.status)
        return payload != .none
    }

    private mutating func announce() -> Bool {
        defer { isAnnounced = true }
        return !isAnnounced
    }

    private mutating func clear(at start: Int) {
        isOver = false
        eventStart = start
        payload = .none
        isBroken = false
        isAnnounced = false
        hasLines = false
        eventName.removeAll(keepingCapacity: true)
        text.removeAll(keepingCapacity: true)
    }

    /// At a line's first byte, or at the line break that ends the line before. True at a blank line.
    private mutating func startLine(_ bytes: borrowing Span<UInt8>, _ cursor: inout Int) -> Bool {
        let byte = bytes[cursor]
        if afterCarriageReturn, byte == 0x0a {
            // The second half of CR LF belongs to the line (and the event) before it.
            afterCarriageReturn = false
            cursor += 1
            if !hasLines { eventStart = base + cursor }
            return false
        }
        if byte == 0x0a || byte == 0x0d {
            let wasInLine = isInLine
            isInLine = false
            afterCarriageReturn = byte == 0x0d
            cursor += 1
            if wasInLine { return false }
            if !hasLines {
                eventStart = base + cursor
                return false
            }
            isOver = true
            return true
        }
        afterCarriageReturn = false
        isInLine = true
        hasLines = true
        fieldName = 0
        fieldLength = 0
        state = .fieldName
        return false
    }

    private mutating func readFieldName(_ bytes: borrowing Span<UInt8>, _ cursor: inout Int) {
        let end = bytes.count
        while cursor < end {
            let byte = bytes[cursor]
            if byte == 0x0a || byte == 0x0d {
                state = .lineStart
                return
            }
            cursor += 1
            if byte == UInt8(ascii: ":") {
                field = fieldKind
                state = .fieldSpace
                return
            }
            if fieldLength < 8 { fieldName |= UInt64(byte) << UInt64(fieldLength * 8) }
            fieldLength += 1
        }
    }

    private var fieldKind: Field {
        switch (fieldLength, fieldName) {
        case (4, 0x6174_6164): .data  // "data"
        case (5, 0x74_6e65_7665): .event  // "event"
        default: .other
        }
    }

    /// The first byte of a data line's content decides what it is; a second data line goes on with
    /// what the first began.
    private mutating func startData(
        _ bytes: borrowing Span<UInt8>, _ cursor: inout Int, _ scanner: JSONScanner
    ) {
        let byte = bytes[cursor]
        if byte == 0x0a || byte == 0x0d {
            state = .lineStart
            return
        }
        switch payload {
        case .none:
            if byte == 0x20 || byte == 0x09 {
                cursor += 1
                return
            }
            payload = byte == UInt8(ascii: "{") ? .json : .other
            state = payload == .json ? .json : .text
        case .json:
            scanner.joinLines()
            state = scanner.status == .incomplete ? .json : .afterJSON
        case .done, .other:
            payload = .other
            state = .skip
        }
    }

    private mutating func readAfterJSON(_ bytes: borrowing Span<UInt8>, _ cursor: inout Int) {
        let byte = bytes[cursor]
        if byte == 0x0a || byte == 0x0d {
            state = .lineStart
        } else {
            if byte != 0x20 && byte != 0x09 {
                isBroken = true
                state = .skip
            }
            cursor += 1
        }
    }

    /// True when the text has just become `[DONE]`.
    private mutating func readText(_ bytes: borrowing Span<UInt8>, _ cursor: inout Int) -> Bool {
        let byte = bytes[cursor]
        if byte == 0x0a || byte == 0x0d {
            state = .lineStart
            return false
        }
        cursor += 1
        guard text.count < Self.textLimit else {
            state = .skip
            return false
        }
        text.append(byte)
        if text.count == 6, text.elementsEqual("[DONE]".utf8) {
            payload = .done
            return true
        }
        if payload == .done, byte != 0x20 { payload = .other }
        return false
    }

    private mutating func readName(_ bytes: borrowing Span<UInt8>, _ cursor: inout Int) {
        let byte = bytes[cursor]
        if byte == 0x0a || byte == 0x0d {
            state = .lineStart
            return
        }
        cursor += 1
        if eventName.count < Self.nameLimit { eventName.append(byte) }
    }

    private mutating func closePayload(_ status: JSONStatus) {
        if payload == .json, status != .complete { isBroken = true }
    }
}
