// JSON: the scanner with a selection, and the readers of what it kept.
@testable import Wire

/// What a scan of one document found; equal however the document was cut.
private struct Found: Equatable {
    var status: JSONStatus
    var captures: [JSONCapture]
    var texts: [[UInt8]]
    var duplicates: Bool
    var passedLimit: Bool
    var counters: [Int]
    var consumed: Int
}

private let selection = JSONSelection([
    ("usage", .keep(slot: 0)), ("usage.a", .keep(slot: 1)), ("choices[].text", .measure(counter: 0)),
    ("choices[]", .count(counter: 1)), ("model", .keep(slot: 2)), ("list[].b", .keep(slot: 3)),
])

private func scan(_ bytes: borrowing Span<UInt8>, _ pieces: Pieces?, _ limits: JSONLimits) -> Found {
    let scanner = JSONScanner(selection, limits: limits)
    var pieces = pieces
    var at = 0
    while at < bytes.count, scanner.status == .incomplete {
        let size = pieces?.next(bytes.count - at) ?? bytes.count
        let piece = bytes.extracting(at..<at + size)
        let used = scanner.feed(piece, from: 0, to: size)
        law(used == size || scanner.status != .incomplete, "an unfinished document uses its piece")
        at += size
    }
    scanner.finish()
    let isWhole = scanner.status == .complete
    return Found(
        status: scanner.status, captures: scanner.captures,
        texts: scanner.captures.map { Array(scanner.bytes(of: $0)) },
        duplicates: scanner.duplicateKeys, passedLimit: scanner.passedLimit,
        counters: isWhole ? [scanner.counter(0), scanner.counter(1)] : [],
        consumed: isWhole ? scanner.consumed : 0)
}

let jsonTargets = [
    FuzzTarget(name: "json") { bytes in
        guard bytes.count > 1 else { return }
        let body = bytes.extracting(1..<bytes.count)
        var limits = JSONLimits()
        if bytes[0] & 0x80 != 0 {
            limits.arena = 64
            limits.captures = 4
            limits.depth = 6
        }
        let whole = scan(body, nil, limits)
        let cut = scan(body, Pieces(seed: bytes[0] & 0x7f), limits)
        law(whole == cut, "a cut changes what a scan finds: \(whole) \(cut)")
        for (capture, text) in zip(whole.captures, whole.texts) {
            law(capture.arena.count <= limits.arena, "kept bytes stay within the arena")
            _ = JSONText.string(text[...])
            _ = JSONText.stringBytes(text[...])
            _ = JSONText.digits(text[...])
            for (key, value) in JSONMembers(text[...]) { law(key.utf8.count + value.count > 0, "a member") }
        }
        for (_, value) in JSONMembers(body.array[...]) { _ = JSONText.string(value) }
    }
]
