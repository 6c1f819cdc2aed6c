// One loop serves many clients with shared buffers: nothing that was made for one may reach another.

import Foundation
import Relay
import Testing

@Suite struct LeftoverTests {
    @Test("an answer made here does not stand in a response that is under way")
    func localAnswerBesideStream() throws {
        var script = Script()
        script.answers = ["/health": LocalResponse(status: 200, body: "fine".bytes)]
        let relay = try Harness(script)
        let streaming = try relay.client()
        try streaming.send("GET /stream HTTP/1.1\r\nHost: relay\r\n\r\n")
        let upstream = try relay.server.accept()
        _ = try upstream.readHead()
        try upstream.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n")
        _ = try streaming.readHead()
        #expect(try streaming.readChunk() == "abc")

        let other = try relay.client()
        try other.send("GET /health HTTP/1.1\r\nHost: relay\r\n\r\n")
        _ = try other.readHead()
        #expect(try other.read(4) == "fine".bytes)

        try upstream.send("3\r\ndef\r\n0\r\n\r\n")
        #expect(try streaming.readChunks() == "def".bytes)
    }
}
