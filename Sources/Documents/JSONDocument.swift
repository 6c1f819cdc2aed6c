// JSON text to the same tree as YAML: for price lists that others publish. JSON is nearly YAML, but a
// YAML parser refuses its paired surrogates, so it has a reader of its own. Strict (RFC 8259), numbers
// stay text and exact, duplicate keys are refused, depth and size are bounded, no bytes make it trap.
public import Terms

extension Document {
    /// Reads one JSON value.
    ///
    /// - Throws: ``DocumentError`` with line and column, counted from 1.
    public static func json(
        _ bytes: [UInt8], limits: DocumentLimits = .standard
    ) throws(DocumentError) -> Document {
        guard bytes.count <= limits.bytes else { throw .tooLarge(bytes: bytes.count, limit: limits.bytes) }
        var reader = JSONDocumentReader(bytes, limits)
        let value = try reader.value(depth: 0)
        reader.skipSpace()
        guard reader.isAtEnd else { throw reader.wrong("something follows the value") }
        return value
    }
}

private struct JSONDocumentReader {
    private let bytes: [UInt8]
    private let limits: DocumentLimits
    private var at = 0
    private var line = 1
    private var lineStart = 0
    private var nodes = 0

    init(_ bytes: [UInt8], _ limits: DocumentLimits) {
        self.bytes = bytes
        self.limits = limits
    }

    var isAtEnd: Bool { at == bytes.count }

    private var place: DocumentPlace { DocumentPlace(line: line, column: at - lineStart + 1) }

    func wrong(_ words: String) -> DocumentError { .syntax(words, place) }

    mutating func skipSpace() {
        while at < bytes.count {
            switch bytes[at] {
            case UInt8(ascii: "\n"):
                line += 1
                lineStart = at + 1
            case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"): break
            default: return
            }
            at += 1
        }
    }

    mutating func value(depth: Int) throws(DocumentError) -> Document {
        skipSpace()
        guard depth <= limits.depth else { throw .tooDeep(limit: limits.depth, place) }
        nodes += 1
        guard nodes <= limits.nodes else { throw .tooManyNodes(limit: limits.nodes, place) }
        guard at < bytes.count else { throw wrong("the text ends where a value was expected") }
        let line = line
        switch bytes[at] {
        case UInt8(ascii: "{"): return Document(.map(try members(depth: depth)), line: line)
        case UInt8(ascii: "["): return Document(.list(try items(depth: depth)), line: line)
        case UInt8(ascii: "\""): return Document(.scalar(try string(), quoted: true), line: line)
        default: return Document(.scalar(try word(), quoted: false), line: line)
        }
    }

    private mutating func items(depth: Int) throws(DocumentError) -> [Document] {
        at += 1
        var items: [Document] = []
        skipSpace()
        if take("]") { return items }
        while true {
            items.append(try value(depth: depth + 1))
            skipSpace()
            if take("]") { return items }
            guard take(",") else { throw wrong("a comma or ] was expected") }
        }
    }

    private mutating func members(depth: Int) throws(DocumentError) -> [Document.Entry] {
        at += 1
        var entries: [Document.Entry] = []
        var lines: [String: Int] = [:]
        skipSpace()
        if take("}") { return entries }
        while true {
            skipSpace()
            let start = place
            guard at < bytes.count, bytes[at] == UInt8(ascii: "\"") else { throw wrong("a key was expected") }
            let key = try string()
            if let first = lines[key] { throw .duplicateKey(key, firstLine: first, start) }
            lines[key] = start.line
            skipSpace()
            guard take(":") else { throw wrong("a colon was expected") }
            entries.append(Document.Entry(key: key, line: start.line, value: try value(depth: depth + 1)))
            skipSpace()
            if take("}") { return entries }
            guard take(",") else { throw wrong("a comma or } was expected") }
        }
    }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard at < bytes.count, bytes[at] == UInt8(ascii: character) else { return false }
        at += 1
        return true
    }

    /// `true`, `false`, `null` or a number, as it is written.
    private mutating func word() throws(DocumentError) -> String {
        let start = at
        while at < bytes.count, Self.isOfWord(bytes[at]) { at += 1 }
        let text = String(decoding: bytes[start..<at], as: UTF8.self)
        if ["true", "false", "null"].contains(text) || DecimalText(text) != nil { return text }
        at = start
        throw wrong("a value was expected")
    }

    private static func isOfWord(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "+"), UInt8(ascii: "."):
            true
        default: false
        }
    }

    private mutating func string() throws(DocumentError) -> String {
        at += 1
        var text: [UInt8] = []
        while at < bytes.count {
            let byte = bytes[at]
            if byte == UInt8(ascii: "\"") {
                at += 1
                return String(decoding: text, as: UTF8.self)
            }
            guard byte >= 0x20 else { throw wrong("a control character stands in a string") }
            guard text.count < limits.scalar else { throw .scalarTooLong(limit: limits.scalar, place) }
            at += 1
            if byte == UInt8(ascii: "\\") {
                text.append(contentsOf: String(try escaped()).utf8)
            } else {
                text.append(byte)
            }
        }
        throw wrong("the text ends inside a string")
    }

    private mutating func escaped() throws(DocumentError) -> Unicode.Scalar {
        guard at < bytes.count else { throw wrong("the text ends inside a string") }
        let byte = bytes[at]
        at += 1
        switch byte {
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "b"): return "\u{8}"
        case UInt8(ascii: "f"): return "\u{c}"
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(byte)
        case UInt8(ascii: "u"):
            let first = try unit()
            if first & 0xFC00 == 0xD800, take("\\"), take("u") {
                let second = try unit()
                if second & 0xFC00 == 0xDC00,
                    let scalar = Unicode.Scalar(0x10000 + (first & 0x3FF) << 10 + (second & 0x3FF))
                {
                    return scalar
                }
            }
            guard let scalar = Unicode.Scalar(first) else { throw wrong("half of a surrogate pair") }
            return scalar
        default: throw wrong("no such escape")
        }
    }

    private mutating func unit() throws(DocumentError) -> UInt32 {
        guard at + 4 <= bytes.count,
            let unit = UInt32(String(decoding: bytes[at..<at + 4], as: UTF8.self), radix: 16)
        else { throw wrong("four hexadecimal digits were expected") }
        at += 4
        return unit
    }
}
