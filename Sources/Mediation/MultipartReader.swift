// Requests that upload a file (speech to be written down, images to be changed) are forms. Their first
// bytes hold the small fields that mediation wants, and of a WAV file the header that tells its length.

import Terms

/// Reads the beginning of a `multipart/form-data` body.
struct MultipartReader: Sendable {
    private let delimiter: [UInt8]
    private let limit: Int
    private var head: [UInt8] = []
    private var total = 0

    /// nil when the content type is no form or names no boundary.
    init?(contentType: String?, limit: Int) {
        guard let contentType, contentType.lowercased().hasPrefix("multipart/form-data") else { return nil }
        guard let boundary = Self.parameter("boundary", in: contentType), !boundary.isEmpty else {
            return nil
        }
        delimiter = Array("--\(boundary)".utf8)
        self.limit = limit
    }

    mutating func read(_ bytes: borrowing Span<UInt8>) {
        total += bytes.count
        let room = min(limit - head.count, bytes.count)
        guard room > 0 else { return }
        bytes.extracting(0..<room).withUnsafeBufferPointer { head.append(contentsOf: $0) }
    }

    /// What the form says.
    func finish(_ facts: inout RequestFacts, nameLimit: Int) {
        var rest = head[...]
        while let start = Self.find(delimiter, in: rest) {
            rest = rest[(start + delimiter.count)...]
            let end = Self.find(delimiter, in: rest) ?? rest.endIndex
            take(rest[..<end], &facts, nameLimit)
        }
    }

    private func take(_ part: ArraySlice<UInt8>, _ facts: inout RequestFacts, _ nameLimit: Int) {
        guard let blank = Self.find(Array("\r\n\r\n".utf8), in: part) else { return }
        let fields = String(decoding: part[..<blank], as: UTF8.self)
        let body = part[(blank + 4)...]
        if Self.parameter("filename", in: fields) != nil {
            facts.audioLength = facts.audioLength ?? Self.wavLength(body, bodyBytes: total)
            return
        }
        guard body.count <= nameLimit + 2, let name = Self.parameter("name", in: fields) else { return }
        var value = String(decoding: body, as: UTF8.self)
        if value.hasSuffix("\r\n") { value.removeLast() }
        switch name {
        case "model": facts.model = value.isEmpty ? facts.model : value
        case "stream": facts.stream = value == "true"
        case "user": facts.hints.append(AttributionHint(.user, value, source: "user"))
        case "size": facts.describe(size: value)
        case "quality": facts.describe(quality: value)
        case "prompt": facts.textBytes += value.utf8.count
        default: break
        }
    }

    /// `name="value"` or `name=value`.
    private static func parameter(_ name: String, in text: String) -> String? {
        for piece in text.split(whereSeparator: { $0 == ";" || $0 == "\r\n" }) {
            let sides = piece.split(separator: "=", maxSplits: 1)
            guard sides.count == 2, sides[0].filter({ $0 != " " }).lowercased() == name else { continue }
            return String(sides[1].filter { $0 != "\"" })
        }
        return nil
    }

    private static func find(_ wanted: [UInt8], in bytes: ArraySlice<UInt8>) -> Int? {
        guard let first = wanted.first, bytes.count >= wanted.count else { return nil }
        var at = bytes.startIndex
        while at <= bytes.endIndex - wanted.count {
            if bytes[at] == first, bytes[at..<at + wanted.count].elementsEqual(wanted) { return at }
            at += 1
        }
        return nil
    }

    // MARK: WAV

    /// How long a WAV file lasts, nil when it is none or its header cannot be true.
    static func wavLength(_ bytes: ArraySlice<UInt8>, bodyBytes: Int) -> Quantity? {
        guard bytes.count >= 12, bytes.prefix(4).elementsEqual("RIFF".utf8),
            bytes.dropFirst(8).prefix(4).elementsEqual("WAVE".utf8)
        else { return nil }
        var rest = bytes.dropFirst(12)
        var bytesPerSecond: Int64 = 0
        while rest.count >= 8 {
            let name = rest.prefix(4)
            let size = Int64(number(rest.dropFirst(4).prefix(4)))
            rest = rest.dropFirst(8)
            if name.elementsEqual("fmt ".utf8), rest.count >= 12 {
                bytesPerSecond = Int64(number(rest.dropFirst(8).prefix(4)))
            }
            if name.elementsEqual("data".utf8) {
                guard bytesPerSecond > 0, size > 0, size <= Int64(bodyBytes) else { return nil }
                return Quantity(nanos: Int128(size) * 1_000_000_000 / Int128(bytesPerSecond))
            }
            rest = rest.dropFirst(Int(min(size + size % 2, Int64(rest.count))))
        }
        return nil
    }

    /// Four bytes, the little end first.
    private static func number(_ bytes: ArraySlice<UInt8>) -> UInt32 {
        bytes.reversed().reduce(0) { $0 << 8 | UInt32($1) }
    }
}
