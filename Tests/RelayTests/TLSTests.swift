// Upstreams inside TLS: only a verified peer of the right name gets a request.

import COpenSSL
import Relay
import Testing
import Wire

@Suite struct TLSTests {
    private static let request = "POST /v1 HTTP/1.1\r\nHost: r\r\nContent-Length: 4\r\n\r\nbody"

    private func harness(_ authority: TestAuthority, host: String, trusts: Bool = true) throws -> (
        Harness, TestServer
    ) {
        let server = try TestServer()
        let relay = try Harness(
            upstream: UpstreamConfiguration(
                name: "secure", isTLS: true, host: host, port: server.port,
                authorities: trusts ? authority.authorityFile : nil))
        return (relay, server)
    }

    @Test("a verified upstream gets the request under its name; the connection and then the session are kept")
    func verified() throws {
        let authority = try TestAuthority(name: "DNS:localhost")
        defer { authority.remove() }
        let (relay, server) = try harness(authority, host: "localhost")
        let client = try relay.client()
        try client.send(Self.request)
        let side = try TLSServerSide(authority)
        let first = try TLSEndpoint(server, side)
        #expect(first.serverName == "localhost")
        #expect(try first.read(until: "\r\n\r\n").hasPrefix("POST /v1 HTTP/1.1\r\nHost: localhost:"))
        #expect(try first.read(4) == "body".bytes)
        try first.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n".bytes)
        _ = try client.readHead()
        #expect(try client.readChunk() == "abc")
        try first.send("0\r\n\r\n".bytes)
        #expect(try client.readChunks() == [])
        // The kept connection serves again.
        try client.send(Self.request)
        _ = try first.read(until: "\r\n\r\nbody")
        try first.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok".bytes)
        _ = try client.readHead()
        #expect(try client.read(2) == "ok".bytes)
        #expect(relay.relay.measure().connects == 1)
        #expect(relay.relay.measure().idleUpstreams == 1)
        // After it is closed, the next one needs no full handshake.
        first.finish()
        while relay.relay.measure().upstreams > 0 {}
        try client.send(Self.request)
        let second = try TLSEndpoint(server, side)
        #expect(!first.wasResumed)
        #expect(second.wasResumed)
        _ = try second.read(until: "\r\n\r\nbody")
    }

    @Test("large bodies pass in both directions")
    func large() throws {
        let authority = try TestAuthority(name: "IP:127.0.0.1")
        defer { authority.remove() }
        let (relay, server) = try harness(authority, host: "127.0.0.1")
        let body = (0..<500_000).map { UInt8(truncatingIfNeeded: $0 &* 13 &+ $0 >> 9) }
        let client = try relay.client()
        try client.send("POST / HTTP/1.1\r\nHost: r\r\nContent-Length: \(body.count)\r\n\r\n")
        try client.send(body)
        let upstream = try TLSEndpoint(server, try TLSServerSide(authority))
        _ = try upstream.read(until: "\r\n\r\n")
        #expect(try upstream.read(body.count) == body)
        try upstream.send("HTTP/1.1 200 OK\r\nContent-Length: \(body.count)\r\n\r\n".bytes)
        for start in stride(from: 0, to: body.count, by: 10_000) {
            try upstream.send(Array(body[start..<start + 10_000]))
        }
        _ = try client.readHead()
        #expect(try client.read(body.count) == body)
    }

    @Test(
        "an upstream of another name, or of unknown authority, gets nothing",
        arguments: [("DNS:other.example", true), ("DNS:localhost", false), ("IP:127.0.0.1", true)])
    func refused(name: String, trusts: Bool) throws {
        let authority = try TestAuthority(name: name)
        defer { authority.remove() }
        let (relay, server) = try harness(authority, host: "localhost", trusts: trusts)
        let client = try relay.client()
        try client.send(Self.request)
        #expect(throws: TestFailure.self) {
            let upstream = try TLSEndpoint(server, try TLSServerSide(authority))
            // With TLS 1.3 the server may finish first; it must not see a byte of the request.
            _ = try upstream.read(1)
        }
        let head = try client.readHead()
        #expect(head.hasPrefix("HTTP/1.1 502 Bad Gateway\r\n"))
        #expect(try relay.journal.ending() == .upstreamFailed(.tlsFailed))
        let fault = try #require(relay.journal.faultsSeen.first)
        #expect(fault.contains(trusts ? "mismatch" : "certificate"))
    }

    @Test("a body that ends with its connection is complete only when TLS says so", arguments: [true, false])
    func closing(clean: Bool) throws {
        let authority = try TestAuthority(name: "DNS:localhost")
        defer { authority.remove() }
        let (relay, server) = try harness(authority, host: "localhost")
        let client = try relay.client()
        try client.send(Self.request)
        let upstream = try TLSEndpoint(server, try TLSServerSide(authority))
        _ = try upstream.read(until: "\r\n\r\nbody")
        try upstream.send("HTTP/1.1 200 OK\r\n\r\nabc".bytes)
        _ = try client.readHead()
        #expect(try client.readChunk() == "abc")
        if clean { upstream.finish() } else { upstream.cut() }
        #expect(try relay.journal.ending() == (clean ? .complete : .truncated))
        #expect(client.text(try client.read(clean ? 5 : 0)) == (clean ? "0\r\n\r\n" : ""))
        if !clean { #expect(try client.readToEnd() == []) }
    }

    @Test("versions before 1.2 are refused")
    func oldVersion() throws {
        let authority = try TestAuthority(name: "DNS:localhost")
        defer { authority.remove() }
        let (relay, server) = try harness(authority, host: "localhost")
        let client = try relay.client()
        try client.send(Self.request)
        #expect(throws: TestFailure.self) {
            _ = try TLSEndpoint(server, try TLSServerSide(authority, newest: TLS1_1_VERSION))
        }
        #expect(try client.readHead().hasPrefix("HTTP/1.1 502 Bad Gateway\r\n"))
    }

    @Test("a file without certificates is told at the start")
    func badFile() throws {
        let error = #expect(throws: RelayError.self) {
            try RelayServer.start(
                RelayConfiguration(
                    listeners: [],
                    upstreams: [
                        UpstreamConfiguration(
                            name: "x", isTLS: true, host: "h", port: 1, authorities: "/dev/null")
                    ])
            ) { _ in ScriptedGateway(Script(), Journal()) }
        }
        guard case .badCertificates(let upstream, let file, _) = error else {
            Issue.record("another error: \(String(describing: error))")
            return
        }
        #expect(upstream == "x")
        #expect(file == "/dev/null")
    }

    @Test("a listener with a certificate speaks TLS to its clients, and cuts what is not complete")
    func listener() throws {
        let authority = try TestAuthority(name: "DNS:localhost")
        defer { authority.remove() }
        let identity = TLSIdentity(certificate: authority.certificateFile, key: authority.keyFile)
        let relay = try Harness(listen: [ListenerConfiguration("127.0.0.1:0", identity: identity)])
        let client = try TLSEndpoint(connectingTo: relay.relay.ports[0], authority)
        let body = (0..<200_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        try client.send("POST / HTTP/1.1\r\nHost: r\r\nContent-Length: \(body.count)\r\n\r\n".bytes + body)
        let upstream = try relay.server.accept()
        _ = try upstream.readHead()
        #expect(try upstream.read(body.count) == body)
        try upstream.send("HTTP/1.1 200 OK\r\nContent-Length: \(body.count)\r\n\r\n")
        try upstream.send(body)
        _ = try client.read(until: "\r\n\r\n")
        #expect(try client.read(body.count) == body)
        // The next response breaks off: the client must not see a proper end of TLS either.
        try client.send("GET / HTTP/1.1\r\nHost: r\r\nConnection: close\r\n\r\n".bytes)
        _ = try upstream.readHead()
        try upstream.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc")
        upstream.close()
        _ = try client.read(until: "\r\n\r\nabc")
        #expect(!client.endsProperly())
        #expect(try relay.journal.ending(1) == .truncated)
        // A complete one ends properly.
        let other = try TLSEndpoint(connectingTo: relay.relay.ports[0], authority)
        try other.send("GET / HTTP/1.1\r\nHost: r\r\nConnection: close\r\n\r\n".bytes)
        let next = try relay.server.accept()
        _ = try next.readHead()
        try next.send("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc")
        _ = try other.read(until: "\r\n\r\nabc")
        #expect(other.endsProperly())
    }

    @Test("plain HTTP on a TLS listener, and a client that goes during the handshake, are just closed")
    func notTLS() throws {
        let authority = try TestAuthority(name: "DNS:localhost")
        defer { authority.remove() }
        let identity = TLSIdentity(certificate: authority.certificateFile, key: authority.keyFile)
        let relay = try Harness(listen: [ListenerConfiguration("127.0.0.1:0", identity: identity)])
        let plain = try relay.client()
        try plain.send("GET / HTTP/1.1\r\nHost: r\r\n\r\n")
        _ = try plain.readToEnd()
        let gone = try relay.client()
        try gone.send([0x16, 3, 1, 2, 0, 1])
        gone.close()
        while relay.relay.measure().clients > 0 || relay.relay.measure().accepted < 2 {}
        #expect(relay.relay.measure().requests == 0)
    }

    @Test("a key that does not belong to the certificate is told at the start")
    func badIdentity() throws {
        let authority = try TestAuthority(name: "DNS:localhost")
        let other = try TestAuthority(name: "DNS:localhost")
        defer {
            authority.remove()
            other.remove()
        }
        let identity = TLSIdentity(certificate: authority.certificateFile, key: other.keyFile)
        let error = #expect(throws: RelayError.self) {
            try RelayServer.start(
                RelayConfiguration(
                    listeners: [ListenerConfiguration("127.0.0.1:0", identity: identity)], upstreams: [])
            ) { _ in ScriptedGateway(Script(), Journal()) }
        }
        guard case .badIdentity(let file, _) = error else {
            Issue.record("another error: \(String(describing: error))")
            return
        }
        #expect(file == other.keyFile)
    }
}
