// Texts found again: the memo must never give another text than the bytes are.

import Testing

@testable import Spool

@Suite struct TextMemoTests {
    @Test("texts of all lengths, many in one slot, ASCII or not, come back as they are")
    func texts() throws {
        let memo = TextMemo()
        var random = Seeded(3)
        let letters = Array("abcäß😀\u{0}-".unicodeScalars)
        var known: [String] = []
        for round in 0..<20_000 {
            let isNew = known.isEmpty || round % 3 == 0
            let text =
                isNew
                ? String(
                    String.UnicodeScalarView(
                        (0..<Int.random(in: 0...20, using: &random)).map { _ in
                            letters.randomElement(using: &random)!
                        }))
                : known.randomElement(using: &random)!
            if isNew { known.append(text) }
            // What stands behind a text, if anything, is not part of it.
            let behind = (0..<Int.random(in: 0...40, using: &random)).map { _ in
                UInt8.random(in: 0...255, using: &random)
            }
            let found = (Array(text.utf8) + behind).withUnsafeBytes { all in
                memo.text(UnsafeRawBufferPointer(rebasing: all[..<text.utf8.count]), readable: all.count) {
                    String(validating: $0, as: UTF8.self)
                }
            }
            #expect(found == text)
            #expect(found.map { Array($0.utf8) } == Array(text.utf8))
        }
    }

    @Test("bytes that are no text are none the second time either")
    func invalid() {
        let memo = TextMemo()
        for _ in 0..<2 {
            let found = [UInt8(0xff), 0xfe].withUnsafeBytes { bytes in
                memo.text(bytes, readable: bytes.count) { String(validating: $0, as: UTF8.self) }
            }
            #expect(found == nil)
        }
    }
}
