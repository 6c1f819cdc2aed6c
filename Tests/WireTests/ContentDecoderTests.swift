import CZlib
import Testing

@testable import Wire

@Suite struct ContentDecoderTests {
    /// Compresses with zlib; window bits 31 give gzip, 15 zlib, −15 raw DEFLATE.
    static func compressed(_ bytes: [UInt8], windowBits: Int32) -> [UInt8] {
        var stream = z_stream()
        let opened = deflateInit2_(
            &stream, 6, Z_DEFLATED, windowBits, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
            Int32(MemoryLayout<z_stream>.size))
        precondition(opened == Z_OK)
        defer { deflateEnd(&stream) }
        var input = bytes
        var output = [UInt8](repeating: 0, count: bytes.count + 1024)
        return input.withUnsafeMutableBufferPointer { source in
            output.withUnsafeMutableBufferPointer { target in
                stream.next_in = source.baseAddress
                stream.avail_in = UInt32(source.count)
                stream.next_out = target.baseAddress
                stream.avail_out = UInt32(target.count)
                precondition(deflate(&stream, Z_FINISH) == Z_STREAM_END)
                return Array(target[..<(target.count - Int(stream.avail_out))])
            }
        }
    }

    /// The decoded bytes when the body arrives in pieces of a size, nil when it is refused.
    static func decoded(
        _ bytes: [UInt8], _ encoding: String, pieces size: Int, limits: DecodingLimits = DecodingLimits()
    ) -> [UInt8]? {
        guard case .decoder(let inflater) = ContentDecoding(encoding, limits: limits) else { return nil }
        var out: [UInt8] = []
        var rest = bytes[...]
        while !rest.isEmpty {
            let piece = Array(rest.prefix(size))
            rest = rest.dropFirst(size)
            let isGood = inflater.decode(piece.span) { span in
                for index in 0..<span.count { out.append(span[index]) }
            }
            if !isGood { return nil }
        }
        return out
    }

    static let text = Array(
        String(repeating: "data: {\"usage\":{\"prompt_tokens\":7}}\n\n", count: 2000).utf8)

    @Test(arguments: [
        ("gzip", 31), ("x-gzip", 31), ("deflate", 15), ("deflate", -15), ("gzip, identity", 31),
    ])
    func whatServersCallTheirEncodings(_ encoding: String, _ windowBits: Int32) {
        let body = Self.compressed(Self.text, windowBits: windowBits)
        for size in [1, 7, 1024, body.count] {
            #expect(Self.decoded(body, encoding, pieces: size) == Self.text, "\(encoding) by \(size)")
        }
    }

    @Test func severalMembersAreOneBody() {
        let member = Self.compressed(Array("ab".utf8), windowBits: 31)
        #expect(Self.decoded(member + member, "gzip", pieces: 5) == Array("abab".utf8))
    }

    @Test func whatIsNoEncodingIsRefused() {
        #expect(Self.decoded(Array("{\"a\":1}".utf8), "gzip", pieces: 100) == nil)
        #expect(Self.decoded(Array("{\"a\":1}".utf8), "deflate", pieces: 1) != Array("{\"a\":1}".utf8))
        #expect(Self.decoded(Array([0x1f, 0x8b, 8, 0, 255, 255, 255]), "gzip", pieces: 1) != Array("x".utf8))
        guard case .unknown = ContentDecoding("compress", limits: DecodingLimits()) else {
            Issue.record("nobody sends LZW")
            return
        }
        guard case .unknown = ContentDecoding("gzip, br", limits: DecodingLimits()) else {
            Issue.record("one encoding on top of another is not undone")
            return
        }
        guard case .identity = ContentDecoding("", limits: DecodingLimits()) else {
            Issue.record("no encoding is identity")
            return
        }
    }

    @Test func bombsAreGivenUp() {
        let body = Self.compressed([UInt8](repeating: 0x20, count: 4 << 20), windowBits: 31)
        #expect(Self.decoded(body, "gzip", pieces: 512, limits: DecodingLimits(decoded: 1 << 20)) == nil)
        #expect(Self.decoded(body, "gzip", pieces: 512) == nil)
        // A megabyte of nothing but repetition is an odd answer, but an answer.
        let odd = [UInt8](repeating: 0x20, count: 1 << 20)
        #expect(Self.decoded(Self.compressed(odd, windowBits: 31), "gzip", pieces: 512) == odd)
    }
}
