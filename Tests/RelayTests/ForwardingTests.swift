// The relay between two real sockets: what goes in comes out, in every framing.

import Foundation
import Relay
import Testing
import Wire

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

    @Test("a response that ends with its connection gets chunks, so that its end can be told")
    func untilClose() throws {
        let relay = try Harness()
        let client = try relay.client()
        try client.send("GET / HTTP/1.1\r\nHost: relay\r\n\r\n")
        let upstream = try relay.server.accept()
        _ = try upstream.readHead()
        try upstream.send("HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\nabc")
        #expect(
            try client.readHead()
                == "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n")
        #expect(try client.readChunk() == "abc")
        try upstream.send("def")
        upstream.close()
        #expect(try client.readChunks() == "def".bytes)
        #expect(try relay.journal.ending() == .complete)
    }

    @Test("an encoded body passes as it is")
    func gzip() throws {
        let relay = try Harness()
        let client = try relay.client()
        let body: [UInt8] = (0..<300).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        try client.send("GET / HTTP/1.1\r\nHost: relay\r\n\r\n")
        let upstream = try relay.server.accept()
        _ = try upstream.readHead()
        try upstream.send("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 300\r\n\r\n")
        try upstream.send(body)
        #expect(
            try client.readHead()
                == "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 300\r\n\r\n")
        #expect(try client.read(300) == body)
    }

    @Test("each event of a stream is forwarded when it arrives")
    func events() throws {
        let relay = try Harness()
        let client = try relay.client()
        try client.send("GET / HTTP/1.1\r\nHost: relay\r\n\r\n")
        let upstream = try relay.server.accept()
        _ = try upstream.readHead()
        try upstream.send(
            "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n")
        _ = try client.readHead()
        for number in 0..<50 {
            let event = "data: {\"n\":\(number)}\n\n"
            try upstream.send(String(event.utf8.count, radix: 16) + "\r\n\(event)\r\n")
            #expect(try client.readChunk() == event)
        }
        try upstream.send("0\r\n\r\n")
        #expect(try client.readChunks() == [])
    }

    @Test("requests sent ahead are answered in order, over one connection on both sides")
    func pipelining() throws {
        let relay = try Harness()
        let client = try relay.client()
        var all = ""
        for number in 0..<5 {
            all += "POST /\(number) HTTP/1.1\r\nHost: relay\r\nContent-Length: 1\r\n\r\n\(number)"
        }
        try client.send(all)
        let upstream = try relay.server.accept()
        for number in 0..<5 {
            #expect(try upstream.readHead().hasPrefix("POST /\(number) "))
            #expect(try upstream.read(1) == "\(number)".bytes)
            try upstream.send("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n\(number)")
        }
        for number in 0..<5 {
            _ = try client.readHead()
            #expect(try client.read(1) == "\(number)".bytes)
        }
        #expect(relay.relay.measure().connects == 1)
    }

    @Test("an HTTP/1.0 client gets no chunks, and its connection is closed")
    func oldClient() throws {
        let relay = try Harness()
        let client = try relay.client()
        try client.send("GET / HTTP/1.0\r\n\r\n")
        let upstream = try relay.server.accept()
        #expect(
            try upstream.readHead() == "GET / HTTP/1.1\r\nHost: 127.0.0.1:\(relay.server.port)\r\n\r\n")
        try upstream.send(
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n")
        let all = try client.readToEnd()
        #expect(client.text(all) == "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nabc")
        #expect(!client.wasReset)
    }

    @Test(
        "a response without body keeps its fields and ends with its head",
        arguments: [
            ("HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n"),
            ("GET", "HTTP/1.1 304 Not Modified\r\nContent-Length: 10\r\nETag: x\r\n\r\n"),
            ("GET", "HTTP/1.1 204 No Content\r\nX: 1\r\n\r\n"),
        ])
    func noBody(method: String, head: String) throws {
        let relay = try Harness()
        let client = try relay.client()
        let upstream: Endpoint
        try client.send("\(method) / HTTP/1.1\r\nHost: relay\r\n\r\n")
        upstream = try relay.server.accept()
        _ = try upstream.readHead()
        try upstream.send(head)
        #expect(try client.readHead() == head)
        try client.send("GET /next HTTP/1.1\r\nHost: relay\r\n\r\n")
        #expect(try upstream.readHead().hasPrefix("GET /next "))
    }

    @Test("informational heads are dropped")
    func informational() throws {
        let relay = try Harness()
        let client = try relay.client()
        try client.send("GET / HTTP/1.1\r\nHost: relay\r\n\r\n")
        let upstream = try relay.server.accept()
        _ = try upstream.readHead()
        try upstream.send(
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 2")
        try upstream.send("00 OK\r\nContent-Length: 2\r\n\r\nok")
        #expect(try client.readHead() == "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n")
        #expect(try client.read(2) == "ok".bytes)
    }

    @Test("a head that dribbles in byte by byte is understood")
    func dribble() throws {
        let relay = try Harness()
        let client = try relay.client()
        for byte in "GET /d HTTP/1.1\r\nHost: relay\r\n\r\n".bytes { try client.send([byte]) }
        let upstream = try relay.server.accept()
        _ = try upstream.readHead()
        for byte in "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n".bytes {
            try upstream.send([byte])
        }
        _ = try client.readHead()
        #expect(try client.readChunks() == "abc".bytes)
    }

    @Test("fields are set, removed and added as the exchange asks")
    func edits() throws {
        var script = Script()
        script.edits.remove = ["X-Tollbook-Tenant"]
        script.edits.set = [HeaderField("authorization", "Bearer up")!]
        script.edits.respond = [HeaderField("x-tollbook-record", "r1")!]
        script.target = "/base/v1"
        let relay = try Harness(script)
        let client = try relay.client()
        try client.send(
            "GET /x HTTP/1.1\r\nHost: relay\r\nx-tollbook-tenant: a\r\nAuthorization: Bearer tb_1\r\n"
                + "Accept: */*\r\n\r\n")
        let upstream = try relay.server.accept()
        #expect(
            try upstream.readHead()
                == "GET /base/v1 HTTP/1.1\r\nHost: 127.0.0.1:\(relay.server.port)\r\nAccept: */*\r\n"
                + "authorization: Bearer up\r\n\r\n")
        try upstream.send("HTTP/1.1 200 OK\r\nX-Tollbook-Record: forged\r\nContent-Length: 0\r\n\r\n")
        #expect(
            try client.readHead() == "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nx-tollbook-record: r1\r\n\r\n")
    }

    @Test("a Unix socket serves as well, and counts as this machine")
    func unixSocket() throws {
        let path = "/tmp/tollbook-relay-\(UInt32.random(in: 0..<UInt32.max)).sock"
        defer { unlink(path) }
        let relay = try Harness(listen: [ListenerConfiguration("unix:\(path)")], loops: 2)
        let client = try Endpoint.connect(path: path)
        try client.send("GET / HTTP/1.1\r\nHost: relay\r\n\r\n")
        let upstream = try relay.server.accept()
        _ = try upstream.readHead()
        try upstream.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        _ = try client.readHead()
        #expect(try client.read(2) == "ok".bytes)
    }
}
