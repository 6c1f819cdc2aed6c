// gzip and deflate, by zlib. `deflate` means zlib's wrapper; some servers send raw DEFLATE all the same,
// which the first two bytes tell.

import CZlib

/// Undoes gzip and deflate (with zlib's wrapper or raw) in pieces.
final class Inflater: ContentDecoder {
    private let stream: UnsafeMutablePointer<z_stream>
    private var output: DecodedOutput
    /// Whether the wrapper around the DEFLATE data is known.
    private var knowsWrapper: Bool
    private var isRaw = false
    /// The body's first two bytes, while the wrapper is unknown.
    private var header: [UInt8] = []
    private var isOver = false

    init?(_ limits: DecodingLimits, mayBeRaw: Bool) {
        output = DecodedOutput(limits)
        knowsWrapper = !mayBeRaw
        stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
        stream.initialize(to: z_stream())
        // 15 bits of window; 32 more let zlib tell gzip's wrapper from its own.
        let size = Int32(MemoryLayout<z_stream>.size)
        guard inflateInit2_(stream, 15 + 32, ZLIB_VERSION, size) == Z_OK else { return nil }
    }

    deinit {
        inflateEnd(stream)
        stream.deinitialize(count: 1)
        stream.deallocate()
    }

    func decode(_ bytes: borrowing Span<UInt8>, _ use: (borrowing Span<UInt8>) -> Void) -> Bool {
        guard !knowsWrapper else { return inflate(bytes, use) }
        var start = 0
        while header.count < 2, start < bytes.count {
            header.append(bytes[start])
            start += 1
        }
        guard header.count == 2 else { return true }
        knowsWrapper = true
        // zlib's header names method 8 and is a multiple of 31.
        let word = UInt16(header[0]) << 8 | UInt16(header[1])
        if header[0] & 0x0f != 8 || word % 31 != 0 {
            guard inflateReset2(stream, -15) == Z_OK else { return false }
            isRaw = true
        }
        let first = header
        return inflate(first.span, use) && inflate(bytes.extracting(start..<bytes.count), use)
    }

    private func inflate(_ bytes: borrowing Span<UInt8>, _ use: (borrowing Span<UInt8>) -> Void) -> Bool {
        output.take(bytes.count)
        return bytes.withUnsafeBufferPointer { input in
            guard let base = input.baseAddress else { return true }
            stream.pointee.next_in = UnsafeMutablePointer(mutating: base)
            stream.pointee.avail_in = UInt32(truncatingIfNeeded: input.count)
            return run(use)
        }
    }

    private func run(_ use: (borrowing Span<UInt8>) -> Void) -> Bool {
        while true {
            if isOver {
                // Another gzip member, or padding behind the last one.
                guard stream.pointee.avail_in > 0, !isRaw else { return true }
                guard stream.pointee.next_in.pointee != 0 else { return true }
                guard inflateReset(stream) == Z_OK else { return false }
                isOver = false
            }
            var result = Z_OK
            let produced = output.produce(use) { buffer in
                stream.pointee.next_out = buffer.baseAddress
                stream.pointee.avail_out = UInt32(buffer.count)
                result = CZlib.inflate(stream, Z_NO_FLUSH)
                return buffer.count - Int(stream.pointee.avail_out)
            }
            guard let produced else { return false }
            switch result {
            case Z_STREAM_END: isOver = true
            case Z_OK, Z_BUF_ERROR:
                if stream.pointee.avail_in == 0, stream.pointee.avail_out > 0 { return true }
                if result == Z_BUF_ERROR, produced == 0 { return true }
            default: return false
            }
        }
    }
}
