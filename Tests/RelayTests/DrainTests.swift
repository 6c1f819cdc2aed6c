// The relay's end: no new clients, exchanges in flight finished, and a deadline for the rest.

import Relay
import Testing
import Wire

@Suite struct DrainTests {
    private static let request = "GET / HTTP/1.1\r\nHost: r\r\n\r\n"

    @Test("exchanges in flight finish, then the relay is over")
    func finishes() throws {
        let relay = try Harness()
        let client = try relay.client()
        try client.send(Self.request)
        let upstream = try relay.server.accept()
        _ = try upstream.readHead()
        relay.relay.drain(deadlineMilliseconds: 30_000)
        _ = relay.relay.measure()
        #expect(throws: TestFailure.self) {
            let late = try relay.client()
            try late.send(Self.request)
            _ = try late.readHead()
        }
        try upstream.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        let all = client.text(try client.readToEnd())
        #expect(all == "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok")
        relay.relay.wait()
        #expect(try relay.journal.ending() == .complete)
        #expect(relay.relay.counters.clients == 0)
    }

    @Test("idle connections are closed, on both sides")
    func idle() throws {
        let relay = try Harness()
        let client = try relay.client()
        try client.send(Self.request)
        let upstream = try relay.server.accept()
        _ = try upstream.readHead()
        try upstream.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        _ = try client.readHead()
        _ = try client.read(2)
        relay.relay.drain(deadlineMilliseconds: 30_000)
        #expect(try client.readToEnd() == [])
        #expect(try upstream.readToEnd() == [])
        client.close()
        relay.relay.wait()
    }

    @Test("the deadline cuts what is left, and its record is made")
    func deadline() throws {
        let relay = try Harness()
        let client = try relay.client()
        try client.send(Self.request)
        let upstream = try relay.server.accept()
        _ = try upstream.readHead()
        try upstream.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n")
        _ = try client.readHead()
        _ = try client.readChunk()
        relay.relay.drain(deadlineMilliseconds: 1)
        relay.relay.wait()
        #expect(try relay.journal.ending() == .truncated)
        #expect(try client.readToEnd() == [])
    }

    @Test("a listener for health checks answers until the end")
    func admin() throws {
        var script = Script()
        script.answers = ["/readyz": LocalResponse(status: 503, body: "{}".bytes)]
        let relay = try Harness(
            script,
            listen: [
                ListenerConfiguration("127.0.0.1:0"),
                ListenerConfiguration("127.0.0.1:0", staysDuringDrain: true),
            ])
        let client = try relay.client()
        try client.send(Self.request)
        let upstream = try relay.server.accept()
        _ = try upstream.readHead()
        relay.relay.drain(deadlineMilliseconds: 30_000)
        _ = relay.relay.measure()
        let admin = try Endpoint.connect(port: relay.relay.ports[1])
        try admin.send("GET /readyz HTTP/1.1\r\nHost: r\r\n\r\n")
        #expect(try admin.readHead().hasPrefix("HTTP/1.1 503 Service Unavailable\r\n"))
        try upstream.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        #expect(client.text(try client.readToEnd()).hasSuffix("ok"))
        relay.relay.wait()
    }
}
