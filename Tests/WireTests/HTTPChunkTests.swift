// Chunked bodies: payload exactly, end exactly, and no line that another reader might end elsewhere.

import Testing
import Wire

/// Decodes pieces one after the other.
///
/// - Returns: the payload, how many bytes were used, and the last answer.
func decodeChunks(_ pieces: [[UInt8]]) -> (payload: [UInt8], used: Int, last: ChunkStep) {
    var decoder = ChunkDecoder()
    var payload: [UInt8] = []
    var used = 0
    for piece in pieces {
        var cursor = 0
        while true {
            let step = decoder.next(piece.span, &cursor)
            if case .payload(let range) = step {
                payload += piece[range]
                continue
            }
            used += cursor
            if step == .more { break }
            return (payload, used, step)
        }
    }
    return (payload, used, .more)
}

@Suite struct HTTPChunkTests {
    private static let body =
        "5\r\nhello\r\n1;a=b;c=\"d\"\r\n!\r\n00A\r\n0123456789\r\n0\r\nX-T: 1\r\nY:\r\n\r\n"

    @Test("payload and end are found, whatever follows")
    func whole() {
        let bytes = Array((Self.body + "GET / next").utf8)
        let result = decodeChunks([bytes])
        #expect(result.last == .end)
        #expect(result.used == Self.body.utf8.count)
        #expect(result.payload == Array("hello!0123456789".utf8))
    }

    @Test("a cut at any two places changes nothing")
    func cuts() {
        let bytes = Array(Self.body.utf8)
        let whole = decodeChunks([bytes])
        for first in 0...bytes.count {
            for second in first...bytes.count {
                let result = decodeChunks([
                    Array(bytes[..<first]), Array(bytes[first..<second]), Array(bytes[second...]),
                ])
                #expect(result == whole)
            }
        }
    }

    @Test("no bytes, no end")
    func empty() {
        #expect(decodeChunks([[]]).last == .more)
        var decoder = ChunkDecoder()
        #expect(!decoder.isComplete)
        let bytes = Array("0\r\n\r\n".utf8)
        var cursor = 0
        #expect(decoder.next(bytes.span, &cursor) == .end)
        #expect(decoder.isComplete)
        #expect(decoder.next(bytes.span, &cursor) == .end)
    }

    @Test("what the writer frames is what the decoder finds")
    func writing() {
        var queue = ByteQueue()
        var expected: [UInt8] = []
        for size in [1, 15, 16, 255, 256, 4095, 4096, 70_000] {
            let payload = (0..<size).map { UInt8(truncatingIfNeeded: $0) }
            payload.withUnsafeBufferPointer { queue.appendChunk($0.baseAddress!, size) }
            expected += payload
        }
        queue.appendChunk(queue.front, 0)
        queue.appendLastChunk()
        let bytes = queue.withSpan { span in span.withUnsafeBufferPointer { Array($0) } }
        let result = decodeChunks([bytes])
        #expect(result.last == .end)
        #expect(result.used == bytes.count)
        #expect(result.payload == expected)
    }

    @Test("bodies of stated length and bodies until the end", arguments: [1, 2, 7])
    func sized(step: Int) {
        let bytes = Array("0123456789rest".utf8)
        var decoder = BodyDecoder(RequestFraming.sized(10))
        var payload: [UInt8] = []
        var start = 0
        var ended = false
        while !ended, start < bytes.count {
            let piece = bytes.span.extracting(start..<min(start + step, bytes.count))
            var cursor = 0
            while case .payload(let range) = decoder.next(piece, &cursor) {
                payload += bytes[start + range.lowerBound..<start + range.upperBound]
            }
            start += cursor
            ended = decoder.isComplete
        }
        #expect(payload == Array("0123456789".utf8))
        #expect(start == 10)
        var open = BodyDecoder(ResponseFraming.untilClose)
        var cursor = 0
        #expect(open.next(bytes.span, &cursor) == .payload(0..<14))
        #expect(open.next(bytes.span, &cursor) == .more)
        #expect(open.endsWithConnection)
        #expect(BodyDecoder(RequestFraming.sized(0)).isComplete)
        #expect(BodyDecoder(ResponseFraming.none).isComplete)
    }
}
