// Random mutations of valid messages: nothing traps, and whatever is accepted survives being written and
// read again with the same meaning. The seed of a failure is part of its message.

import Testing
import Wire

/// A small generator with a seed, so that a failure can be run again.
struct SeededNumbers: RandomNumberGenerator {
    private var state: UInt64
    init(_ seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 | 1 }
    mutating func next() -> UInt64 {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return state
    }
}

@Suite struct HTTPFuzzTests {
    private static let requests = [
        "POST /v1/chat/completions HTTP/1.1\r\nHost: api.example\r\nContent-Length: 5\r\nX-A: b\r\n\r\n",
        "GET http://a.example/x?y=1 HTTP/1.1\r\nHost: a.example\r\nConnection: close, x-b\r\nX-B: 1\r\n\r\n",
        "PUT / HTTP/1.1\r\nHost: [::1]:80\r\nTransfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n",
    ]
    private static let chunked = "5\r\nhello\r\n1;a=b\r\n!\r\n0\r\nX: 1\r\n\r\n"

    private func mutate(_ bytes: [UInt8], _ numbers: inout SeededNumbers) -> [UInt8] {
        let spice: [UInt8] = [0, 9, 10, 13, 32, 34, 44, 48, 57, 58, 59, 97, 127, 128, 255]
        var result = bytes
        for _ in 0..<Int.random(in: 1...4, using: &numbers) where !result.isEmpty {
            let at = Int.random(in: 0..<result.count, using: &numbers)
            switch Int.random(in: 0..<5, using: &numbers) {
            case 0: result[at] = spice.randomElement(using: &numbers)!
            case 1: result[at] = UInt8.random(in: 0...255, using: &numbers)
            case 2: result.remove(at: at)
            case 3: result.insert(spice.randomElement(using: &numbers)!, at: at)
            default:
                let end = min(result.count, at + Int.random(in: 1...20, using: &numbers))
                result.insert(contentsOf: result[at..<end], at: at)
            }
        }
        return result
    }

    @Test("mutated heads never trap, and accepted ones can be written and read again", arguments: 1...20)
    func heads(seed: Int) throws {
        var numbers = SeededNumbers(UInt64(seed))
        let head = RequestHead()
        let answer = ResponseHead()
        for round in 0..<2000 {
            let bytes = mutate(Array(Self.requests[round % 4].utf8), &numbers)
            var seeker = HeadSeeker()
            guard case .head(let count) = seeker.seek(in: bytes.span, limits: .request) else { continue }
            let whole = bytes.span.extracting(0..<count)
            if (try? answer.parse(whole)) != nil { _ = answer.framing(toHead: false) }
            guard (try? head.parse(whole)) != nil else { continue }
            let written = rewrite(head)
            let again = RequestHead()
            try again.parse(written.span)
            #expect(again.method == head.method, "seed \(seed), round \(round)")
            #expect(again.framing == head.framing, "seed \(seed), round \(round)")
            #expect(again.path == head.path, "seed \(seed), round \(round)")
            #expect(!again.closes || head.minorVersion == 0, "seed \(seed), round \(round)")
        }
    }

    /// As the relay writes it towards an upstream.
    private func rewrite(_ head: RequestHead) -> [UInt8] {
        var queue = ByteQueue()
        queue.appendRequestLine(head, target: Array(head.path.utf8), host: Array("up".utf8))
        var length: Int?
        if case .sized(let count) = head.framing { length = count }
        queue.appendFields(head.fields, length: length, remove: [], replacing: [])
        if head.framing == .chunked { queue.append("Transfer-Encoding: chunked\r\n") }
        queue.append("\r\n")
        return queue.withSpan { span in span.withUnsafeBufferPointer { Array($0) } }
    }

    @Test("mutated chunks never trap, and cuts do not change what is found", arguments: 1...20)
    func chunks(seed: Int) {
        var numbers = SeededNumbers(UInt64(seed) &+ 1000)
        for round in 0..<1000 {
            let bytes = mutate(Array(Self.chunked.utf8), &numbers)
            let whole = decodeChunks([bytes])
            let bytewise = decodeChunks(bytes.map { [$0] })
            #expect(whole == bytewise, "seed \(seed), round \(round)")
        }
    }

    @Test("every head cut at every byte is found like the whole one")
    func cuts() {
        for text in Self.requests {
            let bytes = Array((text + "tail").utf8)
            let length = text.utf8.count
            for first in 0...length {
                var seeker = HeadSeeker()
                let early = seeker.seek(in: bytes.span.extracting(0..<first), limits: .request)
                #expect(early == (first < length ? .more : .head(length)))
                if first < length {
                    #expect(seeker.seek(in: bytes.span, limits: .request) == .head(length))
                }
            }
        }
    }
}
