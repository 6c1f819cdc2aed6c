/// What a tap says about one piece of a response body, in offsets of that piece.
///
/// The relay forwards everything else at once. In the common case nothing is set and the whole piece
/// goes to the client untouched.
public struct TapVerdict: Sendable {
    /// From here on bytes are held until the record is durable: the dialect's terminal event begins
    /// here (or began earlier). `nil` while the response goes on.
    public var holdFrom: Int?
    /// Bytes that do not go to the client with this piece: an event that exists only because the
    /// sidecar asked for usage, or the start of an event that may turn out to be one.
    public var cut: Range<Int>?
    /// Send what the tap kept back earlier (``cut`` of a previous piece) before this piece.
    public var releaseKept = false

    public init() {}

    /// Nothing to hold, nothing to cut.
    public static let pass = TapVerdict()
}
