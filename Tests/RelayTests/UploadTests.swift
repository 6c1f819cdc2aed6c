// Request bodies: held for the exchange or streamed, sized or chunked, edited or untouched.

import Relay
import Testing
import Wire

@Suite struct UploadTests {
    @Test("the body is asked for before it is sent when the client waits")
    func continueFirst() throws {
        let relay = try Harness()
        let client = try relay.client()
        try client.send("POST / HTTP/1.1\r\nHost: r\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n")
        #expect(try client.readHead() == "HTTP/1.1 100 Continue\r\n\r\n")
        try client.send("body")
        let upstream = try relay.server.accept()
        #expect(!(try upstream.readHead().contains("Expect")))
        #expect(try upstream.read(4) == "body".bytes)
    }

    @Test("a chunked body that is held goes on with its length")
    func heldChunks() throws {
        let relay = try Harness()
        let client = try relay.client()
        try client.send("POST / HTTP/1.1\r\nHost: r\r\nTransfer-Encoding: chunked\r\n\r\n3;a=b\r\nabc\r")
        try client.send("\n2\r\nde\r\n0\r\nX-Trailer: 1\r\n\r\n")
        let upstream = try relay.server.accept()
        #expect(
            try upstream.readHead()
                == "POST / HTTP/1.1\r\nHost: 127.0.0.1:\(relay.server.port)\r\nContent-Length: 5\r\n\r\n")
        #expect(try upstream.read(5) == "abcde".bytes)
        #expect(try relay.journal.body() == "abcde".bytes)
    }

    @Test("a chunked body that streams is framed anew")
    func streamedChunks() throws {
        var script = Script()
        script.holdBody = 0
        let relay = try Harness(script)
        let client = try relay.client()
        try client.send("POST / HTTP/1.1\r\nHost: r\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n")
        let upstream = try relay.server.accept()
        #expect(
            try upstream.readHead()
                == "POST / HTTP/1.1\r\nHost: 127.0.0.1:\(relay.server.port)\r\n"
                + "Transfer-Encoding: chunked\r\n\r\n"
        )
        #expect(try upstream.readChunk() == "abc")
        try client.send("2\r\nde\r\n0\r\n\r\n")
        #expect(try upstream.readChunks() == "de".bytes)
        #expect(try relay.journal.body() == nil)
        #expect(relay.journal.requestSeen == "abcde".bytes)
        try upstream.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        _ = try client.readHead()
        #expect(try relay.journal.ending() == .complete)
    }

    @Test("a chunked body that outgrows what is held streams from its first byte")
    func outgrown() throws {
        var script = Script()
        script.holdBody = 10
        let relay = try Harness(script)
        let client = try relay.client()
        try client.send("POST / HTTP/1.1\r\nHost: r\r\nTransfer-Encoding: chunked\r\n\r\n6\r\n012345\r\n")
        try client.send("6\r\n6789ab\r\n1\r\nc\r\n0\r\n\r\n")
        let upstream = try relay.server.accept()
        #expect(try upstream.readHead().contains("Transfer-Encoding: chunked"))
        #expect(try upstream.readChunks() == "0123456789abc".bytes)
        #expect(try relay.journal.body() == nil)
    }

    @Test("large bodies arrive whole, held or streamed", arguments: [0, 1 << 20])
    func large(hold: Int) throws {
        var script = Script()
        script.holdBody = hold
        let relay = try Harness(script)
        let body = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }
        let client = try relay.client()
        try client.send("POST / HTTP/1.1\r\nHost: r\r\nContent-Length: \(body.count)\r\n\r\n")
        try client.send(Array(body[..<100]))
        try client.send(Array(body[100...]))
        let upstream = try relay.server.accept()
        #expect(try upstream.readHead().contains("Content-Length: \(body.count)\r\n"))
        #expect(try upstream.read(body.count) == body)
        try upstream.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        _ = try client.readHead()
        #expect(try client.read(2) == "ok".bytes)
        #expect(hold > 0 ? try relay.journal.body() == body : relay.journal.requestSeen == body)
    }

    @Test(
        "a splice changes the body and its length", arguments: [20, 40_000])
    func splice(size: Int) throws {
        var script = Script()
        script.edits.splices = [
            BodySplice(1..<1, "\"a\":1,".bytes), BodySplice(size - 2..<size - 1, "}".bytes),
        ]
        let relay = try Harness(script)
        let body = "{".bytes + [UInt8](repeating: 0x78, count: size - 2) + "}".bytes
        let client = try relay.client()
        try client.send("POST / HTTP/1.1\r\nHost: r\r\nContent-Length: \(size)\r\n\r\n")
        try client.send(body)
        let expected =
            "{\"a\":1,".bytes + [UInt8](repeating: 0x78, count: size - 3) + "}}".bytes
        let upstream = try relay.server.accept()
        #expect(try upstream.readHead().contains("Content-Length: \(expected.count)\r\n"))
        #expect(try upstream.read(expected.count) == expected)
    }

    @Test("a body beyond the limit is refused, before it is sent or while it comes")
    func tooLarge() throws {
        var limits = RelayLimits()
        limits.requestBody = 100
        let relay = try Harness(limits: limits)
        let sized = try relay.client()
        try sized.send("POST / HTTP/1.1\r\nHost: r\r\nContent-Length: 101\r\n\r\n")
        #expect(try sized.readHead().hasPrefix("HTTP/1.1 413 Content Too Large\r\n"))
        #expect(try relay.journal.ending(0) == .refused)
        let chunked = try relay.client()
        try chunked.send("POST / HTTP/1.1\r\nHost: r\r\nTransfer-Encoding: chunked\r\n\r\n60\r\n")
        try chunked.send([UInt8](repeating: 0x61, count: 96) + "\r\n8\r\n12345678\r\n".bytes)
        #expect(try chunked.readHead().hasPrefix("HTTP/1.1 413 Content Too Large\r\n"))
        #expect(try relay.journal.ending(1) == .refused)
    }

    @Test("an early answer to an unfinished upload reaches the client, and both connections end")
    func earlyAnswer() throws {
        var script = Script()
        script.holdBody = 0
        let relay = try Harness(script)
        let client = try relay.client()
        try client.send("POST / HTTP/1.1\r\nHost: r\r\nContent-Length: 1000\r\n\r\nabc")
        let upstream = try relay.server.accept()
        _ = try upstream.readHead()
        #expect(try upstream.read(3) == "abc".bytes)
        try upstream.send("HTTP/1.1 401 Unauthorized\r\nContent-Length: 2\r\n\r\nno")
        #expect(try client.readHead().hasPrefix("HTTP/1.1 401 Unauthorized\r\n"))
        #expect(client.text(try client.readToEnd()) == "no")
        #expect(try upstream.readToEnd() == [])
        #expect(try relay.journal.ending() == .complete)
    }
}
