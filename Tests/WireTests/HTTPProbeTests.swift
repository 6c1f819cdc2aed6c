// Every probe of Tests/Framing: what can be read in two ways is refused, and for the reason it was made
// for; what cannot passes. The same wherever the bytes are cut.

import Testing
import Wire

/// Reads messages as a connection does: the head's end, the head, the body, and the next.
private func outcomes(of bytes: [UInt8]) -> [Probe.Outcome] {
    var found: [Probe.Outcome] = []
    var rest = bytes[...]
    while !rest.isEmpty {
        var seeker = HeadSeeker()
        switch seeker.seek(in: Array(rest).span, limits: .request) {
        case .more: return found + [.wait]
        case .refused(let reason): return found + [.refused(reason)]
        case .head(let count):
            let head = RequestHead()
            do throws(HTTPRefusal) {
                try head.parse(Array(rest.prefix(count)).span)
            } catch {
                return found + [.refused(error)]
            }
            rest = rest.dropFirst(count)
            var decoder = BodyDecoder(head.framing)
            let body = Array(rest)
            var cursor = 0
            reading: while true {
                switch decoder.next(body.span, &cursor) {
                case .payload: continue
                case .more: return found + [.wait]
                case .refused(let reason): return found + [.refused(reason)]
                case .end: break reading
                }
            }
            rest = rest.dropFirst(cursor)
            found.append(.pass)
            if head.closes { return found }
        }
    }
    return found
}

@Suite struct HTTPProbeTests {
    @Test("there are as many probes as are claimed")
    func count() {
        #expect(Probe.requests.count > 300)
        #expect(Probe.responses.count > 50)
        #expect(Probe.chunks.count > 30)
    }

    @Test("of requests, what has two readings is refused and what has one passes", arguments: Probe.requests)
    func requests(probe: Probe) {
        #expect(outcomes(of: probe.bytes) == probe.outcomes)
    }

    @Test("responses that can be read in two ways are refused", arguments: Probe.responses)
    func responses(probe: Probe) {
        guard case .refused(let reason) = probe.outcomes[0] else { return }
        var seeker = HeadSeeker()
        switch seeker.seek(in: probe.bytes.span, limits: .response) {
        case .more: Issue.record("no end found")
        case .refused(let found): #expect(found == reason)
        case .head(let count):
            let head = ResponseHead()
            #expect(throws: reason) { try head.parse(probe.bytes.span.extracting(0..<count)) }
        }
    }

    @Test("malformed chunks are refused however they are cut, and stay refused", arguments: Probe.chunks)
    func chunks(probe: Probe) {
        guard case .refused(let reason) = probe.outcomes[0] else { return }
        #expect(decodeChunks([probe.bytes]).last == .refused(reason))
        #expect(decodeChunks(probe.bytes.map { [$0] }).last == .refused(reason))
        var decoder = ChunkDecoder()
        var cursor = 0
        while case .payload = decoder.next(probe.bytes.span, &cursor) {}
        var again = 0
        let good = Array("0\r\n\r\n".utf8)
        guard case .refused = decoder.next(good.span, &again) else {
            Issue.record("went on after a refusal")
            return
        }
    }
}
