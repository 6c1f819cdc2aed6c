// Each phase of a request has its own time, and what happens when it is over is told to the client where
// there still is one to tell. The head's own time stands in ClientRefusalTests, the idle ones of
// connections in LimitTests, and those of the response in UpstreamFailureTests.

import Glibc
import Relay
import Testing

@Suite struct TimeoutTests {
    private static let request = "GET / HTTP/1.1\r\nHost: r\r\n\r\n"

    @Test("a body that stops coming ends the connection, held or streamed", arguments: [0, 1 << 20])
    func body(hold: Int) throws {
        var script = Script()
        script.holdBody = hold
        var limits = RelayLimits()
        limits.requestIdleTime = 1
        let relay = try Harness(script, limits: limits)
        let client = try relay.client()
        try client.send("POST / HTTP/1.1\r\nHost: r\r\nContent-Length: 10\r\n\r\nabc")
        #expect(try client.readToEnd() == [])
        #expect(try relay.journal.ending() == .clientGone(drained: false))
    }

    @Test(
        "a body that comes slower than it must ends the connection, however often a byte comes",
        arguments: [0, 1 << 20])
    func rate(hold: Int) throws {
        var script = Script()
        script.holdBody = hold
        var limits = RelayLimits()
        limits.requestIdleTime = 100
        // More than single bytes can reach, so that no clock is needed here.
        limits.requestBodyRate = 1 << 30
        let relay = try Harness(script, limits: limits)
        let client = try relay.client()
        try client.send("POST / HTTP/1.1\r\nHost: r\r\nContent-Length: 1048576\r\n\r\n")
        var sent = 0
        while sent < 1 << 20, (try? client.send("a")) != nil { sent += 1 }
        #expect(sent < 1 << 20)
        #expect(try relay.journal.ending() == .clientGone(drained: false))
    }

    @Test("a client that does not read counts as gone")
    func stall() throws {
        var script = Script()
        script.drainLimit = nil
        var limits = RelayLimits()
        limits.clientStallTime = 1
        let relay = try Harness(script, limits: limits)
        let client = try Endpoint.connect(port: relay.relay.ports[0], receiveBuffer: 4096)
        try client.send(Self.request)
        let upstream = try relay.server.accept()
        _ = try upstream.readHead()
        let size = 64 << 20
        try upstream.send("HTTP/1.1 200 OK\r\nContent-Length: \(size)\r\n\r\n")
        // More than all buffers on the way hold; what is not taken after the client is gone does not matter.
        let piece = [UInt8](repeating: 0x61, count: 1 << 20)
        for _ in 0..<64 where (try? upstream.send(piece)) == nil { break }
        guard case .clientGone = try relay.journal.ending() else {
            Issue.record("ended otherwise")
            return
        }
    }

    @Test("an upstream that takes no connection is a time-out of its own")
    func connect() throws {
        // A listener whose queue is full drops what comes, as an address where nobody is.
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(listener) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        try withUnsafeMutablePointer(to: &address) { pointer in
            try pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                try #require(bind(listener, $0, length) == 0)
                try #require(listen(listener, 0) == 0)
                try #require(getsockname(listener, $0, &length) == 0)
            }
        }
        var waiting: [Int32] = []
        defer { for descriptor in waiting { close(descriptor) } }
        for _ in 0..<4 {
            let flags = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
            let descriptor = socket(AF_INET, flags, 0)
            waiting.append(descriptor)
            withUnsafePointer(to: address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    _ = Glibc.connect(descriptor, $0, length)
                }
            }
        }
        var limits = RelayLimits()
        limits.connectTime = 1
        let relay = try Harness(
            limits: limits,
            upstream: UpstreamConfiguration(
                name: "full", isTLS: false, host: "127.0.0.1", port: UInt16(bigEndian: address.sin_port)))
        let client = try relay.client()
        try client.send(Self.request)
        #expect(try client.readHead().hasPrefix("HTTP/1.1 504 Gateway Timeout\r\n"))
        #expect(try relay.journal.ending() == .upstreamFailed(.connectTimeout))
    }

    @Test("an exchange has a time as a whole")
    func whole() throws {
        var limits = RelayLimits()
        limits.exchangeTime = 1
        let relay = try Harness(limits: limits)
        let client = try relay.client()
        try client.send(Self.request)
        #expect(try client.readHead().hasPrefix("HTTP/1.1 504 Gateway Timeout\r\n"))
        #expect(try relay.journal.ending() == .upstreamFailed(.wholeTimeout))
    }
}
