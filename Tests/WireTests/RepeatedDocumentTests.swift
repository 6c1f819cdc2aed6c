import Testing
import Wire

/// A scanner that reads one document after the other must find in each what a new scanner finds, whatever
/// it remembers of the one before.
@Suite struct RepeatedDocumentTests {
    private static let selection = JSONSelection([
        ("id", .keep(slot: 0)), ("model", .keep(slot: 1)), ("usage", .keep(slot: 2)),
        ("choices[]", .count(counter: 1)), ("choices[].delta.content", .measure(counter: 0)),
        ("choices[].delta.reasoning", .measure(counter: 2)),
        ("choices[].finish_reason", .keep(slot: 3)), ("usage.total", .keep(slot: 4)),
        ("choices[].kept", .keep(slot: 5)), ("choices[].kept.content", .measure(counter: 3)),
    ])

    /// What can be asked of a scanner.
    struct Found: Hashable {
        var status: JSONStatus
        var captures: [JSONCapture]
        var texts: [[UInt8]]
        var counters: [Int]
        var consumed: Int
        var used: Int
        var duplicateKeys: Bool
        var passedLimit: Bool

        init(_ scanner: JSONScanner, used: Int) {
            status = scanner.status
            captures = scanner.captures
            texts = scanner.captures.map { Array(scanner.bytes(of: $0)) }
            counters = (0..<8).map { scanner.counter($0) }
            consumed = scanner.consumed
            self.used = used
            duplicateKeys = scanner.duplicateKeys
            passedLimit = scanner.passedLimit
        }
    }

    private static func read(
        _ document: [UInt8], _ scanner: JSONScanner, from start: Int = 0, cut: Int? = nil, lines: Bool = false
    ) -> Found {
        let bytes = document.span
        let end = bytes.count
        var at = scanner.feed(bytes, from: start, to: cut ?? end, stopAtLineBreaks: lines)
        if let cut, scanner.status == .incomplete, at == cut {
            at = scanner.feed(bytes, from: cut, to: end, stopAtLineBreaks: lines)
        }
        return Found(scanner, used: at)
    }

    private static func chunk(
        _ text: String, id: String = "chatcmpl-1", finish: String = "null", tail: String = "",
        field: String = "content"
    ) -> String {
        #"{"id":"\#(id)","object":"chat.completion.chunk","model":"m","choices":[{"index":0,"#
            + #""delta":{"\#(field)":"\#(text)"},"# + #""finish_reason":\#(finish)}],"usage":null\#(tail)}"#
    }

    @Test("each document of a stream gives what it gives alone")
    func stream() {
        let texts = [
            Self.chunk(""), Self.chunk("Hello"), Self.chunk(" wor\\nld"), Self.chunk("\\u00e9\\\"x"),
            Self.chunk("ünïcødé"),
            Self.chunk("a", finish: "\"stop\""), Self.chunk("b"), Self.chunk("c"),
            Self.chunk("d", id: "chatcmpl-22"), Self.chunk("e", id: "chatcmpl-22"),
            Self.chunk("f", tail: ",\"usage\":{\"total\":7}"),
            Self.chunk("g", tail: ",\"usage\":{\"total\":7}"),
            Self.chunk("h", field: "reasoning"), Self.chunk("ij", field: "reasoning"),
            Self.chunk("k", field: "kept"),
            "{}", Self.chunk("l"), Self.chunk("m") + " ", Self.chunk("n") + "\n\nrest",
            String(Self.chunk("o").dropLast(9)),
            Self.chunk("p"), String(Self.chunk("q").dropLast(40)), Self.chunk("\u{1}"), Self.chunk("r"),
            Self.chunk("s"),
        ]
        let scanner = JSONScanner(Self.selection)
        for (number, text) in texts.enumerated() {
            scanner.reset()
            #expect(scanner.captures.isEmpty && scanner.status == .incomplete)
            let document = Array(text.utf8)
            let alone = Self.read(document, JSONScanner(Self.selection), lines: true)
            #expect(Self.read(document, scanner, lines: true) == alone, "document \(number): \(text)")
        }
    }

    @Test("documents that break off, change or stand elsewhere in their piece: 20,000 random ones")
    func random() {
        var random = SeededNumbers(7)
        let scanner = JSONScanner(Self.selection)
        var last = Array(Self.chunk("x").utf8)
        for _ in 0..<20_000 {
            let words = [
                "", "a", "Hello there", "\\n", "é", "\\u12", "\\u0041", "\"",
                "long " + String(repeating: "z", count: 600),
            ]
            var document = Array(
                Self.chunk(
                    words[Int.random(in: 0..<words.count, using: &random)],
                    id: Int.random(in: 0..<9, using: &random) == 0 ? "y" : "x",
                    finish: Int.random(in: 0..<9, using: &random) == 0 ? "\"stop\"" : "null",
                    tail: Int.random(in: 0..<9, using: &random) == 0 ? ",\"usage\":{\"total\":7}" : "",
                    field: Int.random(in: 0..<9, using: &random) == 0 ? "reasoning" : "content"
                ).utf8)
            switch Int.random(in: 0..<12, using: &random) {
            case 0: document.removeLast(Int.random(in: 0..<document.count, using: &random))
            case 1:
                if !document.isEmpty {
                    document[Int.random(in: 0..<document.count, using: &random)] = UInt8(
                        Int.random(in: 0..<256, using: &random))
                }
            case 2: document = last
            default: break
            }
            last = document
            let start =
                Int.random(in: 0..<3, using: &random) == 0 ? Int.random(in: 0..<20, using: &random) : 0
            let piece = [UInt8](repeating: 0x58, count: start) + document + [0x0a]
            let cut =
                Int.random(in: 0..<4, using: &random) == 0 && !document.isEmpty
                ? start + Int.random(in: 0..<document.count, using: &random) : nil
            scanner.reset()
            let alone = Self.read(piece, JSONScanner(Self.selection), from: start, lines: true)
            let found = Self.read(piece, scanner, from: start, cut: cut, lines: true)
            guard found != alone else { continue }
            Issue.record("\(String(decoding: document, as: UTF8.self)) cut \(cut ?? -1)")
            return
        }
    }

    @Test("a scanner that begins with other wishes finds nothing of its last document")
    func otherWishes() {
        let scanner = JSONScanner(Self.selection)
        for text in ["a", "b", "c"] {
            scanner.reset()
            _ = Self.read(Array(Self.chunk(text).utf8), scanner)
        }
        let other = JSONSelection([("model", .keep(slot: 3))])
        scanner.begin(other, limits: .standard)
        let document = Array(Self.chunk("d").utf8)
        #expect(Self.read(document, scanner) == Self.read(document, JSONScanner(other)))
    }
}
