// Heads and bodies of HTTP/1.1 requests. Strict where a proxy could be wrong (framing, line ends, names),
// because the simulator is also the witness of what the proxy sends upstream.

struct RequestHead: Sendable {
    var method = ""
    var target = ""
    /// Names in lower case, values without blanks at their ends, in order of appearance.
    var fields: [(name: String, value: String)] = []
    var contentLength: Int?
    var chunked = false
    var closes = false
    var expectsContinue = false

    /// Why a request cannot be read: the answer's status and a sentence.
    struct Fault: Error {
        let status: Int
        let problem: String
    }

    /// Reads the head in `bytes[start..<end]`, blank line included.
    static func read(_ bytes: [UInt8], _ start: Int, _ end: Int) throws(Fault) -> RequestHead {
        var head = RequestHead()
        var at = start
        guard let lineEnd = line(bytes, at, end) else { throw bad("no request line") }
        let parts = String(decoding: bytes[at..<lineEnd], as: UTF8.self)
            .split(separator: " ", omittingEmptySubsequences: false)
        guard parts.count == 3, !parts[0].isEmpty, parts[1].hasPrefix("/") else {
            throw bad("the request line is not METHOD /target HTTP/1.1")
        }
        head.method = String(parts[0])
        head.target = String(parts[1])
        switch parts[2] {
        case "HTTP/1.1": break
        case "HTTP/1.0": head.closes = true
        default: throw Fault(status: 505, problem: "only HTTP/1.1 and 1.0 are spoken here")
        }
        at = lineEnd + 2
        var hosts = 0
        while let next = line(bytes, at, end), next > at {
            let (name, value) = try field(bytes, at, next)
            if name == "host" { hosts += 1 }
            try head.note(name, value)
            head.fields.append((name, value))
            at = next + 2
        }
        if parts[2] == "HTTP/1.1", hosts != 1 { throw bad("one Host field is needed") }
        if head.chunked, head.contentLength != nil { throw bad("both Content-Length and Transfer-Encoding") }
        return head
    }

    func field(_ name: String) -> String? { fields.first { $0.name == name }?.value }

    private static func bad(_ problem: String) -> Fault { Fault(status: 400, problem: problem) }

    /// End of the line at `at`: the index of its CR.
    private static func line(_ bytes: [UInt8], _ at: Int, _ end: Int) -> Int? {
        var index = at
        while index + 1 < end {
            if bytes[index] == 13 { return bytes[index + 1] == 10 ? index : nil }
            if bytes[index] == 10 { return nil }
            index += 1
        }
        return nil
    }

    private static func field(
        _ bytes: [UInt8], _ start: Int, _ end: Int
    ) throws(Fault) -> (String, String) {
        var colon = start
        var name: [UInt8] = []
        while colon < end, bytes[colon] != UInt8(ascii: ":") {
            var byte = bytes[colon]
            guard byte > 32, byte < 127 else { throw bad("a byte that no field name has") }
            if byte >= UInt8(ascii: "A"), byte <= UInt8(ascii: "Z") { byte |= 0x20 }
            name.append(byte)
            colon += 1
        }
        guard colon < end, colon > start else { throw bad("a field without name or colon") }
        guard !bytes[colon..<end].contains(0) else { throw bad("a field value with NUL") }
        let value = trimmed(String(decoding: bytes[(colon + 1)..<end], as: UTF8.self))
        return (String(decoding: name, as: UTF8.self), value)
    }

    private mutating func note(_ name: String, _ value: String) throws(Fault) {
        switch name {
        case "content-length":
            guard contentLength == nil, !value.isEmpty, value.utf8.count <= 12,
                value.utf8.allSatisfy({ $0 >= 48 && $0 <= 57 }), let length = Int(value)
            else { throw Self.bad("Content-Length is repeated or no number") }
            contentLength = length
        case "transfer-encoding":
            guard value.lowercased() == "chunked", !chunked else {
                throw Self.bad("Transfer-Encoding other than one chunked")
            }
            chunked = true
        case "connection": if value.lowercased() == "close" { closes = true }
        case "expect": expectsContinue = value.lowercased() == "100-continue"
        default: break
        }
    }
}

/// Reads one body, sized or chunked, whatever pieces it comes in.
struct BodyReader: Sendable {
    private(set) var body: [UInt8] = []
    private var left: Int
    private var phase: Phase

    private enum Phase { case sized, size, data, dataEnd, trailer, done }

    init(_ head: RequestHead) {
        left = head.contentLength ?? 0
        phase = head.chunked ? .size : left > 0 ? .sized : .done
        if !head.chunked { body.reserveCapacity(min(left, 1 << 20)) }
    }

    var isDone: Bool { phase == .done }

    /// Takes bytes from `at` on and moves `at` behind what belongs to the body.
    mutating func take(_ bytes: [UInt8], _ at: inout Int) throws(RequestHead.Fault) {
        while phase != .done, at < bytes.count {
            switch phase {
            case .sized, .data:
                let count = min(left, bytes.count - at)
                guard body.count + count <= SimulatorLimits.bodyBytes else {
                    throw RequestHead.Fault(status: 413, problem: "the body is too long for the simulator")
                }
                body.append(contentsOf: bytes[at..<at + count])
                at += count
                left -= count
                if left == 0 { phase = phase == .sized ? .done : .dataEnd }
            case .size, .dataEnd, .trailer:
                guard let end = lineEnd(bytes, at) else { return }
                try line(bytes, at, end)
                at = end + 2
            case .done: return
            }
        }
    }

    private mutating func line(_ bytes: [UInt8], _ at: Int, _ end: Int) throws(RequestHead.Fault) {
        switch phase {
        case .size:
            var digits = at
            while digits < end, JSONScan.hexDigit(bytes[digits]) != nil { digits += 1 }
            guard digits > at, digits - at <= 8, digits == end || bytes[digits] == UInt8(ascii: ";"),
                let size = JSONScan.hexadecimal(bytes, at, digits - at)
            else { throw RequestHead.Fault(status: 400, problem: "a chunk size that is no number") }
            left = size
            phase = size == 0 ? .trailer : .data
        case .dataEnd:
            guard end == at else { throw RequestHead.Fault(status: 400, problem: "a chunk longer than said") }
            phase = .size
        default: if end == at { phase = .done }
        }
    }

    private func lineEnd(_ bytes: [UInt8], _ at: Int) -> Int? {
        var index = at
        while index + 1 < bytes.count {
            if bytes[index] == 13, bytes[index + 1] == 10 { return index }
            index += 1
        }
        return nil
    }
}
