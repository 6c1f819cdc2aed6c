// What the relay refuses itself, what it answers itself, and how it ends.

import Relay
import Terms
import Testing
import Wire

@Suite struct ClientRefusalTests {
    @Test(
        "ambiguous requests are refused and the connection is closed",
        arguments: [
            (
                "POST / HTTP/1.1\r\nHost: r\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
                400
            ),
            ("GET / HTTP/1.1\r\n\r\n", 400), ("GET / HTTP/1.1\nHost: r\n\n", 400),
            ("GET / HTTP/2.0\r\nHost: r\r\n\r\n", 505), ("CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n", 501),
            ("TRACE / HTTP/1.1\r\nHost: r\r\n\r\n", 501),
            ("GET / HTTP/1.1\r\nHost: r\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n", 501),
            ("POST / HTTP/1.1\r\nHost: r\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", 400),
        ])
    func refused(request: String, status: Int) throws {
        let relay = try Harness()
        let client = try relay.client()
        try client.send(request)
        let all = client.text(try client.readToEnd())
        #expect(all.hasPrefix("HTTP/1.1 \(status) "))
        #expect(all.contains("Connection: close\r\n"))
        #expect(all.contains("{\"error\":{\"code\":\"relay."))
        #expect(relay.journal.refusalsSeen.count == 1)
        // The relay lingers until the client has closed too.
        client.close()
        while relay.relay.measure().clients > 0 {}
    }

    @Test("a head without end is refused at its limit")
    func largeHead() throws {
        let relay = try Harness()
        let client = try relay.client()
        try client.send("GET / HTTP/1.1\r\nHost: r\r\nX: " + String(repeating: "a", count: 40_000))
        #expect(try client.readHead().hasPrefix("HTTP/1.1 431 "))
    }

    @Test("a head that does not come in time is told so")
    func slowHead() throws {
        var limits = RelayLimits()
        limits.requestHeadTime = 1
        let relay = try Harness(limits: limits)
        let client = try relay.client()
        try client.send("GET / HT")
        #expect(client.text(try client.readToEnd()).hasPrefix("HTTP/1.1 408 Request Timeout\r\n"))
    }

    @Test("local answers keep the connection and throw the body away")
    func answers() throws {
        var script = Script()
        script.answers = ["/healthz": LocalResponse(status: 200, body: "{\"ok\":true}".bytes)]
        let relay = try Harness(script)
        let client = try relay.client()
        let request = "POST /healthz HTTP/1.1\r\nHost: r\r\nContent-Length: 5\r\n\r\n"
        try client.send(request + "hel")
        _ = try client.readHead()
        #expect(try client.read(11) == "{\"ok\":true}".bytes)
        try client.send("lo" + request + "again")
        _ = try client.readHead()
        #expect(try client.read(11) == "{\"ok\":true}".bytes)
        try client.send("HEAD /healthz HTTP/1.1\r\nHost: r\r\n\r\nGET /healthz HTTP/1.1\r\nHost: r\r\n\r\n")
        #expect(try client.readHead().contains("Content-Length: 11\r\n"))
        #expect(try client.readHead().hasPrefix("HTTP/1.1 200 OK\r\n"))
        #expect(try client.read(11) == "{\"ok\":true}".bytes)
    }

    @Test("a local answer to a large upload ends the connection after the answer has arrived")
    func answerToLargeUpload() throws {
        var script = Script()
        script.answers = ["/x": LocalResponse(status: 403, body: "no".bytes)]
        let relay = try Harness(script)
        let client = try relay.client()
        try client.send("POST /x HTTP/1.1\r\nHost: r\r\nContent-Length: 10000000\r\n\r\n")
        try client.send([UInt8](repeating: 0x61, count: 200_000))
        let all = client.text(try client.readToEnd())
        #expect(all.hasPrefix("HTTP/1.1 403 Forbidden\r\n"))
        #expect(all.hasSuffix("\r\n\r\nno"))
        #expect(!client.wasReset)
    }

    @Test("a long pipeline of local answers needs no deep stack")
    func longPipeline() throws {
        var script = Script()
        script.answers = ["/": LocalResponse(status: 200, body: "x".bytes)]
        let relay = try Harness(script)
        let client = try relay.client()
        let count = 3000
        try client.send(String(repeating: "GET / HTTP/1.1\r\nHost: r\r\n\r\n", count: count))
        for _ in 0..<count {
            _ = try client.readHead()
            #expect(try client.read(1) == "x".bytes)
        }
    }

    @Test("a taken port and a bad address are told apart")
    func addresses() throws {
        let server = try TestServer()
        for (text, code) in [
            ("127.0.0.1:\(server.port)", "relay.address-in-use"), ("nowhere:1", "relay.bad-address"),
            ("127.0.0.1", "relay.bad-address"), ("unix:", "relay.bad-address"),
            ("unix:/nonexistent/x.sock", "relay.cannot-listen"),
        ] {
            let error = #expect(throws: RelayError.self) {
                try RelayServer.start(
                    RelayConfiguration(listeners: [ListenerConfiguration(text)], upstreams: [])
                ) { _ in ScriptedGateway(Script(), Journal()) }
            }
            #expect(error?.diagnosis.code == code)
        }
    }
}
