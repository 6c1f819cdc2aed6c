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

    private static let probes: [Probe] = [
        Probe("no size", "~abc", .badChunkSize), Probe("not hexadecimal", "g~", .badChunkSize),
        Probe("0x prefix", "0x5~hello~", .badChunkSize), Probe("minus", "-1~", .badChunkSize),
        Probe("plus", "+5~hello~", .badChunkSize), Probe("blank before the size", " 5~hello~", .badChunkSize),
        Probe("blank after the size", "5 ~hello~", .badChunkSize),
        Probe("seventeen digits", "00000000000000005~hello~", .badChunkSize),
        Probe("2^63", "8000000000000000~", .badChunkSize),
        Probe("2^64 - 1", "ffffffffffffffff~", .badChunkSize),
        Probe("bare LF after the size", "5\nhello~", .badChunkSize),
        Probe("bare CR after the size", "5\rXhello~", .badChunkSize),
        Probe("bare LF after the extension", "5;a\nhello~", .badChunkExtension),
        Probe("bare CR in the extension", "5;a\rb~hello~", .badChunkSize),
        Probe("NUL in the extension", "5;a\u{0}~hello~", .badChunkExtension),
        Probe("payload too long", "5~hello!~", .badChunkEnd),
        Probe("bare LF after the payload", "5~hello\n0~~", .badChunkEnd),
        Probe("CR CR after the payload", "5~hello\r\r\n", .badChunkEnd),
        Probe("comma in the size", "5,5~hello~", .badChunkSize),
        Probe("underscore in the size", "1_0~", .badChunkSize),
        Probe("trailer without colon", "0~X~~", .badTrailer),
        Probe("trailer without name", "0~: a~~", .badTrailer),
        Probe("folded trailer", "0~X: a~ b~~", .badTrailer),
        Probe("bare LF in the trailers", "0~X: a\n\r\n", .badTrailer),
        Probe("bare LF at the end", "0~\n", .badTrailer), Probe("bare CR at the end", "0~\rX", .badTrailer),
        Probe("NUL in a trailer", "0~X: \u{0}~~", .badTrailer),
        Probe("long extension", "5;" + String(repeating: "a", count: 1025) + "~hello~", .badChunkExtension),
        Probe("long trailers", "0~" + String(repeating: "X: aaaaaaaaaaaaa~", count: 500) + "~", .badTrailer),
    ]

    @Test("malformed chunks are refused and stay refused", arguments: probes)
    func refused(probe: Probe) {
        #expect(decodeChunks([probe.bytes]).last == .refused(probe.reason))
        #expect(decodeChunks(probe.bytes.map { [$0] }).last == .refused(probe.reason))
        var decoder = ChunkDecoder()
        var cursor = 0
        while case .payload = decoder.next(probe.bytes.span, &cursor) {}
        var again = 0
        let good = Array("0\r\n\r\n".utf8)
        guard case .refused = decoder.next(good.span, &again) else {
            Issue.record("went on after a refusal")
            return
        }
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
