// The head of a response, the counterpart of RequestHead: owned bytes, offsets, and the
// decision how its body ends, which depends on the request's method and on the status.

/// How the end of a response's body is known.
public enum ResponseFraming: Hashable, Sendable {
    /// No body, whatever the fields say: HEAD, 1xx, 204, 304.
    case none
    case sized(Int)
    case chunked
    /// The body ends where the connection ends.
    case untilClose

    /// The body's length is told by nobody beforehand: mostly one that is made while it is sent.
    public var hasNoLength: Bool { self == .chunked || self == .untilClose }
}

/// A validated response head. An object that is parsed into again for the next message, so
/// that its storage is kept: whoever needs more of it than the call in which it got it takes a copy.
public final class ResponseHead {
    /// The fields in order, with the bytes of the whole head.
    public private(set) var fields = FieldBlock()
    private var facts = FieldFacts()
    /// 100 to 599.
    public private(set) var status = 0
    /// Where the reason phrase stands in `fields.bytes`; may be empty.
    public private(set) var reasonRange: Range<Int> = 0..<0
    /// 0 or 1, of `HTTP/1.x`.
    public private(set) var minorVersion = 1

    public init() {}

    /// Reads a complete head.
    ///
    /// - Throws: why the head is refused; the value is then empty.
    public func parse(
        _ bytes: Span<UInt8>, limits: HeadLimits = .response
    ) throws(HTTPRefusal) {
        reset()
        guard bytes.count <= limits.bytes else { throw .headTooLarge }
        do throws(HTTPRefusal) {
            let fieldsStart = try statusLine(bytes)
            try FieldParser.parse(bytes, from: fieldsStart, limits: limits, into: &fields, facts: &facts)
            if minorVersion == 0, facts.isChunked { throw .transferEncodingInOldVersion }
            bytes.withUnsafeBufferPointer { fields.bytes.append(contentsOf: $0) }
        } catch {
            reset()
            throw error
        }
    }

    /// Forgets the message and keeps the storage.
    public func reset() {
        fields.bytes.removeAll(keepingCapacity: true)
        fields.slots.removeAll(keepingCapacity: true)
        facts.reset()
        status = 0
        reasonRange = 0..<0
        minorVersion = 1
    }

    /// The value of the first field of that name.
    public func value(of name: String) -> String? { fields.value(of: name) }

    /// What `Content-Length` says, whether or not there is a body.
    public var contentLength: Int? { facts.contentLength }

    /// Whether the connection cannot carry another exchange.
    public var closes: Bool { facts.asksClose || (minorVersion == 0 && !facts.asksKeepAlive) }

    /// How the body is framed.
    ///
    /// - Parameter toHead: whether the request's method was HEAD.
    public func framing(toHead: Bool) -> ResponseFraming {
        if toHead || status < 200 || status == 204 || status == 304 { return .none }
        if facts.isChunked { return .chunked }
        return facts.contentLength.map { .sized($0) } ?? .untilClose
    }

    /// Reads `HTTP/1.x SP 3DIGIT [SP reason] CRLF` and returns where the fields begin.
    private func statusLine(_ bytes: Span<UInt8>) throws(HTTPRefusal) -> Int {
        let count = bytes.count
        guard count > 15, bytes.spells("http/", 0..<5), bytes[0] == 0x48, bytes[1] == 0x54,
            bytes[2] == 0x54, bytes[3] == 0x50, bytes[6] == 0x2E
        else { throw .badStatusLine }
        guard bytes[5] == 0x31, bytes[7] == 0x30 || bytes[7] == 0x31 else { throw .badVersion }
        minorVersion = Int(bytes[7] &- 0x30)
        guard bytes[8] == HTTPByte.space else { throw .badStatusLine }
        var code = 0
        for at in 9..<12 {
            let digit = bytes[at] &- 0x30
            guard digit < 10 else { throw .badStatusLine }
            code = code &* 10 &+ Int(digit)
        }
        guard (100..<600).contains(code) else { throw .badStatusLine }
        status = code
        var at = 12
        // Some servers leave out the blank before an empty reason.
        if bytes[at] == HTTPByte.space {
            at &+= 1
        } else if bytes[at] != HTTPByte.carriageReturn {
            throw .badStatusLine
        }
        let reason = at
        while at < count, HTTPByte.isFieldValue(bytes[at]) { at &+= 1 }
        reasonRange = reason..<at
        guard at &+ 1 < count, bytes[at] == HTTPByte.carriageReturn else {
            throw at < count && bytes[at] == HTTPByte.lineFeed ? .bareLineFeed : .badStatusLine
        }
        guard bytes[at &+ 1] == HTTPByte.lineFeed else { throw .bareCarriageReturn }
        return at &+ 2
    }
}
