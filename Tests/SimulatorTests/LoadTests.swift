import Testing

// The load generator against the simulator, and its reader against bytes cut everywhere.
@testable import Simulator

@Suite struct LoadTests {
    @Test("every stream is read to its end and every event counted")
    func load() throws {
        try withSimulator { simulator in
            var configuration = StreamLoadConfiguration()
            configuration.port = simulator.port
            configuration.connections = 5
            configuration.rounds = 3
            configuration.hints = "frames=7"
            let result = StreamLoad(configuration).run()
            #expect(result.streams == 15)
            #expect(result.failures == 0)
            #expect(result.events == 15 * (1 + 7 + 1 + 1 + 1))
            #expect(result.firstBytes.count == 15)
            #expect(simulator.wait { $0.completed == 15 && $0.connections == 0 })
        }
    }

    @Test("what is no stream is a failure of all its rounds", arguments: ["status=500", "cut=1"])
    func failures(hints: String) throws {
        try withSimulator { simulator in
            var configuration = StreamLoadConfiguration()
            configuration.port = simulator.port
            configuration.rounds = 2
            configuration.hints = hints
            let result = StreamLoad(configuration).run()
            #expect(result.streams == 0)
            #expect(result.failures == 2)
        }
    }

    @Test("events are counted alike however the bytes are cut")
    func cuts() {
        let text =
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
            + "9\r\ndata: a\n\n\r\nB;x=y\r\ndata: b\r\n\r\n\r\n4\r\n\n\n\n\n\r\n0\r\nT: t\r\n\r\n"
        let bytes = Array(text.utf8)
        for cut in 0...bytes.count {
            var reader = StreamReader()
            let first = reader.take(bytes[..<cut])
            #expect(first == (cut == bytes.count ? .ended : .more), "\(cut)")
            if cut < bytes.count { #expect(reader.take(bytes[cut...]) == .ended, "\(cut)") }
            #expect(reader.events == 4)
            #expect(reader.bytes == 9 + 11 + 4)
        }
        var reader = StreamReader()
        #expect(reader.take(Array("HTTP/1.1 404 Not Found\r\n\r\n".utf8)) == .broken)
    }
}
