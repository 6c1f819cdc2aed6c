// Clients that go early and upstreams that break off: the bill is learned all the same, and nobody takes
// half a response for a whole one.

import Relay
import Testing
import Wire

@Suite struct LeavingTests {
    private func start(_ script: Script = Script(), version: String = "1.1") throws -> (
        Harness, Endpoint, Endpoint
    ) {
        let relay = try Harness(script)
        let client = try relay.client()
        try client.send("GET / HTTP/\(version)\r\nHost: r\r\n\r\n")
        let upstream = try relay.server.accept()
        _ = try upstream.readHead()
        return (relay, client, upstream)
    }

    @Test("a client that goes while the upstream is silent is noticed at once")
    func silent() throws {
        var script = Script()
        script.drainLimit = nil
        let (relay, client, upstream) = try start(script)
        client.close()
        #expect(try relay.journal.ending() == .clientGone(drained: false))
        #expect(try upstream.readToEnd() == [])
    }

    @Test("a client that goes in the middle of a stream is noticed while nothing is sent")
    func midStream() throws {
        var script = Script()
        script.drainLimit = nil
        let (relay, client, upstream) = try start(script)
        try upstream.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n")
        _ = try client.readHead()
        _ = try client.readChunk()
        client.close()
        #expect(try relay.journal.ending() == .clientGone(drained: false))
        #expect(try upstream.readToEnd() == [])
    }

    @Test("complaint 23: the upstream is read to its end for the record", arguments: [true, false])
    func drained(reset: Bool) throws {
        let (relay, client, upstream) = try start()
        try upstream.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n")
        _ = try client.readHead()
        _ = try client.readChunk()
        if reset { client.reset() } else { client.close() }
        try upstream.send("3\r\ndef\r\n")
        #expect(try relay.journal.responseSeen(6) == "abcdef".bytes)
        try upstream.send("3\r\nghi\r\n0\r\n\r\n")
        #expect(try relay.journal.ending() == .clientGone(drained: true))
        #expect(relay.journal.responseSeen == "abcdefghi".bytes)
        #expect(relay.relay.measure().drains == 0)
    }

    @Test("reading on ends at the limit of bytes")
    func drainLimit() throws {
        var script = Script()
        script.drainLimit = DrainLimit(bytes: 10, milliseconds: 60_000)
        let (relay, client, upstream) = try start(script)
        try upstream.send("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nabc")
        _ = try client.readHead()
        client.reset()
        _ = try relay.journal.responseSeen(3)
        while relay.relay.measure().drains == 0 {}
        try upstream.send([UInt8](repeating: 0x78, count: 11))
        #expect(try relay.journal.ending() == .clientGone(drained: false))
        #expect(try upstream.readToEnd() == [])
    }

    @Test("reading on ends at the limit of time")
    func drainTime() throws {
        var script = Script()
        script.drainLimit = DrainLimit(bytes: 1000, milliseconds: 1)
        let (relay, client, upstream) = try start(script)
        client.reset()
        #expect(try relay.journal.ending() == .clientGone(drained: false))
        #expect(try upstream.readToEnd() == [])
    }

    @Test("no more responses are read on at once than the limit of drains")
    func drainCount() throws {
        var limits = RelayLimits()
        limits.drains = 1
        let relay = try Harness(limits: limits)
        let client = try relay.client()
        try client.send("GET / HTTP/1.1\r\nHost: r\r\n\r\n")
        let upstream = try relay.server.accept()
        _ = try upstream.readHead()
        client.reset()
        while relay.relay.measure().drains == 0 {}
        let second = try relay.client()
        try second.send("GET / HTTP/1.1\r\nHost: r\r\n\r\n")
        let other = try relay.server.accept()
        _ = try other.readHead()
        second.reset()
        #expect(try other.readToEnd() == [])
        #expect(try relay.journal.ending(0) == .clientGone(drained: false))
        #expect(relay.relay.measure().drains == 1)
        try upstream.send("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc")
        #expect(try relay.journal.ending(1) == .clientGone(drained: true))
    }

    @Test("a client that only closed its own direction still gets its response")
    func halfClosed() throws {
        let (relay, client, upstream) = try start()
        client.finishWriting()
        while relay.relay.measure().drains == 0 {}
        try upstream.send("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc")
        #expect(client.text(try client.readToEnd()).hasSuffix("\r\n\r\nabc"))
        #expect(!client.wasReset)
        #expect(try relay.journal.ending() == .clientGone(drained: true))
    }

    @Test("a client that goes before its request is complete cuts the upload")
    func upload() throws {
        var script = Script()
        script.holdBody = 0
        let relay = try Harness(script)
        let client = try relay.client()
        try client.send("POST / HTTP/1.1\r\nHost: r\r\nContent-Length: 100\r\n\r\nabc")
        let upstream = try relay.server.accept()
        _ = try upstream.readHead()
        client.close()
        #expect(try relay.journal.ending() == .clientGone(drained: false))
        #expect(try upstream.readToEnd() == "abc".bytes)
    }

    @Test(
        "a response that breaks off has no proper end",
        arguments: ["Content-Length: 10\r\n\r\nabc", "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n"],
        [true, false])
    func truncated(body: String, reset: Bool) throws {
        let (relay, client, upstream) = try start()
        try upstream.send("HTTP/1.1 200 OK\r\n" + body)
        let head = try client.readHead()
        if reset { upstream.reset() } else { upstream.close() }
        #expect(try relay.journal.ending() == .truncated)
        let rest = client.text(try client.readToEnd())
        #expect(rest == (head.contains("chunked") ? "3\r\nabc\r\n" : "abc"))
    }

    @Test("a broken response of unknown length is reset towards an HTTP/1.0 client")
    func truncatedOld() throws {
        let (relay, client, upstream) = try start(version: "1.0")
        try upstream.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n")
        _ = try client.readHead()
        upstream.close()
        #expect(try relay.journal.ending() == .truncated)
        _ = try client.readToEnd()
        #expect(client.wasReset)
    }

    @Test("malformed chunks end the response like a broken connection")
    func malformed() throws {
        let (relay, client, upstream) = try start()
        try upstream.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nzz\r\n")
        _ = try client.readHead()
        #expect(try client.readChunk() == "abc")
        #expect(try client.readToEnd() == [])
        #expect(try relay.journal.ending() == .truncated)
    }

    @Test("after a terminal event a broken connection still gives out what was held, once durable")
    func truncatedAfterTerminal() throws {
        var script = Script()
        script.settles = nil
        script.tap = { piece, before in
            var verdict = TapVerdict()
            if before > 0 { verdict.holdFrom = 0 }
            return verdict
        }
        let (relay, client, upstream) = try start(script)
        try upstream.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n")
        _ = try client.readHead()
        _ = try client.readChunk()
        try upstream.send("4\r\nDONE\r\n")
        _ = try relay.journal.responseSeen(7)
        upstream.close()
        let ticket = try relay.journal.ticket()
        ticket.settle(.durable)
        #expect(client.text(try client.readToEnd()) == "4\r\nDONE\r\n")
    }
}
