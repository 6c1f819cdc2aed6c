// Heads that are alike: what a gateway worked out for one of them may be used for the other, so no two heads
// that say something different may be taken for alike.

import Testing
import Wire

@Suite struct HeadCopyTests {
    static let text =
        "POST /openai/v1/chat HTTP/1.1\r\nHost: a\r\nContent-Length: 17\r\nX-Api-Key: k1\r\n\r\n"

    @Test("heads that differ in the length of the body alone are alike, whatever its digits")
    func length() throws {
        let copy = HeadCopy(try request(Self.text))
        for digits in ["17", "3", "123456"] {
            let other = try request(Self.text.replacing("17", with: digits))
            #expect(copy.isLike(other))
            #expect(HeadCopy.hash(other) == HeadCopy.hash(try request(Self.text)))
        }
    }

    @Test(
        "any other difference makes another head",
        arguments: [
            ("POST", "PUT"), ("/chat", "/chats"), ("k1", "k2"), ("k1", "k1 "), ("Content-Length: 17\r\n", ""),
            ("X-Api-Key", "X-Api-Kez"), ("Host: a", "Host: b"), ("HTTP/1.1", "HTTP/1.0"),
            ("\r\n\r\n", "\r\nX: 1\r\n\r\n"), ("Content-Length: 17", "Content-Length:  17"),
            ("Host: a\r\nContent-Length: 17\r\n", "Content-Length: 17\r\nHost: a\r\n"),
        ])
    func differences(_ change: (from: String, to: String)) throws {
        let other = try request(Self.text.replacing(change.from, with: change.to))
        #expect(!HeadCopy(try request(Self.text)).isLike(other))
        #expect(!HeadCopy(other).isLike(try request(Self.text)))
    }

    @Test("a digit that moves from the length into another field makes another head")
    func movedDigit() throws {
        let one = try request("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nA: 23\r\n\r\n")
        let other = try request("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 12\r\nA: 3\r\n\r\n")
        #expect(!HeadCopy(one).isLike(other))
    }

    @Test("random changes of one byte outside the length are always seen")
    func randomChanges() throws {
        var random = SeededNumbers(11)
        let bytes = Array(Self.text.utf8)
        let copy = HeadCopy(try request(Self.text))
        var seen = 0
        for _ in 0..<4000 {
            var changed = bytes
            let at = Int.random(in: 0..<bytes.count, using: &random)
            changed[at] = UInt8.random(in: 32...126, using: &random)
            let head = RequestHead()
            guard changed != bytes, (try? head.parse(changed.span)) != nil else { continue }
            let isLength = changed[at] &- 48 < 10 && bytes[at] &- 48 < 10 && (56..<58).contains(at)
            #expect(copy.isLike(head) == isLength, "\(String(decoding: changed, as: UTF8.self))")
            seen += 1
        }
        #expect(seen > 1000)
    }
}
