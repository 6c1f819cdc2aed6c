import Testing

@testable import Wire

@Suite struct JSONScannerTests {
    /// Slots and counters of the selection used here.
    static let selection = JSONSelection([
        ("id", .keep(slot: 0)), ("usage", .keep(slot: 1)), ("usage.prompt_tokens", .keep(slot: 2)),
        ("usage.details.cached", .keep(slot: 3)), ("choices[]", .count(counter: 0)),
        ("choices[].delta.content", .measure(counter: 1)), ("choices[].finish_reason", .keep(slot: 4)),
        ("*", .count(counter: 2)), ("deep.**", .measure(counter: 3)),
    ])

    /// What a scan found, comparable.
    struct Finding: Hashable {
        var status: JSONStatus
        var kept: [String]
        var counters: [Int]
        var duplicates: Bool
    }

    static func scan(_ text: String, cutAt cut: Int? = nil) -> Finding { scan(Array(text.utf8), cutAt: cut) }

    static func scan(_ bytes: [UInt8], cutAt cut: Int?) -> Finding {
        let scanner = JSONScanner(selection)
        let middle = cut ?? bytes.count
        _ = scanner.feed(bytes.span, from: 0, to: middle)
        if scanner.status == .incomplete {
            // The second piece is another array, so that nothing can lean on the first one's memory.
            let rest = Array(bytes[middle...])
            _ = scanner.feed(rest.span, from: 0, to: rest.count)
        }
        scanner.finish()
        return Finding(
            status: scanner.status,
            kept: scanner.captures.map {
                "\($0.slot)@\($0.place.lowerBound)=\(String(decoding: scanner.bytes(of: $0), as: UTF8.self))"
            },
            counters: (0..<4).map { scanner.counter($0) }, duplicates: scanner.duplicateKeys)
    }

    @Test func keepsWhatIsAskedForAndForgetsTheRest() {
        let text = #"{"id":"a\n","x":[{"usage":7}],"usage":{"prompt_tokens":12.50,"details":{"cached":1e3}}}"#
        #expect(
            Self.scan(text)
                == Finding(
                    status: .complete,
                    kept: [
                        #"0@6="a\n""#, "2@55=12.50", "3@81=1e3",
                        #"1@38={"prompt_tokens":12.50,"details":{"cached":1e3}}"#,
                    ], counters: [0, 0, 1, 0], duplicates: false))
    }

    @Test func countsElementsAndMeasuresTextAfterUnescaping() {
        let text =
            #"{"choices":[{"delta":{"content":"a\u00e9\ud83d\ude00\n€"},"finish_reason":null},null],"#
            + #""deep":["ab",{"k":"c"}]}"#
        let finding = Self.scan(text)
        #expect(finding.status == .complete)
        // One choice (null is none); a = 1, é = 2, emoji = 4, line feed = 1, € = 3 bytes.
        #expect(finding.counters == [1, 11, 0, 3])
        #expect(finding.kept == ["4@76=null"])
    }

    @Test func anyCutGivesTheSameResult() {
        let text =
            #" {"id":"x\"\\\u0041","us\u0061ge":{"prompt_tokens":-0.5e-7,"details":{"cached":true}},"#
            + #""choices":[{"delta":{"content":"🙂\ud83d\ude42\t"},"finish_reason":"stop"}],"#
            + #""other":[[],{}, null]} "#
        let whole = Self.scan(text)
        #expect(whole.status == .complete)
        #expect(whole.kept.count == 5)
        for cut in 0...text.utf8.count { #expect(Self.scan(text, cutAt: cut) == whole, "cut at \(cut)") }
    }

    @Test func repeatedKeysAreVisibleAndTheLastOneIsLast() {
        let finding = Self.scan(#"{"id":"a","id":"b"}"#)
        #expect(finding.duplicates)
        #expect(finding.kept == [#"0@6="a""#, #"0@15="b""#])
        #expect(!Self.scan(#"{"choices":[{"finish_reason":1},{"finish_reason":2}]}"#).duplicates)
    }

    @Test(arguments: [
        "", " ", "{", "[", "{\"a\"", "{\"a\":", "{\"a\":1", "{\"a\":1,", "[1,", "[1", "\"abc", "tru", "-",
        "\"\\u12",
        "\u{feff}",
    ])
    func aPrefixIsIncomplete(_ text: String) { #expect(Self.scan(text).status == .incomplete) }

    @Test(arguments: [
        "}", "{]", "[}", "{,}", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "[1,]", "[,1]", "01", "-a", "1.", "1.e1",
        "1e", "1e+", ".5", "+1", "nul ", "True", "\"\\x\"", "\"\\u12g4\"", "\"a\nb\"", "{'a':1}", "{a:1}",
        "[1 2]",
        "NaN", "[1e]", "{\"a\":1 \"b\":2}", "\u{feff}\u{feff}1", "[-]", "/**/1",
    ])
    func whatNoContinuationMendsIsMalformed(_ text: String) {
        // Numbers at the top level end with the text, so they are judged in an array.
        let inArray = Self.scan("[" + text + "]")
        #expect(inArray.status == .malformed, "\(text)")
    }

    @Test(arguments: [
        "1", "-0", "0.5", "1e5", "1E-5", "\"\"", "\"\\/\\b\"", "true", "false", "null", "[]", "{}", "[[]]",
        "\u{feff}{}",
        " [ 1 , 2 ] ", "{\"a\":{\"b\":[{}]}}", "1.5e+300",
    ])
    func wholeDocumentsAreComplete(_ text: String) { #expect(Self.scan(text).status == .complete) }

    @Test func readingStopsBehindTheValue() {
        for text in ["\"id\":1", "{}x", "[] ", "12,", "null}"] {
            let scanner = JSONScanner(Self.selection)
            let bytes = Array(text.utf8)
            let end = scanner.feed(bytes.span, from: 0, to: bytes.count)
            #expect(scanner.status == .complete, "\(text)")
            #expect(end < bytes.count, "\(text)")
        }
    }

    @Test func aBrokenObjectLeavesNothingOfItself() {
        let finding = Self.scan(#"{"id":"x","usage":{"prompt_tokens":12,"details":}}"#)
        #expect(finding.status == .malformed)
        #expect(finding.kept == [#"0@6="x""#])
    }

    @Test func nestingIsBounded() {
        let deep = String(repeating: "[", count: 128) + String(repeating: "]", count: 128)
        #expect(Self.scan(deep).status == .complete)
        #expect(Self.scan("[" + deep + "]").status == .malformed)
    }

    @Test func whatIsTooLargeIsDroppedAndSaidSo() {
        var limits = JSONLimits()
        limits.arena = 16
        let scanner = JSONScanner(Self.selection, limits: limits)
        let text = Array(#"{"usage":{"prompt_tokens":12,"pad":"0123456789"},"id":"x"}"#.utf8)
        _ = scanner.feed(text.span, from: 0, to: text.count)
        #expect(scanner.status == .complete)
        #expect(scanner.passedLimit)
        #expect(scanner.captures.map(\.slot) == [0])
    }
}
