// Streams of events: every framer, cut anywhere. A framer of another kind gets a line in the list below.
@testable import Wire

private let selection = JSONSelection([("a", .keep(slot: 0)), ("usage", .keep(slot: 1))])

/// One step of a framer with its event's start, payload and kept values.
private struct Step: Equatable {
    enum Mark { case payload, end, finish }
    let mark: Mark
    let payload: FramePayload
    let isBroken: Bool
    let start: Int
    var kept: [JSONCapture] = []
    var bytes: [UInt8] = []
}

/// What a framer makes of a stream.
private func events<Framer: StreamFramer>(
    _ bytes: borrowing Span<UInt8>, _ pieces: Pieces?, _ make: Framer
) -> [Step] {
    var framer = make
    let scanner = JSONScanner(selection)
    var pieces = pieces
    var found: [Step] = []
    func note(_ mark: Step.Mark) {
        var step = Step(
            mark: mark, payload: framer.payload, isBroken: framer.isBroken, start: framer.eventStart)
        if framer.payload == .json {
            step.kept = scanner.captures
            for capture in scanner.captures { step.bytes += scanner.bytes(of: capture) }
        }
        found.append(step)
    }
    var at = 0
    while at < bytes.count {
        let size = pieces?.next(bytes.count - at) ?? bytes.count
        let piece = bytes.extracting(at..<at + size)
        framer.beginPiece(at: at)
        var cursor = 0
        read: while true {
            let before = (cursor, found.count)
            switch framer.advance(piece, &cursor, scanner) {
            case .more:
                law(cursor == size, "a piece is used up before more is asked for")
                break read
            case .payload: note(.payload)
            case .end:
                note(.end)
                scanner.reset()
            }
            law(cursor > before.0 || found.count > before.1, "a framer moves on")
            law(found.count <= 2 * bytes.count + 2, "an event takes a byte")
        }
        at += size
    }
    if framer.finish(scanner) { note(.finish) }
    return found
}

private func streamTarget<Framer: StreamFramer>(
    _ name: String, _ make: @escaping @Sendable () -> Framer
) -> FuzzTarget {
    FuzzTarget(name: name) { bytes in
        guard bytes.count > 1 else { return }
        checkCuts(bytes.extracting(1..<bytes.count), seed: bytes[0], make)
    }
}

/// Whole and in pieces a stream has the same events.
func checkCuts<Framer: StreamFramer>(_ body: borrowing Span<UInt8>, seed: UInt8, _ make: () -> Framer) {
    let whole = events(body, nil, make())
    let cut = events(body, Pieces(seed: seed), make())
    law(whole == cut, "a cut changes the events:\n\(whole)\n\(cut)")
}

let streamTargets = [
    streamTarget("sse") { EventStreamFramer() },
    streamTarget("ndjson") { LineFramer() },
    streamTarget("array") { ArrayFramer() },
]
