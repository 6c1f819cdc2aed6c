// The head of a request: it owns its bytes, knows where method, path and fields stand, and
// has already decided how long the body is. A head that exists is well formed; whatever could be read
// in two ways was refused while parsing.

/// How the end of a request's body is known.
public enum RequestFraming: Hashable, Sendable {
    case none
    /// So many bytes; zero when the client said so.
    case sized(Int)
    case chunked
}

/// A validated request head. An object that is parsed into again for the next message, so
/// that its storage is kept: whoever needs more of it than the call in which it got it takes a copy.
public final class RequestHead {
    /// The fields in order, with the bytes of the whole head.
    public private(set) var fields = FieldBlock()
    private var facts = FieldFacts()
    private var methodEnd = 0
    private var pathSpan: Range<Int> = 0..<0
    /// 0 or 1, of `HTTP/1.x`.
    public private(set) var minorVersion = 1

    public init() {}

    /// Reads a complete head.
    ///
    /// - Parameter bytes: exactly what ``HeadSeeker`` found, the blank line included.
    /// - Throws: why the head is refused; the value is then empty.
    public func parse(
        _ bytes: Span<UInt8>, limits: HeadLimits = .request
    ) throws(HTTPRefusal) {
        reset()
        guard bytes.count <= limits.bytes else { throw .headTooLarge }
        do throws(HTTPRefusal) {
            let fieldsStart = try requestLine(bytes)
            try FieldParser.parse(bytes, from: fieldsStart, limits: limits, into: &fields, facts: &facts)
            bytes.withUnsafeBufferPointer { fields.bytes.append(contentsOf: $0) }
            try checkTarget(bytes)
            if minorVersion == 0, facts.isChunked { throw .transferEncodingInOldVersion }
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
        methodEnd = 0
        pathSpan = 0..<0
        minorVersion = 1
    }

    // MARK: What it says

    /// The method, as sent: methods are case-sensitive.
    public var method: String { fields.text(methodRange) }

    /// Path and query, always beginning with a slash. Of an absolute-form target the authority is gone.
    public var path: String { fields.text(pathSpan) }

    /// Whether ``path`` begins with `prefix`.
    public func pathBegins(_ prefix: StaticString) -> Bool {
        guard pathSpan.count >= prefix.utf8CodeUnitCount else { return false }
        for offset in 0..<prefix.utf8CodeUnitCount
        where fields.bytes[pathSpan.lowerBound + offset] != prefix.utf8Start[offset] {
            return false
        }
        return true
    }

    /// Where the method stands in `fields.bytes`.
    public var methodRange: Range<Int> { methodStart..<methodEnd }

    /// Where path and query stand in `fields.bytes`.
    public var pathRange: Range<Int> { pathSpan }

    /// The value of the first field of that name.
    public func value(of name: String) -> String? { fields.value(of: name) }

    /// The value of `Host`; `nil` only in HTTP/1.0.
    public var host: String? { facts.hosts == 0 ? nil : fields.value(facts.hostSlot) }

    /// How the body is framed.
    public var framing: RequestFraming {
        if facts.isChunked { return .chunked }
        return facts.contentLength.map { .sized($0) } ?? .none
    }

    /// Whether the client waits for `100 Continue` before it sends the body.
    public var expectsContinue: Bool { facts.expectsContinue && minorVersion == 1 }

    /// Whether the client wants another protocol on this connection.
    public var asksUpgrade: Bool { facts.asksUpgrade }

    /// Whether the connection ends with this exchange. HTTP/1.0 clients are always closed.
    public var closes: Bool { facts.asksClose || minorVersion == 0 }

    /// Whether the response has a head only.
    public var isHead: Bool { methodEquals("HEAD") }

    /// Whether the method is exactly `word`.
    public func methodEquals(_ word: StaticString) -> Bool {
        let range = methodRange
        guard range.count == word.utf8CodeUnitCount else { return false }
        for offset in 0..<range.count where fields.bytes[range.lowerBound + offset] != word.utf8Start[offset]
        {
            return false
        }
        return true
    }

    // MARK: Reading

    private var methodStart = 0

    /// Reads `METHOD SP target SP HTTP/1.x CRLF` and returns where the fields begin.
    private func requestLine(_ bytes: Span<UInt8>) throws(HTTPRefusal) -> Int {
        let count = bytes.count
        var at = 0
        if count > 2, bytes[0] == HTTPByte.carriageReturn, bytes[1] == HTTPByte.lineFeed { at = 2 }
        methodStart = at
        while at < count, HTTPByte.isMethod(bytes[at]) { at &+= 1 }
        guard at > methodStart, at &- methodStart <= HTTPLimit.method else { throw .badMethod }
        guard at < count, bytes[at] == HTTPByte.space else {
            throw at < count && HTTPByte.isToken(bytes[at]) ? .badMethod : .badRequestLine
        }
        methodEnd = at
        at &+= 1
        let target = at
        while at < count, HTTPByte.isTarget(bytes[at]) { at &+= 1 }
        guard at > target else { throw .badTarget }
        pathSpan = target..<at
        guard at &+ 10 < count, bytes[at] == HTTPByte.space else {
            throw at < count && bytes[at] == HTTPByte.carriageReturn ? .badRequestLine : .badTarget
        }
        at &+= 1
        guard bytes.spells("http/", at..<at &+ 5), bytes[at] == 0x48, bytes[at &+ 1] == 0x54,
            bytes[at &+ 2] == 0x54, bytes[at &+ 3] == 0x50
        else { throw .badRequestLine }
        let major = bytes[at &+ 5]
        let minor = bytes[at &+ 7]
        guard bytes[at &+ 6] == 0x2E, major &- 0x30 < 10, minor &- 0x30 < 10 else { throw .badRequestLine }
        guard major == 0x31, minor == 0x30 || minor == 0x31 else { throw .badVersion }
        minorVersion = Int(minor &- 0x30)
        guard bytes[at &+ 8] == HTTPByte.carriageReturn else {
            throw bytes[at &+ 8] == HTTPByte.lineFeed ? .bareLineFeed : .badRequestLine
        }
        guard bytes[at &+ 9] == HTTPByte.lineFeed else { throw .bareCarriageReturn }
        return at &+ 10
    }

    /// Checks target and `Host` against each other, and reduces the target to path and query.
    private func checkTarget(_ bytes: Span<UInt8>) throws(HTTPRefusal) {
        if facts.hosts > 1 { throw .repeatedHost }
        if facts.hosts == 0, minorVersion == 1 { throw .missingHost }
        if facts.hosts == 1 {
            let host = fields.slots[facts.hostSlot].value
            guard AuthorityCheck.isValid(bytes, host) else { throw .badHost }
        }
        // CONNECT has an authority for a target; the relay refuses the method itself.
        if methodEquals("CONNECT") { return }
        let target = pathSpan
        if bytes[target.lowerBound] == HTTPByte.slash { return try TargetCheck.check(bytes, target) }
        var start = target.lowerBound
        if target.count > 7, bytes.spells("http://", start..<start + 7) {
            start += 7
        } else if target.count > 8, bytes.spells("https://", start..<start + 8) {
            start += 8
        } else {
            throw .badTarget
        }
        var end = start
        while end < target.upperBound, bytes[end] != HTTPByte.slash { end += 1 }
        guard AuthorityCheck.isValid(bytes, start..<end) else { throw .badTarget }
        if facts.hosts == 1 {
            let host = fields.slots[facts.hostSlot].value
            guard FieldParser.equal(bytes, start..<end, host) else { throw .authorityMismatch }
        }
        if end < target.upperBound {
            pathSpan = end..<target.upperBound
            try TargetCheck.check(bytes, pathSpan)
        } else {
            // No path: "/", which stands nowhere in the head, is put behind it. A query without a path is
            // refused above, because it is no part of an authority.
            let from = fields.bytes.count
            fields.bytes.append(HTTPByte.slash)
            pathSpan = from..<fields.bytes.count
        }
    }
}
