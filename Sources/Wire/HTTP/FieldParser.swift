// The strict reader of field lines, shared by requests and responses. One pass finds names, values and
// the facts on which framing depends; anything that two implementations might read differently (folded
// lines, blanks before the colon, bare line ends, control characters) is refused (RFC 9112 section 5).

/// What the fields say about framing and the connection.
struct FieldFacts: Sendable {
    /// Bytes of body; `nil` when there is no `Content-Length`.
    var contentLength: Int?
    var isChunked = false
    var hosts = 0
    var hostSlot = 0
    var asksClose = false
    var asksKeepAlive = false
    var asksUpgrade = false
    var expectsContinue = false
    var listsNames = false

    mutating func reset() { self = FieldFacts() }
}

enum FieldParser {
    /// Reads the field lines that start at `start` up to the blank line, which must end `bytes`.
    static func parse(
        _ bytes: Span<UInt8>, from start: Int, limits: HeadLimits,
        into block: inout FieldBlock, facts: inout FieldFacts
    ) throws(HTTPRefusal) {
        var at = start
        let count = bytes.count
        while true {
            guard at &+ 1 < count else { throw .badFieldName }
            if bytes[at] == HTTPByte.carriageReturn {
                guard bytes[at &+ 1] == HTTPByte.lineFeed else { throw .bareCarriageReturn }
                guard at &+ 2 == count else { throw .badFieldName }
                break
            }
            guard block.slots.count < limits.fields else { throw .tooManyFields }
            at = try line(bytes, at, &block, &facts)
        }
        if facts.isChunked && facts.contentLength != nil { throw .lengthAndTransferEncoding }
        if facts.listsNames { try dropListed(bytes, &block) }
    }

    /// Reads one line and returns where the next begins.
    @inline(__always)
    private static func line(
        _ bytes: Span<UInt8>, _ start: Int, _ block: inout FieldBlock, _ facts: inout FieldFacts
    ) throws(HTTPRefusal) -> Int {
        let count = bytes.count
        var at = start
        while at < count, HTTPByte.isToken(bytes[at]) { at &+= 1 }
        let nameEnd = at
        guard at < count, bytes[at] == HTTPByte.colon, at > start else {
            throw badName(bytes, start, at)
        }
        at &+= 1
        while at < count, HTTPByte.isBlank(bytes[at]) { at &+= 1 }
        let valueStart = at
        while at < count, HTTPByte.isFieldValue(bytes[at]) { at &+= 1 }
        guard at &+ 1 < count else { throw .badFieldValue }
        guard bytes[at] == HTTPByte.carriageReturn else {
            throw bytes[at] == HTTPByte.lineFeed ? .bareLineFeed : .badFieldValue
        }
        guard bytes[at &+ 1] == HTTPByte.lineFeed else { throw .bareCarriageReturn }
        var valueEnd = at
        while valueEnd > valueStart, HTTPByte.isBlank(bytes[valueEnd &- 1]) { valueEnd &-= 1 }
        let role = try learn(
            bytes, start..<nameEnd, valueStart..<valueEnd, slot: block.slots.count, &facts)
        block.slots.append(
            FieldSlot(
                nameStart: UInt32(truncatingIfNeeded: start), nameEnd: UInt32(truncatingIfNeeded: nameEnd),
                valueStart: UInt32(truncatingIfNeeded: valueStart),
                valueEnd: UInt32(truncatingIfNeeded: valueEnd), role: role))
        return at &+ 2
    }

    private static func badName(_ bytes: Span<UInt8>, _ start: Int, _ at: Int) -> HTTPRefusal {
        guard at < bytes.count else { return .badFieldName }
        if HTTPByte.isBlank(bytes[at]) { return at == start ? .obsoleteFold : .spaceBeforeColon }
        if bytes[at] == HTTPByte.lineFeed { return .bareLineFeed }
        if bytes[at] == HTTPByte.carriageReturn {
            let ended = at + 1 < bytes.count && bytes[at + 1] == HTTPByte.lineFeed
            return ended ? .badFieldName : .bareCarriageReturn
        }
        return .badFieldName
    }

    /// Takes note of the fields that mean something to a relay. The length of the name decides first,
    /// so most fields cost one jump.
    @inline(__always)
    private static func learn(
        _ bytes: Span<UInt8>, _ name: Range<Int>, _ value: Range<Int>, slot: Int,
        _ facts: inout FieldFacts
    ) throws(HTTPRefusal) -> FieldRole {
        switch name.count {
        case 2:
            if bytes.spells("te", name) { return .hopByHop }
        case 4:
            if bytes.spells("host", name) {
                facts.hosts += 1
                facts.hostSlot = slot
                return .host
            }
        case 6:
            if bytes.spells("expect", name) {
                guard bytes.spells("100-continue", value) else { throw .unknownExpectation }
                facts.expectsContinue = true
                return .hopByHop
            }
        case 7:
            if bytes.spells("upgrade", name) {
                facts.asksUpgrade = true
                return .hopByHop
            }
            if bytes.spells("trailer", name) { return .hopByHop }
        case 10:
            if bytes.spells("connection", name) {
                try connection(bytes, value, &facts)
                return .hopByHop
            }
            if bytes.spells("keep-alive", name) { return .hopByHop }
        case 14:
            if bytes.spells("content-length", name) {
                if facts.contentLength != nil { throw .repeatedContentLength }
                if hasTab(bytes, around: value, behind: name) { throw .badContentLength }
                facts.contentLength = try length(bytes, value)
                return .contentLength
            }
            if bytes.spells("http2-settings", name) { return .hopByHop }
            // Gateways that make variables of fields take `_` for `-`.
            if bytes.spells("content_length", name) { throw .badFieldName }
        case 16:
            if bytes.spells("proxy-connection", name) { return .hopByHop }
        case 17:
            if bytes.spells("transfer-encoding", name) {
                guard bytes.spells("chunked", value), !facts.isChunked,
                    !hasTab(bytes, around: value, behind: name)
                else { throw .badTransferEncoding }
                facts.isChunked = true
                return .hopByHop
            }
            if bytes.spells("transfer_encoding", name) { throw .badFieldName }
        case 19:
            if bytes.spells("proxy-authorization", name) { return .hopByHop }
        default: break
        }
        return .endToEnd
    }

    /// Whether a tab stands beside a value on which framing depends: some take it for a part of the value.
    private static func hasTab(_ bytes: Span<UInt8>, around value: Range<Int>, behind name: Range<Int>)
        -> Bool
    {
        for at in name.upperBound..<value.lowerBound where bytes[at] == HTTPByte.tab { return true }
        var at = value.upperBound
        while HTTPByte.isBlank(bytes[at]) {
            if bytes[at] == HTTPByte.tab { return true }
            at &+= 1
        }
        return false
    }

    /// `1*DIGIT` up to 2⁶³ − 1; no sign, no list, no blank.
    private static func length(_ bytes: Span<UInt8>, _ value: Range<Int>) throws(HTTPRefusal) -> Int {
        guard !value.isEmpty, value.count <= 19 else {
            // A list is how some senders repeat the field in one line.
            for at in value where bytes[at] == HTTPByte.comma { throw .repeatedContentLength }
            throw .badContentLength
        }
        var total = 0
        for at in value {
            let digit = bytes[at] &- 0x30
            guard digit < 10 else {
                throw bytes[at] == HTTPByte.comma ? .repeatedContentLength : .badContentLength
            }
            let (product, over) = total.multipliedReportingOverflow(by: 10)
            let (sum, carry) = product.addingReportingOverflow(Int(digit))
            guard !over, !carry else { throw .badContentLength }
            total = sum
        }
        return total
    }

    private static func connection(
        _ bytes: Span<UInt8>, _ value: Range<Int>, _ facts: inout FieldFacts
    ) throws(HTTPRefusal) {
        var names = 0
        try eachName(bytes, value) { (name) throws(HTTPRefusal) in
            names += 1
            guard names <= HTTPLimit.connectionNames else { throw .badConnection }
            if bytes.spells("close", name) {
                facts.asksClose = true
            } else if bytes.spells("keep-alive", name) {
                facts.asksKeepAlive = true
            } else {
                facts.listsNames = true
            }
        }
    }

    /// Calls `body` with each element of a comma-separated list of tokens; empty elements are skipped.
    private static func eachName(
        _ bytes: Span<UInt8>, _ value: Range<Int>, _ body: (Range<Int>) throws(HTTPRefusal) -> Void
    ) throws(HTTPRefusal) {
        var at = value.lowerBound
        while at < value.upperBound {
            while at < value.upperBound, HTTPByte.isBlank(bytes[at]) || bytes[at] == HTTPByte.comma {
                at += 1
            }
            let start = at
            while at < value.upperBound, HTTPByte.isToken(bytes[at]) { at += 1 }
            if at > start { try body(start..<at) }
            while at < value.upperBound, HTTPByte.isBlank(bytes[at]) { at += 1 }
            guard at == value.upperBound || bytes[at] == HTTPByte.comma else { throw .badConnection }
        }
    }

    /// Marks the fields that `Connection` lists, so that they do not travel on.
    private static func dropListed(_ bytes: Span<UInt8>, _ block: inout FieldBlock) throws(HTTPRefusal) {
        for lister in block.slots.indices {
            let name = block.slots[lister].name
            guard name.count == 10, bytes.spells("connection", name) else { continue }
            try eachName(bytes, block.slots[lister].value) { (listed) throws(HTTPRefusal) in
                for index in block.slots.indices where block.slots[index].role == .endToEnd {
                    let candidate = block.slots[index].name
                    if equal(bytes, candidate, listed) { block.slots[index].role = .hopByHop }
                }
            }
        }
    }

    /// Whether two stretches spell the same, ignoring the case of ASCII letters.
    static func equal(_ bytes: Span<UInt8>, _ a: Range<Int>, _ b: Range<Int>) -> Bool {
        guard a.count == b.count else { return false }
        for offset in 0..<a.count
        where HTTPByte.lowercased(bytes[a.lowerBound + offset])
            != HTTPByte.lowercased(bytes[b.lowerBound + offset])
        { return false }
        return true
    }
}
