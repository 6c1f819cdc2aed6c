/// A value that a scanner kept: which wish it answers, what kind of value it is, and where it stood.
public struct JSONCapture: Hashable, Sendable {
    public enum Kind: UInt8, Sendable { case object, array, string, number, bool, null }

    public let kind: Kind
    private let wish: Int16
    private let arenaStart: UInt32
    private let arenaEnd: UInt32
    private var placeStart: Int
    private var placeEnd: Int

    /// - Parameter arena: below ``JSONLimits/arena``, which is far below 4 GiB.
    init(slot: Int, kind: Kind, arena: Range<Int>, place: Range<Int>) {
        wish = Int16(truncatingIfNeeded: slot)
        self.kind = kind
        arenaStart = UInt32(truncatingIfNeeded: arena.lowerBound)
        arenaEnd = UInt32(truncatingIfNeeded: arena.upperBound)
        placeStart = place.lowerBound
        placeEnd = place.upperBound
    }

    public var slot: Int { Int(wish) }
    /// The value's bytes in the scanner's arena; see ``JSONScanner/bytes(of:)``.
    public var arena: Range<Int> { Int(arenaStart)..<Int(arenaEnd) }
    /// Where the value began and ended, in bytes from the start of the document.
    public var place: Range<Int> { placeStart..<placeEnd }

    /// The same value further on in the document.
    mutating func move(by bytes: Int) {
        placeStart += bytes
        placeEnd += bytes
    }
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
