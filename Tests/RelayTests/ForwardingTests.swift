// The relay between two real sockets: what goes in comes out, in every framing.

import Relay
import Testing

@Suite struct ForwardingTests {
    @Test("a sized response arrives as sent, with repeated fields in their order")
    func sized() throws {
        let relay = try Harness()
        let client = try relay.client()
        try client.send(
            "POST /v1/x?a=1 HTTP/1.1\r\nHost: relay\r\nX-A: 1\r\nx-b: two\r\nX-A: 3\r\nTE: trailers\r\n"
                + "Connection: x-private\r\nX-Private: no\r\nContent-Length: 5\r\n\r\nhello")
        let upstream = try relay.server.accept()
        #expect(
            try upstream.readHead()
                == "POST /v1/x?a=1 HTTP/1.1\r\nHost: 127.0.0.1:\(relay.server.port)\r\nX-A: 1\r\n"
                + "x-b: two\r\nX-A: 3\r\nContent-Length: 5\r\n\r\n")
        #expect(try upstream.read(5) == "hello".bytes)
        try upstream.send(
            "HTTP/1.1 200 Fine\r\nSet-Cookie: a\r\nContent-Length: 3\r\nX: y\r\nSet-Cookie: b\r\n"
                + "Keep-Alive: timeout=5\r\n\r\nabc")
        #expect(
            try client.readHead()
                == "HTTP/1.1 200 Fine\r\nSet-Cookie: a\r\nContent-Length: 3\r\nX: y\r\nSet-Cookie: b\r\n\r\n")
        #expect(try client.read(3) == "abc".bytes)
        #expect(try relay.journal.ending() == .complete)
        #expect(try relay.journal.body() == "hello".bytes)
        #expect(relay.journal.responseSeen == "abc".bytes)
    }

    @Test("a chunked response is framed anew")
    func chunked() throws {
        let relay = try Harness()
        let client = try relay.client()
        try client.send("GET / HTTP/1.1\r\nHost: relay\r\n\r\n")
        let upstream = try relay.server.accept()
        _ = try upstream.readHead()
        try upstream.send(
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n4\r\ndefg\r\n")
        #expect(try client.readHead() == "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        #expect(try client.readChunk() == "abcdefg")
        try upstream.send("2\r\nhi\r\n0\r\nTrailer: x\r\n\r\n")
        #expect(try client.readChunks() == "hi".bytes)
        #expect(try relay.journal.ending() == .complete)
    }
}
