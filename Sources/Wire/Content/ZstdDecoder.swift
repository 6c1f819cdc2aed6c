// zstd, by its own library. Nobody is asked for it (`accept-encoding` goes upstream narrowed), but some
// servers and the caches before them send it all the same.

import CZstd

/// Undoes zstd in pieces; several frames are one body.
final class ZstdDecoder: ContentDecoder {
    private let stream: OpaquePointer
    private var output: DecodedOutput

    init?(_ limits: DecodingLimits) {
        guard let stream = ZSTD_createDStream() else { return nil }
        self.stream = stream
        output = DecodedOutput(limits)
        // The library refuses a frame whose head asks for a larger window.
        let result = ZSTD_DCtx_setParameter(stream, ZSTD_d_windowLogMax, Int32(limits.zstdWindow))
        guard ZSTD_isError(result) == 0 else {
            ZSTD_freeDStream(stream)
            return nil
        }
    }

    deinit { ZSTD_freeDStream(stream) }

    func decode(_ bytes: borrowing Span<UInt8>, _ use: (borrowing Span<UInt8>) -> Void) -> Bool {
        guard !bytes.isEmpty else { return true }
        output.take(bytes.count)
        return bytes.withUnsafeBufferPointer { source in
            var input = ZSTD_inBuffer(src: source.baseAddress, size: source.count, pos: 0)
            while true {
                var failed = false
                var isFull = false
                let produced = output.produce(use) { buffer in
                    var target = ZSTD_outBuffer(dst: buffer.baseAddress, size: buffer.count, pos: 0)
                    failed = ZSTD_isError(ZSTD_decompressStream(stream, &target, &input)) != 0
                    isFull = target.pos == target.size
                    return target.pos
                }
                guard produced != nil, !failed else { return false }
                if input.pos == input.size, !isFull { return true }
            }
        }
    }
}
