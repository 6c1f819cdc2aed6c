// The decoder of chunked bodies (RFC 9112 section 7.1), byte by byte strict: sizes of at most sixteen
// hexadecimal digits, lines that end in CR LF and nothing else. Extensions and trailer fields are
// checked for shape, capped and dropped. It copies nothing: it tells where payload stands.

/// One step of decoding.
public enum ChunkStep: Hashable, Sendable {
    /// Payload at these offsets of the bytes given.
    case payload(Range<Int>)
    /// All bytes given are used; the body goes on.
    case more
    /// The body is complete; the next message begins at the cursor.
    case end
    case refused(HTTPRefusal)
}

/// Decodes one chunked body from bytes cut anywhere.
public struct ChunkDecoder: Sendable {
    private enum State: UInt8 {
        case size, `extension`, sizeLineFeed, data, dataReturn, dataLineFeed
        case trailerStart, trailerName, trailerValue, trailerLineFeed, endLineFeed, done, failed
    }

    private var state = State.size
    private var left = 0
    private var digits = 0
    private var extra = 0

    public init() {}

    /// Goes on at `cursor` and moves it behind what was used. Call again until the answer is no payload.
    public mutating func next(_ bytes: Span<UInt8>, _ cursor: inout Int) -> ChunkStep {
        while cursor < bytes.count {
            if state == .data {
                let length = Swift.min(left, bytes.count &- cursor)
                let range = cursor..<cursor &+ length
                left &-= length
                cursor &+= length
                if left == 0 { state = .dataReturn }
                return .payload(range)
            }
            if state == .done { return .end }
            let byte = bytes[cursor]
            cursor &+= 1
            if let refusal = step(byte) {
                state = .failed
                return .refused(refusal)
            }
            if state == .done { return .end }
        }
        return state == .done ? .end : .more
    }

    /// Whether the end of the body was seen.
    public var isComplete: Bool { state == .done }

    @inline(__always)
    private mutating func step(_ byte: UInt8) -> HTTPRefusal? {
        switch state {
        case .size: return size(byte)
        case .extension:
            if byte == HTTPByte.carriageReturn {
                state = .sizeLineFeed
                return nil
            }
            extra &+= 1
            return HTTPByte.isFieldValue(byte) && extra <= HTTPLimit.chunkExtension
                ? nil : .badChunkExtension
        case .sizeLineFeed:
            guard byte == HTTPByte.lineFeed else { return .badChunkSize }
            digits = 0
            extra = 0
            state = left == 0 ? .trailerStart : .data
            return nil
        case .dataReturn:
            state = .dataLineFeed
            return byte == HTTPByte.carriageReturn ? nil : .badChunkEnd
        case .dataLineFeed:
            state = .size
            return byte == HTTPByte.lineFeed ? nil : .badChunkEnd
        case .failed: return .badChunkSize
        default: return trailer(byte)
        }
    }

    private mutating func size(_ byte: UInt8) -> HTTPRefusal? {
        let digit: UInt8
        if byte &- 0x30 < 10 {
            digit = byte &- 0x30
        } else if (byte | 0x20) &- 0x61 < 6 {
            digit = (byte | 0x20) &- 0x61 &+ 10
        } else {
            guard digits > 0 else { return .badChunkSize }
            if byte == HTTPByte.carriageReturn {
                state = .sizeLineFeed
            } else if byte == HTTPByte.semicolon {
                state = .extension
            } else {
                return .badChunkSize
            }
            return nil
        }
        digits &+= 1
        guard digits <= HTTPLimit.chunkSizeDigits, left >> 59 == 0 else { return .badChunkSize }
        left = left << 4 | Int(digit)
        return nil
    }

    private mutating func trailer(_ byte: UInt8) -> HTTPRefusal? {
        extra &+= 1
        guard extra <= HTTPLimit.trailers else { return .badTrailer }
        switch state {
        case .trailerStart:
            if byte == HTTPByte.carriageReturn {
                state = .endLineFeed
                return nil
            }
            state = .trailerName
            return HTTPByte.isToken(byte) ? nil : .badTrailer
        case .trailerName:
            if byte == HTTPByte.colon {
                state = .trailerValue
                return nil
            }
            return HTTPByte.isToken(byte) ? nil : .badTrailer
        case .trailerValue:
            if byte == HTTPByte.carriageReturn {
                state = .trailerLineFeed
                return nil
            }
            return HTTPByte.isFieldValue(byte) ? nil : .badTrailer
        case .trailerLineFeed:
            state = .trailerStart
            return byte == HTTPByte.lineFeed ? nil : .badTrailer
        default:
            state = .done
            return byte == HTTPByte.lineFeed ? nil : .badTrailer
        }
    }
}
