// The sizes beyond which a head or a chunk line is refused, in one place, with the reason of each.

/// Limits of one message head. Full: the message is refused with 431 (from a client) or counts as a bad
/// gateway (from an upstream).
public struct HeadLimits: Hashable, Sendable {
    /// Bytes from the first of the start line to the last of the blank line.
    public var bytes: Int
    /// Field lines.
    public var fields: Int

    public init(bytes: Int, fields: Int) {
        self.bytes = bytes
        self.fields = fields
    }

    /// 32 KiB and 100 fields: several times what SDKs send, with a long bearer token.
    public static let request = HeadLimits(bytes: 32 << 10, fields: 100)
    /// 64 KiB and 200 fields: providers behind two gateways send about 40.
    public static let response = HeadLimits(bytes: 64 << 10, fields: 200)
}

enum HTTPLimit {
    /// Bytes of a method; the longest registered one has 17.
    static let method = 24
    /// Names listed in `Connection`; each is compared with each field.
    static let connectionNames = 32
    /// Hexadecimal digits of a chunk size, leading zeros included: 64 bits.
    static let chunkSizeDigits = 16
    /// Bytes of the extensions of one chunk, which are dropped. Nobody sends any in earnest.
    static let chunkExtension = 1 << 10
    /// Bytes of all trailer fields, which are dropped.
    static let trailers = 8 << 10
}
