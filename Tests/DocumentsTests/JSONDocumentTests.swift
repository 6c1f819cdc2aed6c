import Documents
import Terms
import Testing

@Suite struct JSONDocumentTests {
    private func read(_ text: String) throws -> Document { try .json(Array(text.utf8)) }

    @Test("values keep their text and their lines")
    func values() throws {
        let document = try read("{\"a\": 2.9999900000000002e-06,\n \"b\": [true, null, \"x\"]}")
        #expect(document["a"]?.text == "2.9999900000000002e-06")
        #expect(document["b"]?.line == 2)
        guard case .list(let items) = document["b"]?.content else {
            Issue.record("b is no list")
            return
        }
        #expect(items.map(\.text) == ["true", nil, "x"])
    }

    @Test("escapes, also those of two units")
    func escapes() throws {
        #expect(try read(#""a\"\\\/\n\u00e9\ud83d\ude00""#).text == "a\"\\/\n\u{e9}\u{1F600}")
    }

    @Test(
        "what is no JSON is refused with its place",
        arguments: [
            "", "{", "[1,]", "{\"a\":1,}", "{\"a\" 1}", "nul", "1 2", "\"a", "\"\\ud800\"", "\"\\x\"",
            "[1 2]",
            "{1: 2}", "\"\u{1}\"", "--1",
        ])
    func refused(text: String) {
        #expect(throws: DocumentError.self) { try read(text) }
    }

    @Test("limits hold, and a key stands once")
    func limits() {
        #expect(throws: DocumentError.duplicateKey("a", firstLine: 1, DocumentPlace(line: 1, column: 10))) {
            try read(#"{"a": 1, "a": 2}"#)
        }
        #expect(throws: DocumentError.self) { try read(String(repeating: "[", count: 100_000)) }
        var few = DocumentLimits.standard
        few.nodes = 2
        #expect(throws: DocumentError.self) { try Document.json(Array("[1,2]".utf8), limits: few) }
    }

    @Test("any cut of a text is read or refused, never a trap")
    func cuts() throws {
        let text = Array(#"{"a":[1,{"b":"\ud83d\ude00é"}],"c":-1.5e-7,"d":null}"#.utf8)
        for end in 0..<text.count {
            #expect(throws: DocumentError.self) { try Document.json(Array(text[..<end])) }
            var bent = text
            bent[end] ^= 0x15
            _ = try? Document.json(bent)
        }
    }
}
