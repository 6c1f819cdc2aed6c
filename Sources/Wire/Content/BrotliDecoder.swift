// brotli, by Google's library. Nobody is asked for it (`accept-encoding` goes upstream narrowed), but some
// servers and the caches before them send it all the same.

import CBrotli

/// Undoes brotli in pieces.
final class BrotliDecoder: ContentDecoder {
    private let state: OpaquePointer
    private let window: Int
    private var output: DecodedOutput
    /// The first byte, which states the window, has been judged.
    private var hasBegun = false
    private var isOver = false

    init?(_ limits: DecodingLimits) {
        guard let state = BrotliDecoderCreateInstance(nil, nil, nil) else { return nil }
        self.state = state
        window = limits.brotliWindow
        output = DecodedOutput(limits)
    }

    deinit { BrotliDecoderDestroyInstance(state) }

    func decode(_ bytes: borrowing Span<UInt8>, _ use: (borrowing Span<UInt8>) -> Void) -> Bool {
        guard !bytes.isEmpty, !isOver else { return true }
        if !hasBegun {
            hasBegun = true
            guard let bits = Self.windowBits(bytes[0]), bits <= window else { return false }
        }
        output.take(bytes.count)
        return bytes.withUnsafeBufferPointer { input in
            var left = input.count
            var next = input.baseAddress
            while true {
                var result = BROTLI_DECODER_RESULT_ERROR
                let produced = output.produce(use) { buffer in
                    var room = buffer.count
                    var place = buffer.baseAddress
                    result = BrotliDecoderDecompressStream(state, &left, &next, &room, &place, nil)
                    return buffer.count - room
                }
                guard produced != nil else { return false }
                switch result {
                case BROTLI_DECODER_RESULT_NEEDS_MORE_OUTPUT: continue
                case BROTLI_DECODER_RESULT_NEEDS_MORE_INPUT: return true
                case BROTLI_DECODER_RESULT_SUCCESS:
                    isOver = true
                    return true
                default: return false
                }
            }
        }
    }

    /// The window that a body asks for, as a power of two, from its first byte (RFC 7932, section 9.1).
    /// Nil for the "large window" extension, which no browser takes.
    static func windowBits(_ first: UInt8) -> Int? {
        guard first & 1 == 1 else { return 16 }
        let high = Int(first >> 1 & 7)
        guard high == 0 else { return 17 + high }
        switch Int(first >> 4 & 7) {
        case 0: return 17
        case 1: return nil
        case let low: return 8 + low
        }
    }
}
