// One decoder for every way in which a body can be framed, so that whoever moves bytes asks one question
// only: where is payload, and is this the end?

/// Decodes the body of one message from bytes cut anywhere.
public struct BodyDecoder: Sendable {
    private enum Kind: Sendable {
        case ended
        case sized(left: Int)
        case chunked(ChunkDecoder)
        case untilClose
    }

    private var kind: Kind

    public init(_ framing: RequestFraming) {
        kind =
            switch framing {
            case .none: .ended
            case .sized(let count): count == 0 ? .ended : .sized(left: count)
            case .chunked: .chunked(ChunkDecoder())
            }
    }

    public init(_ framing: ResponseFraming) {
        kind =
            switch framing {
            case .none: .ended
            case .sized(let count): count == 0 ? .ended : .sized(left: count)
            case .chunked: .chunked(ChunkDecoder())
            case .untilClose: .untilClose
            }
    }

    /// Whether the end was seen. A body that ends with its connection never says so.
    public var isComplete: Bool {
        if case .ended = kind { return true }
        return false
    }

    /// Payload bytes still to come, where that is known.
    public var left: Int? {
        switch kind {
        case .ended: 0
        case .sized(let left): left
        default: nil
        }
    }

    /// States that so many payload bytes of a sized body were taken past the decoder.
    public mutating func skip(_ count: Int) {
        guard case .sized(let left) = kind, count <= left else { return }
        kind = count == left ? .ended : .sized(left: left - count)
    }

    public var endsWithConnection: Bool {
        if case .untilClose = kind { return true }
        return false
    }

    /// Goes on at `cursor`, as ``ChunkDecoder/next(_:_:)`` does.
    public mutating func next(_ bytes: Span<UInt8>, _ cursor: inout Int) -> ChunkStep {
        switch kind {
        case .ended: return .end
        case .untilClose:
            guard cursor < bytes.count else { return .more }
            let range = cursor..<bytes.count
            cursor = bytes.count
            return .payload(range)
        case .sized(let left):
            guard cursor < bytes.count else { return .more }
            let length = Swift.min(left, bytes.count &- cursor)
            let range = cursor..<cursor &+ length
            cursor &+= length
            kind = length == left ? .ended : .sized(left: left &- length)
            return .payload(range)
        case .chunked(var decoder):
            let step = decoder.next(bytes, &cursor)
            kind = step == .end ? .ended : .chunked(decoder)
            return step
        }
    }
}
