/// Every bound of the simulator. It serves tests and a benchmark on one machine, so the bounds are wide;
/// they exist so that a broken client shows up as an answer, not as a machine without memory.
public enum SimulatorLimits {
    /// Bytes of request line and headers. Longer heads get 431.
    public static let headBytes = 64 << 10
    /// Bytes of one request body after transfer decoding. Longer bodies get 413: no test needs more.
    public static let bodyBytes = 64 << 20
    /// Bytes of one read from a socket; one buffer per server, not per connection.
    public static let readBytes = 128 << 10
    /// Bytes waiting for a slow client before an answer pauses; it goes on when the socket drains.
    public static let unsentBytes = 256 << 10
    /// Sockets at once; more are closed when accepted.
    public static let connections = 16_384
    /// Events taken from one `epoll_wait`.
    public static let eventsPerTurn = 512
    /// Tokens, frames and bytes that a hint may ask for: larger numbers are typing errors.
    public static let hintValue = 1_000_000_000
    /// Content frames of one stream.
    public static let frames = 1_000_000
    /// Choices of one answer (`n`, `candidateCount`).
    public static let choices = 128
    /// Bytes of the file of recorded exchanges, held in memory while replaying.
    public static let recordingBytes = 512 << 20
    /// Largest piece, in bytes, when an answer is sent in random pieces.
    public static let pieceBytes = 48
}
