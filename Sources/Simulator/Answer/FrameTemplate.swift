// The repeated frame of a stream. A stream of a thousand chunks is one template and a counter: nothing is
// rendered before its time, so a thousand slow streams cost a thousand small structs.

/// Bytes with holes. In the text the holes are written `«word»`, `«tokens»`, `«total»`, `«sequence»` and
/// `«choice»`.
struct FrameTemplate: Sendable {
    enum Part: Sendable {
        case bytes([UInt8])
        /// The frame's word of text.
        case word
        /// Visible output tokens up to and with this frame.
        case tokens
        /// The same plus what the whole answer has besides (`base`).
        case total
        /// Number of this event in its stream, counted from `sequenceStart`.
        case sequence
        /// Index of the choice this frame belongs to.
        case choice
    }

    var parts: [Part] = []
    /// Visible output tokens of the whole answer, spread over the frames.
    var tokens = 0
    var base = 0
    var sequenceStart = 0
    var choices = 1

    init() {}

    init(_ text: String) {
        var rest = Substring(text)
        while let open = rest.firstIndex(of: "«"), let close = rest[open...].firstIndex(of: "»") {
            if open > rest.startIndex { parts.append(.bytes(Array(rest[..<open].utf8))) }
            let name = rest[rest.index(after: open)..<close]
            parts.append(Self.hole(name) ?? .bytes(Array("«\(name)»".utf8)))
            rest = rest[rest.index(after: close)...]
        }
        if !rest.isEmpty { parts.append(.bytes(Array(rest.utf8))) }
    }

    private static func hole(_ name: Substring) -> Part? {
        switch name {
        case "word": .word
        case "tokens": .tokens
        case "total": .total
        case "sequence": .sequence
        case "choice": .choice
        default: nil
        }
    }

    /// Appends frame `index` of `count`.
    func render(_ index: Int, of count: Int, into output: inout [UInt8]) {
        for part in parts {
            switch part {
            case .bytes(let bytes): output.append(contentsOf: bytes)
            case .word: output.append(contentsOf: Filler.word(index / choices))
            case .tokens: output.append(contentsOf: String(share(index, of: count)).utf8)
            case .total: output.append(contentsOf: String(base + share(index, of: count)).utf8)
            case .sequence: output.append(contentsOf: String(sequenceStart + index).utf8)
            case .choice: output.append(contentsOf: String(index % choices).utf8)
            }
        }
    }

    private func share(_ index: Int, of count: Int) -> Int { tokens * (index + 1) / max(1, count) }
}
