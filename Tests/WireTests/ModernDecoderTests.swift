// brotli and zstd as the tap undoes them: any cut, capped windows, bounded bombs, damage.
import CBrotliEncoder
import CZstd
import Testing

@testable import Wire

@Suite struct ModernDecoderTests {
    static let text = ContentDecoderTests.text

    static func brotli(_ bytes: [UInt8], window: UInt32 = 22, quality: Int32 = 5) -> [UInt8] {
        var size = BrotliEncoderMaxCompressedSize(bytes.count) + 64
        var output = [UInt8](repeating: 0, count: size)
        let done = BrotliEncoderCompress(
            quality, Int32(window), BROTLI_MODE_TEXT, bytes.count, bytes, &size, &output)
        precondition(done != 0)
        return Array(output[..<size])
    }

    static func zstd(_ bytes: [UInt8], windowLog: Int32? = nil) -> [UInt8] {
        let context = ZSTD_createCCtx()
        defer { ZSTD_freeCCtx(context) }
        if let windowLog {
            ZSTD_CCtx_setParameter(context, ZSTD_c_windowLog, windowLog)
            // Without a stated size the frame's head has to state the window.
            ZSTD_CCtx_setParameter(context, ZSTD_c_contentSizeFlag, 0)
        }
        var output = [UInt8](repeating: 0, count: ZSTD_compressBound(bytes.count) + 64)
        var produced = 0
        output.withUnsafeMutableBytes { target in
            bytes.withUnsafeBytes { source in
                var input = ZSTD_inBuffer(src: source.baseAddress, size: source.count, pos: 0)
                var out = ZSTD_outBuffer(dst: target.baseAddress, size: target.count, pos: 0)
                // Two calls, so that the library cannot know the size beforehand.
                _ = ZSTD_compressStream2(context, &out, &input, ZSTD_e_continue)
                let left = ZSTD_compressStream2(context, &out, &input, ZSTD_e_end)
                precondition(left == 0)
                produced = out.pos
            }
        }
        return Array(output[..<produced])
    }

    static func decoded(
        _ bytes: [UInt8], _ encoding: String, pieces size: Int, limits: DecodingLimits = DecodingLimits()
    ) -> [UInt8]? {
        ContentDecoderTests.decoded(bytes, encoding, pieces: size, limits: limits)
    }

    @Test(arguments: ["br", "zstd"], [1, 2, 7, 64, 1024, 1 << 20])
    func anyCutGivesTheSameBytes(_ encoding: String, _ size: Int) {
        let body = encoding == "br" ? Self.brotli(Self.text) : Self.zstd(Self.text)
        #expect(body.count < Self.text.count / 20)
        #expect(Self.decoded(body, encoding, pieces: size) == Self.text)
        #expect(Self.decoded(body, "identity, \(encoding)", pieces: size) == Self.text)
    }

    @Test("an event is out of the decoder as soon as its flushed bytes are in")
    func flushedEventsComeAtOnce() throws {
        let first = Array("data: {\"a\":1}\n\n".utf8)
        let second = Array("data: [DONE]\n\n".utf8)
        // Several frames are one body, so each frame is a flush.
        guard case .decoder(let decoder) = ContentDecoding("zstd", limits: DecodingLimits()) else {
            Issue.record("zstd is undone")
            return
        }
        for event in [first, second] {
            var out: [UInt8] = []
            let body = Self.zstd(event)
            #expect(decoder.decode(body.span) { for index in 0..<$0.count { out.append($0[index]) } })
            #expect(out == event)
        }
    }

    @Test(arguments: ["br", "zstd"])
    func bombsAreGivenUp(_ encoding: String) {
        let zeros = [UInt8](repeating: 0x20, count: 8 << 20)
        let body = encoding == "br" ? Self.brotli(zeros) : Self.zstd(zeros)
        #expect(body.count < 2048)
        for limits in [DecodingLimits(decoded: 1 << 20, ratio: .max), DecodingLimits(ratio: 1000)] {
            for size in [1, 64, body.count] {
                #expect(Self.decoded(body, encoding, pieces: size, limits: limits) == nil)
            }
        }
        let free = DecodingLimits(ratio: .max)
        let isWhole = Self.decoded(body, encoding, pieces: 64, limits: free) == zeros
        #expect(isWhole)
    }

    @Test("a frame that asks for more memory than a content encoding may is refused")
    func windowsAreCapped() {
        // Periodic, so it shrinks by far more than text does: the ratio is not what is tested here.
        let long = (0..<(3 << 20)).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 13) }
        func reads(_ body: [UInt8], upTo window: Int) -> Bool {
            let limits = DecodingLimits(ratio: .max, zstdWindow: window)
            return Self.decoded(body, "zstd", pieces: 4096, limits: limits) == long
        }
        #expect(!reads(Self.zstd(long, windowLog: 24), upTo: 23))
        #expect(reads(Self.zstd(long, windowLog: 24), upTo: 24))
        #expect(reads(Self.zstd(long, windowLog: 23), upTo: 23))
        let brotli = Self.brotli(Self.text, window: 22)
        #expect(Self.decoded(brotli, "br", pieces: 64, limits: DecodingLimits(brotliWindow: 22)) == Self.text)
        #expect(Self.decoded(brotli, "br", pieces: 64, limits: DecodingLimits(brotliWindow: 15)) == nil)
    }

    @Test("the window in brotli's first byte, after the table of RFC 7932")
    func brotliWindows() {
        #expect(BrotliDecoder.windowBits(0b0000_0000) == 16)
        #expect(BrotliDecoder.windowBits(0b0000_0001) == 17)
        #expect(BrotliDecoder.windowBits(0b0000_0011) == 18)
        #expect(BrotliDecoder.windowBits(0b0000_1111) == 24)
        #expect(BrotliDecoder.windowBits(0b0010_0001) == 10)
        #expect(BrotliDecoder.windowBits(0b0111_0001) == 15)
        #expect(BrotliDecoder.windowBits(0b0001_0001) == nil)
        for window in 10...24 {
            let body = Self.brotli(Array("x".utf8), window: UInt32(window), quality: 1)
            #expect((BrotliDecoder.windowBits(body[0]) ?? 99) <= 24)
        }
    }

    @Test(arguments: ["br", "zstd"])
    func damageIsNeverMoreThanARefusal(_ encoding: String) {
        let body = encoding == "br" ? Self.brotli(Self.text) : Self.zstd(Self.text)
        var random = SystemRandomNumberGenerator()
        for index in body.indices {
            var damaged = body
            damaged[index] ^= UInt8.random(in: 1...255, using: &random)
            let limits = DecodingLimits(decoded: 1 << 20)
            let out = Self.decoded(damaged, encoding, pieces: 1 + index % 50, limits: limits)
            #expect((out?.count ?? 0) <= 1 << 20)
        }
        #expect(Self.decoded(Array("{\"a\":1}".utf8), "zstd", pieces: 3) == nil)
        #expect(Self.decoded(Array("}\"a\":1}".utf8), "br", pieces: 3) == nil)
        // Cut short: what came is kept.
        let half = Array(body[..<(body.count / 2)])
        let out = Self.decoded(half, encoding, pieces: 5) ?? []
        #expect(out.count < Self.text.count && out == Array(Self.text[..<out.count]))
    }
}
