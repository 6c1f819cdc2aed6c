// Streams of events: every framer, cut anywhere. A framer of another kind gets a line in the list below.
@testable import Wire

private let selection = JSONSelection([("a", .keep(slot: 0)), ("usage", .keep(slot: 1))])

/// What a framer makes of a stream: each step with its event's start, payload and kept values.
private func events<Framer: StreamFramer>(
    _ bytes: borrowing Span<UInt8>, _ pieces: Pieces?, _ make: Framer
) -> [String] {
    var framer = make
    var scanner = JSONScanner(selection)
    var pieces = pieces
    var found: [String] = []
    func note(_ mark: String) {
        var line = "\(mark) \(framer.payload) \(framer.isBroken) \(framer.eventStart)"
        if framer.payload == .json, scanner.status == .complete {
            for capture in scanner.captures {
                line += " \(capture.slot):" + String(decoding: scanner.bytes(of: capture), as: UTF8.self)
            }
        }
        found.append(line)
    }
    var at = 0
    while at < bytes.count {
        let size = pieces?.next(bytes.count - at) ?? bytes.count
        let piece = bytes.extracting(at..<at + size)
        framer.beginPiece(at: at)
        var cursor = 0
        read: while true {
            let before = (cursor, found.count)
            switch framer.advance(piece, &cursor, &scanner) {
            case .more:
                law(cursor == size, "a piece is used up before more is asked for")
                break read
            case .payload: note("payload")
            case .end:
                note("end")
                scanner.reset()
            }
            law(cursor > before.0 || found.count > before.1, "a framer moves on")
            law(found.count <= 2 * bytes.count + 2, "an event takes a byte")
        }
        at += size
    }
    if framer.finish(&scanner) { note("finish") }
    return found
}

private func streamTarget<Framer: StreamFramer>(
    _ name: String, _ make: @escaping @Sendable () -> Framer
) -> FuzzTarget {
    FuzzTarget(name: name) { bytes in
        guard bytes.count > 1 else { return }
        let body = bytes.extracting(1..<bytes.count)
        let whole = events(body, nil, make())
        let cut = events(body, Pieces(seed: bytes[0]), make())
        law(whole == cut, "a cut changes the events:\n\(whole)\n\(cut)")
    }
}

let streamTargets = [
    streamTarget("sse") { EventStreamFramer() },
    streamTarget("ndjson") { LineFramer() },
    streamTarget("array") { ArrayFramer() },
]
