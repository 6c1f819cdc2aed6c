// The promise behind the bill: no client has a complete response before its record is durable, and
// nothing earlier waits for it.

import Relay
import Testing
import Wire

@Suite struct HoldingTests {
    private func start(_ script: Script) throws -> (Harness, Endpoint, Endpoint) {
        let relay = try Harness(script)
        let client = try relay.client()
        try client.send("POST / HTTP/1.1\r\nHost: r\r\nContent-Length: 2\r\n\r\n{}")
        let upstream = try relay.server.accept()
        _ = try upstream.readHead()
        _ = try upstream.read(2)
        return (relay, client, upstream)
    }

    private var waiting: Script {
        var script = Script()
        script.settles = nil
        return script
    }

    /// Waits until the relay has worked off everything that was sent to it.
    private func passTurn(_ relay: Harness) { _ = relay.relay.measure() }

    @Test("of a chunked response only the end waits")
    func chunked() throws {
        let (relay, client, upstream) = try start(waiting)
        try upstream.send(
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n3\r\ndef\r\n0\r\n\r\n")
        _ = try client.readHead()
        #expect(try client.readChunk() == "abcdef")
        let ticket = try relay.journal.ticket()
        passTurn(relay)
        #expect(client.isSilent())
        ticket.settle(.durable)
        #expect(try client.readChunks() == [])
    }

    @Test("of a sized response the last piece waits, not the pieces before")
    func sized() throws {
        let (relay, client, upstream) = try start(waiting)
        try upstream.send("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nabc")
        _ = try client.readHead()
        #expect(try client.read(3) == "abc".bytes)
        try upstream.send("def")
        let ticket = try relay.journal.ticket()
        passTurn(relay)
        #expect(client.isSilent())
        ticket.settle(.durable)
        #expect(try client.read(3) == "def".bytes)
    }

    @Test("complaint 35: from the terminal event on everything waits, before it nothing")
    func terminalEvent() throws {
        var script = waiting
        script.tap = { piece, _ in
            var verdict = TapVerdict()
            verdict.holdFrom = piece.firstRange(of: "data: [DONE]".bytes)?.lowerBound
            return verdict
        }
        let (relay, client, upstream) = try start(script)
        try upstream.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        _ = try client.readHead()
        try upstream.send("9\r\ndata: 1\n\n\r\n")
        #expect(try client.readChunk() == "data: 1\n\n")
        try upstream.send("17\r\ndata: 2\n\ndata: [DONE]\n\n\r\n")
        #expect(try client.readChunk() == "data: 2\n\n")
        try upstream.send("0\r\n\r\n")
        let ticket = try relay.journal.ticket()
        #expect(try relay.journal.ending() == .complete)
        passTurn(relay)
        #expect(client.isSilent())
        ticket.settle(.durable)
        #expect(try client.readChunk() == "data: [DONE]\n\n")
        #expect(try client.readChunks() == [])
    }

    @Test("a terminal event without the message's end is settled after the time of grace")
    func grace() throws {
        var script = waiting
        script.tap = { piece, before in
            var verdict = TapVerdict()
            if before > 0 { verdict.holdFrom = 0 }
            return verdict
        }
        let (relay, client, upstream) = try start(script)
        try upstream.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n")
        _ = try client.readHead()
        #expect(try client.readChunk() == "abc")
        try upstream.send("4\r\nDONE\r\n")
        #expect(try relay.journal.ending() == .settled)
        passTurn(relay)
        #expect(client.isSilent())
        try relay.journal.ticket().settle(.durable)
        #expect(try client.readChunk() == "DONE")
        // What comes later flows, uncounted, and so does the end.
        try upstream.send("5\r\nlater\r\n0\r\n\r\n")
        #expect(try client.readChunks() == "later".bytes)
        #expect(relay.journal.responseSeen == "abcDONE".bytes)
        #expect(relay.journal.endingCount == 1)
    }

    @Test("a record that cannot be kept means a response that breaks off", arguments: [true, false])
    func failed(chunked: Bool) throws {
        let (relay, client, upstream) = try start(waiting)
        let head = chunked ? "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n" : "Content-Length: 6\r\n\r\nabc"
        try upstream.send("HTTP/1.1 200 OK\r\n" + head)
        _ = try client.readHead()
        if chunked { _ = try client.readChunk() } else { _ = try client.read(3) }
        try upstream.send(chunked ? "0\r\n\r\n" : "def")
        try relay.journal.ticket().settle(.failed)
        #expect(try client.readToEnd() == [])
        #expect(client.wasReset)
    }

    @Test("a settled ticket needs no further round: synchronously durable responses leave at once")
    func synchronous() throws {
        let (relay, client, upstream) = try start(Script())
        try upstream.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n")
        _ = try client.readHead()
        #expect(try client.readChunks() == "abc".bytes)
        #expect(try relay.journal.ending() == .complete)
    }

    @Test("a refusal made here waits for its record too")
    func refusal() throws {
        var script = waiting
        script.refuse = LocalResponse(status: 429, body: "{}".bytes)
        let relay = try Harness(script)
        let client = try relay.client()
        try client.send("POST / HTTP/1.1\r\nHost: r\r\nContent-Length: 2\r\n\r\n{}")
        let ticket = try relay.journal.ticket()
        #expect(try relay.journal.ending() == .refused)
        passTurn(relay)
        #expect(client.isSilent())
        ticket.settle(.durable)
        #expect(
            try client.readHead()
                == "HTTP/1.1 429 Too Many Requests\r\ncontent-type: application/json\r\n"
                + "Content-Length: 2\r\n\r\n"
        )
        #expect(try client.read(2) == "{}".bytes)
    }

    @Test("what the tap cuts does not reach the client; what it gives back does")
    func cutting() throws {
        var script = Script()
        script.tap = { piece, before in
            var verdict = TapVerdict()
            if let range = piece.firstRange(of: "CUT".bytes) { verdict.cut = range }
            if piece.contains(UInt8(ascii: "!")) { verdict.releaseKept = true }
            return verdict
        }
        script.kept = { "kept".bytes }
        let (relay, client, upstream) = try start(script)
        defer { withExtendedLifetime(relay) {} }
        try upstream.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nabcCUTdef\r\n")
        _ = try client.readHead()
        #expect(try client.readChunk() == "abcdef")
        try upstream.send("2\r\ng!\r\n")
        #expect(try client.readChunk() == "kept")
        #expect(try client.readChunk() == "g!")
        // At the end of a response that lost something, what is undecided is asked for once more.
        try upstream.send("0\r\n\r\n")
        #expect(try client.readChunks() == "kept".bytes)
    }

    @Test("a body of stated length loses nothing, whatever the tap says")
    func cuttingSized() throws {
        var script = Script()
        script.tap = { _, _ in
            var verdict = TapVerdict()
            verdict.cut = 0..<2
            return verdict
        }
        let (relay, client, upstream) = try start(script)
        defer { withExtendedLifetime(relay) {} }
        try upstream.send("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nabcd")
        _ = try client.readHead()
        #expect(try client.read(4) == "abcd".bytes)
    }

    @Test("the next request of a pipeline waits for the end of the response before")
    func order() throws {
        let (relay, client, upstream) = try start(waiting)
        try client.send("GET /second HTTP/1.1\r\nHost: r\r\n\r\n")
        try upstream.send("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n1")
        let ticket = try relay.journal.ticket(0)
        passTurn(relay)
        #expect(upstream.isSilent())
        ticket.settle(.durable)
        #expect(try upstream.readHead().hasPrefix("GET /second "))
        try upstream.send("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n2")
        try relay.journal.ticket(1).settle(.durable)
        _ = try client.readHead()
        #expect(try client.read(1) == "1".bytes)
        _ = try client.readHead()
        #expect(try client.read(1) == "2".bytes)
    }
}
