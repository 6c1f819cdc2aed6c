// What happens when a limit is reached: nobody is harmed beyond what its line in RelayLimits says.

import Glibc
import Relay
import Testing
import Wire

@Suite struct LimitTests {
    private static let request = "GET / HTTP/1.1\r\nHost: r\r\n\r\n"

    @Test("beyond the limit of connections a caller waits until one closes")
    func connections() throws {
        var script = Script()
        script.answers = ["/": LocalResponse(status: 200, body: "x".bytes)]
        var limits = RelayLimits()
        limits.connections = 1
        let relay = try Harness(script, limits: limits)
        let first = try relay.client()
        try first.send(Self.request)
        _ = try first.readHead()
        _ = try first.read(1)
        let second = try relay.client()
        try second.send(Self.request)
        _ = relay.relay.measure()
        #expect(second.isSilent())
        #expect(relay.relay.measure().clients == 1)
        first.close()
        _ = try second.readHead()
        #expect(try second.read(1) == "x".bytes)
        #expect(relay.relay.measure().accepted == 2)
    }

    @Test("an idle client connection is closed after its time")
    func keepAlive() throws {
        var script = Script()
        script.answers = ["/": LocalResponse(status: 200, body: "x".bytes)]
        var limits = RelayLimits()
        limits.keepAliveTime = 1
        let relay = try Harness(script, limits: limits)
        let client = try relay.client()
        try client.send(Self.request)
        _ = try client.readHead()
        #expect(try client.readToEnd() == "x".bytes)
        #expect(!client.wasReset)
    }

    @Test("an idle upstream connection is closed after its time, and none is kept beyond their number")
    func idleUpstreams() throws {
        var limits = RelayLimits()
        limits.upstreamIdleTime = 1
        let relay = try Harness(limits: limits)
        let client = try relay.client()
        try client.send(Self.request)
        let upstream = try relay.server.accept()
        _ = try upstream.readHead()
        try upstream.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        _ = try client.readHead()
        #expect(try upstream.readToEnd() == [])

        var none = RelayLimits()
        none.idleUpstreams = 0
        let other = try Harness(limits: none)
        let caller = try other.client()
        try caller.send(Self.request)
        let closed = try other.server.accept()
        _ = try closed.readHead()
        try closed.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        #expect(try closed.readToEnd() == [])
    }

    @Test("more than is worth holding after a terminal event settles the exchange, and the rest waits")
    func heldResponse() throws {
        var script = Script()
        script.settles = nil
        script.tap = { _, _ in
            var verdict = TapVerdict()
            verdict.holdFrom = 0
            return verdict
        }
        var limits = RelayLimits()
        limits.heldResponse = 1000
        limits.terminalGrace = 600_000
        let relay = try Harness(script, limits: limits)
        let client = try relay.client()
        try client.send(Self.request)
        let upstream = try relay.server.accept()
        _ = try upstream.readHead()
        try upstream.send("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
        try upstream.send([UInt8](repeating: 0x61, count: 100_000))
        #expect(try relay.journal.ending() == .settled)
        #expect(relay.relay.measure().buffered < 1000 + Int(UInt16.max) + 1)
        try relay.journal.ticket().settle(.durable)
        _ = try client.readHead()
        #expect(try client.read(100_000) == [UInt8](repeating: 0x61, count: 100_000))
        #expect(relay.journal.endingCount == 1)
    }

    @Test("beyond the number of drains an upstream is cut with its client")
    func drains() throws {
        var limits = RelayLimits()
        limits.drains = 0
        let relay = try Harness(limits: limits)
        let client = try relay.client()
        try client.send(Self.request)
        let upstream = try relay.server.accept()
        _ = try upstream.readHead()
        client.close()
        #expect(try relay.journal.ending() == .clientGone(drained: false))
        #expect(try upstream.readToEnd() == [])
    }

    @Test("bodies beyond the sum of held ones stream instead")
    func heldBodies() throws {
        var limits = RelayLimits()
        limits.heldBodies = 0
        let relay = try Harness(limits: limits)
        let client = try relay.client()
        try client.send("POST / HTTP/1.1\r\nHost: r\r\nContent-Length: 4\r\n\r\nbody")
        let upstream = try relay.server.accept()
        _ = try upstream.readHead()
        #expect(try upstream.read(4) == "body".bytes)
        #expect(try relay.journal.body() == nil)
        #expect(relay.journal.requestSeen == "body".bytes)
    }

    @Test("informational heads without end are a bad gateway")
    func informational() throws {
        let relay = try Harness()
        let client = try relay.client()
        try client.send(Self.request)
        let upstream = try relay.server.accept()
        _ = try upstream.readHead()
        try upstream.send(String(repeating: "HTTP/1.1 102 Processing\r\n\r\n", count: 9))
        #expect(try client.readHead().hasPrefix("HTTP/1.1 502 Bad Gateway\r\n"))
    }

    @Test("a head that dribbles ends at its time, however often a byte comes")
    func slowHead() throws {
        var script = Script()
        script.answers = ["/": LocalResponse(status: 200, body: "x".bytes)]
        var limits = RelayLimits()
        limits.requestHeadTime = 100
        let relay = try Harness(script, limits: limits)
        let client = try relay.client()
        try client.send(Self.request)
        _ = try client.readHead()
        _ = try client.read(1)
        try client.send("GET /")
        var answer = pollfd(fd: client.descriptor, events: Int16(POLLIN), revents: 0)
        while poll(&answer, 1, 5) == 0 { try client.send("a") }
        #expect(try client.readHead().hasPrefix("HTTP/1.1 408 Request Timeout\r\n"))
    }
}
