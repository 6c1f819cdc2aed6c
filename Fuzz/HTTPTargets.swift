// HTTP framing: heads and chunked bodies. What is let through is what another server will read.
@testable import Wire

private func head(_ bytes: borrowing Span<UInt8>, _ limits: HeadLimits, _ use: (Int) -> Void) {
    // Byte by byte, as a slow sender has it, and whole: the same answer.
    var seeker = HeadSeeker()
    let whole = seeker.seek(in: bytes, limits: limits)
    var slow = HeadSeeker()
    var answer = HeadSeeker.Answer.more
    var count = 1
    while count <= bytes.count {
        answer = slow.seek(in: bytes.extracting(0..<count), limits: limits)
        guard answer == .more else { break }
        count += 1
    }
    law(whole == answer, "dribbling changes the answer: \(whole) \(answer)")
    guard case .head(let size) = whole else { return }
    law(size <= bytes.count, "a head lies within its bytes")
    use(size)
}

/// The fields as written again, which is all that the next server sees of them.
private func rewritten(_ line: String, _ fields: borrowing FieldBlock) -> [UInt8] {
    var text = Array(line.utf8)
    for index in 0..<fields.count {
        text += fields.bytes[fields.nameRange(index)] + Array(": ".utf8)
        text += fields.bytes[fields.valueRange(index)] + Array("\r\n".utf8)
    }
    return text + Array("\r\n".utf8)
}

let httpTargets = [
    FuzzTarget(name: "request-head") { bytes in
        head(bytes, .request) { size in
            let head = RequestHead()
            do { try head.parse(bytes.extracting(0..<size)) } catch { return }
            _ = (head.path, head.host, head.closes, head.asksUpgrade, head.expectsContinue, head.isHead)
            let version = head.closes && head.minorVersion == 0 ? "HTTP/1.0" : "HTTP/1.1"
            let line = "\(head.method) \(String(decoding: head.fields.bytes[head.pathRange], as: UTF8.self))"
            guard head.path.utf8.count == head.pathRange.count, head.path.hasPrefix("/") else { return }
            let again = rewritten("\(line) \(version)\r\n", head.fields)
            let second = RequestHead()
            do { try second.parse(again.span) } catch {
                law(false, "an accepted head is refused when written again: \(error)")
            }
            law(second.framing == head.framing, "framing survives writing")
            law(second.fields.count == head.fields.count, "no field splits in two")
            law(second.host == head.host && second.path == head.path, "host and path survive writing")
        }
    },
    FuzzTarget(name: "response-head") { bytes in
        head(bytes, .response) { size in
            let head = ResponseHead()
            do { try head.parse(bytes.extracting(0..<size)) } catch { return }
            law((100...999).contains(head.status), "a status has three digits")
            _ = (head.framing(toHead: true), head.closes, head.contentLength)
            let version = head.minorVersion == 0 ? "HTTP/1.0" : "HTTP/1.1"
            let again = rewritten("\(version) \(head.status) x\r\n", head.fields)
            let second = ResponseHead()
            do { try second.parse(again.span) } catch {
                law(false, "an accepted head is refused when written again: \(error)")
            }
            law(second.framing(toHead: false) == head.framing(toHead: false), "framing survives writing")
            law(second.fields.count == head.fields.count, "no field splits in two")
        }
    },
    FuzzTarget(name: "chunked") { bytes in
        guard bytes.count > 1 else { return }
        let body = bytes.extracting(1..<bytes.count)
        let whole = unchunked(body, nil)
        let cut = unchunked(body, Pieces(seed: bytes[0]))
        law(whole == cut, "a cut changes a chunked body")
    },
]

private struct Unchunked: Equatable {
    var payload: [UInt8] = []
    var last = ChunkStep.more
    var used = 0
}

private func unchunked(_ bytes: borrowing Span<UInt8>, _ pieces: Pieces?) -> Unchunked {
    var decoder = BodyDecoder(ResponseFraming.chunked)
    var pieces = pieces
    var result = Unchunked()
    var at = 0
    while at < bytes.count {
        let size = pieces?.next(bytes.count - at) ?? bytes.count
        let piece = bytes.extracting(at..<at + size)
        var cursor = 0
        while true {
            result.last = decoder.next(piece, &cursor)
            law(cursor <= size, "the cursor stays within the piece")
            guard case .payload(let range) = result.last else { break }
            result.payload += piece.extracting(range).array
        }
        result.used = at + cursor
        if result.last != .more { break }
        at += size
    }
    if case .refused = result.last { result.used = 0 }
    return result
}
