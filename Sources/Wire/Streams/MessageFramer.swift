// AWS event streams: binary messages of a prelude (total length, length of the headers, CRC-32 of the
// two), headers, a payload and the CRC-32 of everything before. Nothing of a message is believed before
// its checksum is right; a prelude that is wrong ends the reading, because no later message can be found.

import CZlib

/// Frames `application/vnd.amazon.eventstream`.
public struct MessageFramer: ~Copyable, StreamFramer {
    /// What payloads are.
    public enum Content: Sendable {
        /// The JSON value itself.
        case json
        /// `{"bytes": "…"}`: the JSON value in base64.
        case wrapped
    }

    /// Bytes of one message's headers; AWS's own clients refuse more.
    public static let headerLimit = 128 << 10
    /// Bytes of one message's payload; AWS's own clients refuse more.
    public static let payloadLimit = 24 << 20
    /// Bytes of base64 of one wrapped payload. Chunks have a few hundred; a message beyond it is passed
    /// over as broken.
    public static let wrappedLimit = 1 << 20

    private enum State: UInt8 { case prelude, headers, payload, trailer, lost }
    private static let preludeLength = 12
    private static let trailerLength = 4

    public private(set) var eventStart = 0
    public private(set) var payload = FramePayload.none
    public private(set) var isBroken = false
    public private(set) var signalsFailure = false

    private let content: Content
    private var state = State.prelude
    private var isOver = false
    private var base = 0
    /// The part of the message that is being collected: prelude, headers or trailer.
    private var part: [UInt8] = []
    private var headerLength = 0
    private var payloadLeft = 0
    private var checksum: UInt = 0
    private var wrapper: JSONScanner

    public init(_ content: Content) {
        self.content = content
        var limits = JSONLimits()
        limits.arena = Self.wrappedLimit
        wrapper = JSONScanner(Self.wrapped, limits: limits)
    }

    private static let wrapped = JSONSelection([("bytes", .keep(slot: 0))])

    public mutating func beginPiece(at base: Int) { self.base = base }

    public mutating func advance(
        _ bytes: borrowing Span<UInt8>, _ cursor: inout Int, _ scanner: JSONScanner
    ) -> FrameStep {
        if isOver { clear(at: base + cursor) }
        if state == .prelude, payload != .none {
            isOver = true
            return .end
        }
        while cursor < bytes.count {
            switch state {
            case .prelude:
                guard collect(Self.preludeLength, bytes, &cursor) else { return .more }
                guard readPrelude() else { return lose() }
            case .headers:
                guard collect(headerLength, bytes, &cursor) else { return .more }
                readHeaders()
            case .payload: readPayload(bytes, &cursor, scanner)
            case .trailer:
                guard collect(Self.trailerLength, bytes, &cursor) else { return .more }
                return endMessage(scanner)
            case .lost: cursor = bytes.count
            }
        }
        return .more
    }

    public mutating func finish(_ scanner: JSONScanner) -> Bool {
        if isOver { clear(at: base) }
        let isInside = state != .prelude || !part.isEmpty || payload != .none
        guard isInside, state != .lost else { return false }
        // What was read of an unfinished message was never checked.
        scanner.reset()
        payload = .json
        isBroken = true
        return true
    }

    /// Takes bytes until `part` holds `count` of them.
    private mutating func collect(
        _ count: Int, _ bytes: borrowing Span<UInt8>, _ cursor: inout Int
    ) -> Bool {
        let taken = min(count - part.count, bytes.count - cursor)
        if taken > 0 {
            let from = cursor
            bytes.extracting(from..<from + taken).withUnsafeBufferPointer { part.append(contentsOf: $0) }
            cursor += taken
        }
        return part.count == count
    }

    /// False when the lengths cannot be what the sender wrote.
    private mutating func readPrelude() -> Bool {
        let total = Int(Self.number(part[0..<4]))
        let headers = Int(Self.number(part[4..<8]))
        let least = Self.preludeLength + Self.trailerLength
        guard UInt(Self.number(part[8..<12])) == Self.crc(0, part[0..<8]), headers <= Self.headerLimit,
            total >= least + headers, total - least - headers <= Self.payloadLimit
        else { return false }
        checksum = Self.crc(0, part[...])
        headerLength = headers
        payloadLeft = total - least - headers
        part.removeAll(keepingCapacity: true)
        state = headers > 0 ? .headers : payloadLeft > 0 ? .payload : .trailer
        return true
    }

    /// Of the headers only the kind of message matters: `event`, `exception` or `error`.
    private mutating func readHeaders() {
        checksum = Self.crc(checksum, part[...])
        var rest = part[...]
        while let length = rest.popFirst(), rest.count > Int(length) {
            let name = rest.prefix(Int(length))
            rest = rest.dropFirst(Int(length))
            let type = rest.removeFirst()
            guard let size = Self.size(ofType: type, rest), size.prefix + size.value <= rest.count else {
                break
            }
            let value = rest.dropFirst(size.prefix).prefix(size.value)
            rest = rest.dropFirst(size.prefix + size.value)
            if name.elementsEqual(":message-type".utf8) {
                signalsFailure = !value.elementsEqual("event".utf8)
            }
        }
        part.removeAll(keepingCapacity: true)
        state = payloadLeft > 0 ? .payload : .trailer
    }

    /// Bytes of a header's value and of the length before it, nil for a type that does not exist.
    private static func size(ofType type: UInt8, _ rest: ArraySlice<UInt8>) -> (prefix: Int, value: Int)? {
        switch type {
        case 0, 1: return (0, 0)
        case 2: return (0, 1)
        case 3: return (0, 2)
        case 4: return (0, 4)
        case 5, 8: return (0, 8)
        case 6, 7: return rest.count < 2 ? nil : (2, Int(number(rest.prefix(2))))
        case 9: return (0, 16)
        default: return nil
        }
    }

    private mutating func readPayload(
        _ bytes: borrowing Span<UInt8>, _ cursor: inout Int, _ scanner: JSONScanner
    ) {
        let end = cursor + min(payloadLeft, bytes.count - cursor)
        let from = cursor
        let piece = bytes.extracting(from..<end)
        checksum = piece.withUnsafeBufferPointer { crc32(checksum, $0.baseAddress, UInt32($0.count)) }
        payload = .json
        switch content {
        case .json: _ = scanner.feed(bytes, from: cursor, to: end)
        case .wrapped: _ = wrapper.feed(bytes, from: cursor, to: end)
        }
        payloadLeft -= end - cursor
        cursor = end
        if payloadLeft == 0 { state = .trailer }
    }

    /// The whole message is here.
    private mutating func endMessage(_ scanner: JSONScanner) -> FrameStep {
        let isRight = UInt(Self.number(part[...])) == checksum
        part.removeAll(keepingCapacity: true)
        state = .prelude
        if isRight, content == .wrapped, payload == .json { unwrap(scanner) }
        guard isRight else {
            scanner.reset()
            return fail()
        }
        guard payload == .json else {
            isOver = true
            return .end
        }
        guard scanner.status == .complete else { return fail() }
        return .payload
    }

    private mutating func unwrap(_ scanner: JSONScanner) {
        defer { wrapper.reset() }
        guard let kept = wrapper.last(0), wrapper.status == .complete else {
            // Exceptions are not wrapped; there is nothing to read in them.
            payload = signalsFailure ? .other : .json
            return
        }
        guard let text = JSONText.stringBytes(wrapper.bytes(of: kept)), let inner = decodedBase64(text)
        else { return }
        _ = scanner.feed(inner.span, from: 0, to: inner.count)
    }

    private mutating func fail() -> FrameStep {
        if payload == .none { payload = .json }
        isBroken = payload == .json
        isOver = true
        return .end
    }

    private mutating func lose() -> FrameStep {
        state = .lost
        return fail()
    }

    private mutating func clear(at start: Int) {
        isOver = false
        eventStart = start
        payload = .none
        isBroken = false
        signalsFailure = false
        wrapper.reset()
    }

    private static func number(_ bytes: ArraySlice<UInt8>) -> UInt32 {
        bytes.reduce(0) { $0 << 8 | UInt32($1) }
    }

    private static func crc(_ start: UInt, _ bytes: ArraySlice<UInt8>) -> UInt {
        bytes.withUnsafeBufferPointer { crc32(start, $0.baseAddress, UInt32($0.count)) }
    }
}
