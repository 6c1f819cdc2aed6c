import Testing

@testable import Wire

@Suite struct FramerTests {
    static let selection = JSONSelection([("a", .keep(slot: 0))])

    /// What a framer makes of a stream, cut before `cut`: each event's start, payload and kept value.
    static func events<F: StreamFramer>(_ make: F, _ text: String, cut: Int? = nil) -> [String] {
        var framer = make
        let scanner = JSONScanner(selection)
        let bytes = Array(text.utf8)
        let middle = cut ?? bytes.count
        var found: [String] = []
        func describe(_ mark: String) {
            let kept = scanner.captures.map { String(decoding: scanner.bytes(of: $0), as: UTF8.self) }
            found.append(
                "\(mark)\(framer.payload)\(framer.isBroken ? "!" : "")@\(framer.eventStart) \(kept.joined())")
        }
        var base = 0
        for piece in [Array(bytes[..<middle]), Array(bytes[middle...])] {
            framer.beginPiece(at: base)
            var cursor = 0
            var isOver = piece.isEmpty
            while !isOver {
                switch framer.advance(piece.span, &cursor, scanner) {
                case .payload: describe("+")
                case .end:
                    describe(".")
                    scanner.reset()
                case .more: isOver = true
                }
            }
            base += piece.count
        }
        if framer.finish(scanner) { describe("$") }
        return found
    }

    static func eventStream(_ text: String, _ expected: [String]) {
        for cut in 0...text.utf8.count {
            #expect(events(EventStreamFramer(), text, cut: cut) == expected, "cut at \(cut)")
        }
    }

    @Test func dataWithAndWithoutSpaceAndTheMarker() {
        Self.eventStream(
            "data: {\"a\":1}\n\ndata:{\"a\":2}\n\ndata: [DONE]\n\n",
            ["+json@0 1", ".json@0 1", "+json@15 2", ".json@15 2", "+done@29 ", ".done@29 "])
    }

    @Test func everyLineEndIsOne() {
        Self.eventStream(
            "data: {\"a\":1}\r\n\r\ndata: {\"a\":2}\r\rdata: {\"a\":3}\n\n",
            ["+json@0 1", ".json@0 1", "+json@17 2", ".json@17 2", "+json@32 3", ".json@32 3"])
    }

    @Test func namesCommentsAndBlankLinesCarryNothing() {
        Self.eventStream(
            "\n\n: ping\n\nevent: x\nid: 7\n\nretry\n\nevent: y\ndata: {\"a\":1}\n\n",
            [".none@2 ", ".none@10 ", ".none@26 ", "+json@33 1", ".json@33 1"])
    }

    @Test func aPayloadMayStandOnSeveralLines() {
        Self.eventStream(
            "data: {\"a\":\ndata: 12\ndata:\ndata: }\n\n", ["+json@0 12", ".json@0 12"])
        Self.eventStream("data: {\"a\":1\ndata: 2}\n\n", [".json!@0 1"])
        Self.eventStream("data: {\"a\":\"x\ndata: y\"}\n\n", [".json!@0 "])
    }

    @Test func theLastBlankLineMayBeMissing() {
        Self.eventStream("data: {\"a\":1}", ["+json@0 1", "$json@0 1"])
        Self.eventStream("data: {\"a\":1}\n", ["+json@0 1", "$json@0 1"])
        Self.eventStream("data: [DONE]", ["+done@0 ", "$done@0 "])
        Self.eventStream("data: {\"a\":1", ["$json!@0 "])
    }

    @Test func otherDataIsNoPayload() {
        Self.eventStream(
            "data: hello\n\ndata: [DONE]!\n\ndata: [DONE] \n\ndata\n\n",
            [".other@0 ", "+done@13 ", ".other@13 ", "+done@28 ", ".done@28 ", ".none@43 "])
    }

    @Test func whatFollowsTheValueBreaksTheEvent() {
        Self.eventStream(
            "data: {\"a\":1} x\n\ndata: {\"a\":2} \n\n",
            [
                "+json@0 1", ".json!@0 1", "+json@17 2", ".json@17 2",
            ])
    }

    @Test func linesAreEvents() {
        let text = "{\"a\":1}\n\n {\"a\":2} \r\n{\"a\":\n{\"a\":3}x\n{\"a\":4}"
        let expected = [
            "+json@0 1", ".json@0 1", "+json@10 2", ".json@10 2", ".json!@20 ", "+json@26 3", ".json!@26 3",
            "+json@35 4", "$json@35 4",
        ]
        for cut in 0...text.utf8.count {
            #expect(Self.events(LineFramer(), text, cut: cut) == expected, "cut at \(cut)")
        }
    }

    @Test func elementsAreEvents() {
        let text = " [{\"a\":1}\r\n,\n{\"a\":[2]} ] \n"
        let expected = ["+json@2 1", ".json@2 1", "+json@13 [2]", ".json@13 [2]", "+done@23 "]
        for cut in 0...text.utf8.count {
            #expect(Self.events(ArrayFramer(), text, cut: cut) == expected, "cut at \(cut)")
        }
        #expect(Self.events(ArrayFramer(), "[]") == ["+done@1 "])
        #expect(Self.events(ArrayFramer(), "[{\"a\":1},{\"a\"") == ["+json@1 1", ".json@1 1", "$json!@9 "])
        #expect(Self.events(ArrayFramer(), "[{\"a\":1}{") == ["+json@1 1", ".json@1 1"])
    }
}
