// Upstreams that cannot be reached, answer nonsense, or closed a kept connection in the meantime.

import Relay
import Testing
import Wire

@Suite struct UpstreamFailureTests {
    private static let request = "POST / HTTP/1.1\r\nHost: r\r\nContent-Length: 4\r\n\r\nbody"

    @Test("a kept connection that was closed is replaced without the client noticing")
    func stale() throws {
        let relay = try Harness()
        let client = try relay.client()
        try client.send(Self.request)
        let first = try relay.server.accept()
        _ = try first.readHead()
        _ = try first.read(4)
        try first.send("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n1")
        _ = try client.readHead()
        _ = try client.read(1)
        // The second request is read and the connection closed without a byte of an answer.
        try client.send(Self.request)
        _ = try first.readHead()
        _ = try first.read(4)
        first.close()
        let second = try relay.server.accept()
        _ = try second.readHead()
        #expect(try second.read(4) == "body".bytes)
        try second.send("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n2")
        _ = try client.readHead()
        #expect(try client.read(1) == "2".bytes)
        #expect(relay.relay.measure().retries == 1)
        #expect(try relay.journal.ending(1) == .complete)
        #expect(relay.journal.endingCount == 2)
    }

    @Test("a fresh connection that closes is not tried again")
    func closedEarly() throws {
        let relay = try Harness()
        let client = try relay.client()
        try client.send(Self.request)
        let upstream = try relay.server.accept()
        _ = try upstream.readHead()
        upstream.close()
        #expect(try client.readHead().hasPrefix("HTTP/1.1 502 Bad Gateway\r\n"))
        #expect(try relay.journal.ending() == .upstreamFailed(.closedEarly))
    }

    @Test("half a head on a kept connection is not tried again")
    func halfHead() throws {
        let relay = try Harness()
        let client = try relay.client()
        try client.send(Self.request)
        let upstream = try relay.server.accept()
        _ = try upstream.readHead()
        _ = try upstream.read(4)
        try upstream.send("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n1")
        _ = try client.readHead()
        _ = try client.read(1)
        try client.send(Self.request)
        _ = try upstream.readHead()
        try upstream.send("HTTP/1.1 200 O")
        upstream.finishWriting()
        #expect(try client.readHead().hasPrefix("HTTP/1.1 502 Bad Gateway\r\n"))
        #expect(relay.relay.measure().retries == 0)
    }

    @Test("an idle connection closed by the upstream leaves the pool")
    func idleClosed() throws {
        let relay = try Harness()
        let client = try relay.client()
        try client.send(Self.request)
        let first = try relay.server.accept()
        _ = try first.readHead()
        try first.send("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n1")
        _ = try client.readHead()
        first.close()
        while relay.relay.measure().upstreams > 0 {}
        #expect(relay.relay.measure().idleUpstreams == 0)
    }

    @Test(
        "a connection is not used again after an ambiguous response",
        arguments: [
            "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nConnection: close\r\n\r\n1",
            "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n1surplus",
            "HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\n1",
        ])
    func notReused(response: String) throws {
        let relay = try Harness()
        let client = try relay.client()
        try client.send(Self.request)
        let upstream = try relay.server.accept()
        _ = try upstream.readHead()
        _ = try upstream.read(4)
        try upstream.send(response)
        #expect(try client.readHead().hasPrefix("HTTP/1.1 200 OK\r\n"))
        #expect(try client.read(1) == "1".bytes)
        #expect(try upstream.readToEnd() == [])
        try client.send(Self.request)
        _ = try relay.server.accept()
    }

    @Test(
        "a malformed head is a bad gateway",
        arguments: [
            "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
            "HTTP/1.1 200 OK\nContent-Length: 1\n\n", "HTTP/1.1 101 Switching Protocols\r\n\r\n",
            "garbage\r\n\r\n", "HTTP/1.1 99 x\r\n\r\n",
        ])
    func malformed(head: String) throws {
        let relay = try Harness()
        let client = try relay.client()
        try client.send(Self.request)
        let upstream = try relay.server.accept()
        _ = try upstream.readHead()
        try upstream.send(head)
        #expect(try client.readHead().hasPrefix("HTTP/1.1 502 Bad Gateway\r\n"))
        #expect(try relay.journal.ending() == .upstreamFailed(.badResponse))
    }

    @Test("a port where nobody listens is unreachable")
    func unreachable() throws {
        let port = try TestServer().port
        let relay = try Harness(
            upstream: UpstreamConfiguration(name: "gone", isTLS: false, host: "127.0.0.1", port: port))
        let client = try relay.client()
        try client.send(Self.request)
        #expect(try client.readHead().hasPrefix("HTTP/1.1 502 Bad Gateway\r\n"))
        #expect(try relay.journal.ending() == .upstreamFailed(.unreachable))
        #expect(relay.journal.failuresSeen == [.unreachable])
    }

    @Test("a name that does not resolve is a bad gateway, and the client's connection lives on")
    func unresolved() throws {
        let relay = try Harness(
            upstream: UpstreamConfiguration(
                name: "nowhere", isTLS: false, host: "nowhere.invalid", port: 80))
        let client = try relay.client()
        for number in 0..<2 {
            try client.send(Self.request)
            let head = try client.readHead()
            #expect(head.hasPrefix("HTTP/1.1 502 Bad Gateway\r\n"))
            let length = try #require(head.firstMatch(of: /Content-Length: (\d+)/)).output.1
            let body = client.text(try client.read(Int(length)!))
            #expect(body.contains("relay.name-not-resolved"))
            #expect(try relay.journal.ending(number) == .upstreamFailed(.unresolved))
        }
    }

    @Test("every address of a name is tried")
    func addresses() throws {
        // `localhost` is ::1 and 127.0.0.1 on most machines; the server listens on the latter only.
        let server = try TestServer()
        let relay = try Harness(
            upstream: UpstreamConfiguration(
                name: "local", isTLS: false, host: "localhost", port: server.port))
        let client = try relay.client()
        try client.send(Self.request)
        let upstream = try server.accept()
        #expect(try upstream.readHead().contains("Host: localhost:\(server.port)\r\n"))
    }

    @Test("an upstream that does not answer in time is a time-out")
    func headTimeout() throws {
        var limits = RelayLimits()
        limits.responseHeadTime = 1
        let relay = try Harness(limits: limits)
        let client = try relay.client()
        try client.send(Self.request)
        let upstream = try relay.server.accept()
        #expect(try client.readHead().hasPrefix("HTTP/1.1 504 Gateway Timeout\r\n"))
        #expect(try relay.journal.ending() == .upstreamFailed(.headTimeout))
        _ = try upstream.readToEnd()
    }

    @Test("a response that stops is truncated")
    func idleTimeout() throws {
        var limits = RelayLimits()
        limits.responseIdleTime = 1
        let relay = try Harness(limits: limits)
        let client = try relay.client()
        try client.send(Self.request)
        let upstream = try relay.server.accept()
        _ = try upstream.readHead()
        try upstream.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc")
        #expect(client.text(try client.readToEnd()).hasSuffix("\r\n\r\nabc"))
        #expect(try relay.journal.ending() == .truncated)
    }
}
