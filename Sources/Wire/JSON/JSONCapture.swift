/// A value that a scanner kept: which wish it answers, what kind of value it is, and where it stood.
public struct JSONCapture: Hashable, Sendable {
    public enum Kind: UInt8, Sendable { case object, array, string, number, bool, null }

    public let slot: Int
    public let kind: Kind
    /// The value's bytes in the scanner's arena; see ``JSONScanner/bytes(of:)``.
    public let arena: Range<Int>
    /// Where the value began and ended, in bytes from the start of the document.
    public let place: Range<Int>
}

/// How far a scanner has come with its document.
public enum JSONStatus: UInt8, Sendable {
    /// A prefix of a document, possibly empty. At the end of the bytes: cut short.
    case incomplete
    /// One whole value.
    case complete
    /// No continuation makes this a document.
    case malformed
}

/// What a scanner will hold at most. Bytes and counts per document.
public struct JSONLimits: Sendable {
    /// Verbatim bytes of kept values. A usage object is rarely above 2 KB; beyond the limit a value
    /// is not kept and ``JSONScanner/passedLimit`` says so.
    public var arena = 64 * 1024
    /// Kept values. An Anthropic report of 100 iterations has about 1,500.
    public var captures = 4096
    /// Nesting of arrays and objects. Real bodies stay below 40.
    public var depth = 128

    public init() {}
    public static let standard = JSONLimits()
}
