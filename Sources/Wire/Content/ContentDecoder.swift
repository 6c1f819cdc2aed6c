// Content encodings are undone for the tap only; the client gets the bytes as they came. The output is
// handed on piece by piece and never collected, and a body that grows beyond all reason is given up.

/// What a tap will decode at most.
public struct DecodingLimits: Sendable {
    /// Decoded bytes per body.
    public var decoded: Int
    /// Decoded bytes per encoded byte, beyond ``slack``. DEFLATE reaches 1,032, brotli and zstd far more,
    /// but text that a model wrote stays below 100; a loop that inflated the rest would serve nobody else
    /// meanwhile.
    public var ratio: Int
    /// Decoded bytes that need no encoded ones: short bodies of nothing but repetition are no bombs.
    public var slack: Int
    /// The window a brotli body may ask for, as a power of two: memory per response. 24 (16 MiB) is all
    /// that the format has without its "large window" extension.
    public var brotliWindow: Int
    /// The same for zstd. 23 (8 MiB) is what RFC 9659 grants to a content encoding.
    public var zstdWindow: Int

    public init(
        decoded: Int = 256 << 20, ratio: Int = 100, slack: Int = 1 << 20, brotliWindow: Int = 24,
        zstdWindow: Int = 23
    ) {
        self.decoded = decoded
        self.ratio = ratio
        self.slack = slack
        self.brotliWindow = brotliWindow
        self.zstdWindow = zstdWindow
    }
}

/// Undoes one body's encoding in pieces. A class, because the libraries keep a state of their own; one
/// per body.
public protocol ContentDecoder: AnyObject {
    /// Decodes a piece, of any size, and hands the output on.
    ///
    /// - Returns: false when the bytes are no such encoding or passed a limit; then nothing more comes.
    func decode(_ bytes: borrowing Span<UInt8>, _ use: (borrowing Span<UInt8>) -> Void) -> Bool
}

/// How a `content-encoding` can be undone.
public enum ContentDecoding {
    case identity
    case decoder(any ContentDecoder)
    case unknown

    /// - Parameter encoding: the header's value, lower case.
    public init(_ encoding: String, limits: DecodingLimits) {
        if encoding.isEmpty || encoding == "identity" {
            self = .identity
            return
        }
        let names = encoding.split(separator: ",").map { $0.filter { $0 != " " } }.filter { $0 != "identity" }
        let decoder: (any ContentDecoder)?
        switch (names.count, names.first) {
        case (0, _):
            self = .identity
            return
        case (1, "gzip"), (1, "x-gzip"): decoder = Inflater(limits, mayBeRaw: false)
        case (1, "deflate"): decoder = Inflater(limits, mayBeRaw: true)
        case (1, "br"): decoder = BrotliDecoder(limits)
        case (1, "zstd"): decoder = ZstdDecoder(limits)
        default: decoder = nil
        }
        self = decoder.map { .decoder($0) } ?? .unknown
    }
}

/// What every decoder does with its output: hands it on and watches the limits.
struct DecodedOutput {
    /// Bytes of output per piece.
    static let pieceSize = 16 * 1024

    private let limits: DecodingLimits
    private var encoded = 0
    private var decoded = 0
    private var buffer = [UInt8](repeating: 0, count: DecodedOutput.pieceSize)

    init(_ limits: DecodingLimits) { self.limits = limits }

    /// So many encoded bytes have come.
    mutating func take(_ count: Int) { encoded &+= count }

    /// Lets `fill` write into the buffer and hands on what it wrote.
    ///
    /// - Returns: how many bytes were written; nil when a limit is passed.
    mutating func produce(
        _ use: (borrowing Span<UInt8>) -> Void, _ fill: (UnsafeMutableBufferPointer<UInt8>) -> Int
    ) -> Int? {
        let count = buffer.withUnsafeMutableBufferPointer { fill($0) }
        decoded &+= count
        guard decoded <= limits.decoded else { return nil }
        let allowed = encoded.multipliedReportingOverflow(by: limits.ratio)
        if !allowed.overflow, decoded &- limits.slack > allowed.partialValue { return nil }
        if count > 0 { use(buffer.span.extracting(0..<count)) }
        return count
    }
}
