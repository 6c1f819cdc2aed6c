/// What a framer met in a stream.
public enum FrameStep: Sendable {
    /// The piece is used up.
    case more
    /// The event's payload is known: its JSON value is whole, or it is the dialect's end marker. The
    /// event's own end (a blank line, a line feed) is still to come.
    case payload
    /// The event is over; the next one begins at the cursor.
    case end
}

/// What an event carries.
public enum FramePayload: UInt8, Sendable {
    /// No data: comments, an event name alone.
    case none
    /// A JSON value, in the scanner. Its status tells whether it is whole.
    case json
    /// `[DONE]`, or the closing bracket of an array.
    case done
    /// Data that is no JSON object.
    case other
}

/// Cuts a stream into events and feeds their payloads to a scanner, without keeping any of them.
///
/// Call ``advance(_:_:_:)`` until it says ``FrameStep/more``. After ``FrameStep/end`` the caller reads
/// the scanner and resets it. Results never depend on how the bytes were cut into pieces.
public protocol StreamFramer: ~Copyable {
    /// Where the current event began, in bytes from the start of the stream.
    var eventStart: Int { get }
    var payload: FramePayload { get }
    /// The payload was not one whole JSON value.
    var isBroken: Bool { get }
    /// The event says by its framing, not by its payload, that the provider failed.
    var signalsFailure: Bool { get }

    /// A new piece: its index 0 is the stream's byte `base`.
    mutating func beginPiece(at base: Int)

    /// Reads on from `cursor` and moves it.
    mutating func advance(
        _ bytes: borrowing Span<UInt8>, _ cursor: inout Int, _ scanner: JSONScanner
    ) -> FrameStep

    /// The stream is over. Whether an event was left without its end; its payload counts all the same
    /// (many servers leave the last blank line out).
    mutating func finish(_ scanner: JSONScanner) -> Bool
}

extension StreamFramer where Self: ~Copyable {
    public var signalsFailure: Bool { false }
}

/// The first CR or LF from `start` on, or `end`.
func lineBreak(_ bytes: borrowing Span<UInt8>, _ start: Int, _ end: Int) -> Int {
    let ones: UInt64 = 0x0101_0101_0101_0101
    let raw = bytes.bytes
    var i = start
    while i &+ 8 <= end {
        let word = raw.unsafeLoadUnaligned(fromByteOffset: i, as: UInt64.self)
        let feed = word ^ (ones &* 0x0a)
        let carriage = word ^ (ones &* 0x0d)
        let hit = ((feed &- ones) & ~feed) | ((carriage &- ones) & ~carriage)
        let mask = hit & (ones &* 0x80)
        if mask != 0 { return i &+ mask.littleEndian.trailingZeroBitCount / 8 }
        i &+= 8
    }
    while i < end, bytes[i] != 0x0a, bytes[i] != 0x0d { i &+= 1 }
    return i
}
