// Content encodings are undone for the tap only; the client gets the bytes as they came. The output is
// handed on piece by piece and never collected, and a body that grows beyond all reason is given up.

import CZlib

/// What a tap will decode at most.
public struct DecodingLimits: Sendable {
    /// Decoded bytes per body.
    public var decoded: Int
    /// Decoded bytes per encoded byte. DEFLATE itself cannot exceed 1,032.
    public var ratio: Int

    public init(decoded: Int = 256 << 20, ratio: Int = 1100) {
        self.decoded = decoded
        self.ratio = ratio
    }
}

/// How a `content-encoding` can be undone.
public enum ContentDecoding {
    case identity
    case decoder(Inflater)
    case unknown

    /// - Parameter encoding: the header's value, lower case.
    public init(_ encoding: String, limits: DecodingLimits) {
        if encoding.isEmpty || encoding == "identity" {
            self = .identity
            return
        }
        let names = encoding.split(separator: ",").map { $0.filter { $0 != " " } }.filter { $0 != "identity" }
        switch (names.count, names.first) {
        case (0, _): self = .identity
        case (1, "gzip"), (1, "x-gzip"):
            self = Inflater(limits, mayBeRaw: false).map { .decoder($0) } ?? .unknown
        case (1, "deflate"):
            self = Inflater(limits, mayBeRaw: true).map { .decoder($0) } ?? .unknown
        default: self = .unknown
        }
    }
}

/// Undoes gzip and deflate (with zlib's wrapper or raw) in pieces. A class because zlib keeps a pointer
/// to its stream.
public final class Inflater {
    /// Bytes of output per piece.
    private static let pieceSize = 16 * 1024

    private let stream: UnsafeMutablePointer<z_stream>
    private let limits: DecodingLimits
    private var encoded = 0
    private var decoded = 0
    /// Whether the wrapper around the DEFLATE data is known; some servers send none.
    private var knowsWrapper: Bool
    private var isRaw = false
    /// The body's first two bytes, while the wrapper is unknown.
    private var header: [UInt8] = []
    private var isOver = false
    private var buffer = [UInt8](repeating: 0, count: Inflater.pieceSize)

    init?(_ limits: DecodingLimits, mayBeRaw: Bool) {
        self.limits = limits
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

    /// Decodes a piece and hands the output on.
    ///
    /// - Returns: false when the bytes are no such encoding or passed a limit; then nothing more comes.
    public func decode(_ bytes: borrowing Span<UInt8>, _ use: (borrowing Span<UInt8>) -> Void) -> Bool {
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
        return inflate(header.span, use) && inflate(bytes.extracting(start..<bytes.count), use)
    }

    private func inflate(_ bytes: borrowing Span<UInt8>, _ use: (borrowing Span<UInt8>) -> Void) -> Bool {
        encoded += bytes.count
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
            let result = buffer.withUnsafeMutableBufferPointer { output in
                stream.pointee.next_out = output.baseAddress
                stream.pointee.avail_out = UInt32(output.count)
                return CZlib.inflate(stream, Z_NO_FLUSH)
            }
            let produced = buffer.count - Int(stream.pointee.avail_out)
            decoded += produced
            if decoded > limits.decoded || decoded > encoded * limits.ratio + 65536 { return false }
            if produced > 0 { use(buffer.span.extracting(0..<produced)) }
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
