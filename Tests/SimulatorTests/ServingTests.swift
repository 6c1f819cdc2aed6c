// How answers are sent: pacing, holds, cuts, pieces, codings, the journal, replay, and bad requests.
import CLinux
import Foundation
import Glibc
import Simulator
import Testing

@Suite struct ServingTests {
    static let chat = "/v1/chat/completions"
    static let stream = #"{"model":"gpt-4o-mini","stream":true}"#

    private func temporaryFile(_ text: String? = nil) throws -> String {
        let path = NSTemporaryDirectory() + "tollbook-simulator-\(UUID().uuidString)"
        if let text { try text.write(toFile: path, atomically: true, encoding: .utf8) }
        return path
    }

    @Test("a held stream stops after its frames and goes on when it is released")
    func hold() throws {
        try withSimulator { simulator in
            let client = try RawClient(simulator)
            client.post(Self.chat, Self.stream, ["x-sim-hold": "2", "x-sim-frames": "4"])
            _ = try client.head()
            for _ in 0..<3 { _ = try #require(client.chunk()) }  // the opening and two words
            #expect(simulator.wait { $0.held == 1 })
            simulator.releaseHeld()
            var rest: [[UInt8]] = []
            while let chunk = client.chunk(), !chunk.isEmpty { rest.append(chunk) }
            #expect(rest.count == 4)
            #expect(simulator.wait { $0.held == 0 && $0.completed == 1 })
        }
    }

    @Test("paced frames never come early: four gaps of 5 ms take at least 20 ms")
    func pacing() throws {
        try withSimulator { simulator in
            let client = try RawClient(simulator)
            let clock = ContinuousClock()
            let start = clock.now
            client.post(
                Self.chat, Self.stream, ["x-sim-pace": "5000", "x-sim-frames": "5", "x-sim-first": "3"])
            let response = try client.response()
            #expect(clock.now - start >= .milliseconds(23))
            #expect(response.frames.count == 1 + 5 + 1 + 1)
        }
    }

    @Test("a cut breaks the connection without an end")
    func cut() throws {
        try withSimulator { simulator in
            let client = try RawClient(simulator)
            client.post(Self.chat, Self.stream, ["x-sim-cut": "3"])
            let response = try client.response()
            #expect(response.frames.count == 1 + 3)
            #expect(!response.isWhole)
            #expect(client.isAtEnd)
            let other = try RawClient(simulator)
            other.post(Self.chat, "{}", ["x-sim-cut": "0"])
            #expect(try !other.response().isWhole)
        }
    }

    @Test("pieces change the framing and not a byte of the body", arguments: [1, 2, 3])
    func pieces(seed: Int) throws {
        try withSimulator { simulator in
            let client = try RawClient(simulator)
            let fields = ["x-sim-id": "same"]
            client.post(Self.chat, Self.stream, fields)
            let whole = try client.response()
            client.post(Self.chat, Self.stream, fields.merging(["x-sim-pieces": "\(seed)"]) { a, _ in a })
            let cut = try client.response()
            #expect(cut.body == whole.body)
            #expect(cut.pieces.count > whole.pieces.count * 2)
            client.post(Self.chat, "{}", fields.merging(["x-sim-pieces": "\(seed)"]) { a, _ in a })
            #expect(try client.response().isWhole)
        }
    }

    @Test("gzip comes when the client takes it, and unpacks to the plain answer", arguments: [false, true])
    func gzip(stream: Bool) throws {
        try withSimulator { simulator in
            let client = try RawClient(simulator)
            let body = stream ? Self.stream : #"{"model":"gpt-4o-mini"}"#
            client.post(Self.chat, body, ["x-sim-id": "same"])
            let plain = try client.response().body
            client.post(Self.chat, body, ["x-sim-id": "same", "x-sim-gzip": "accepted"])
            #expect(try client.response().field("content-encoding") == nil)
            client.post(
                Self.chat, body, ["x-sim-id": "same", "x-sim-gzip": "accepted", "accept-encoding": "gzip"])
            let packed = try client.response()
            #expect(packed.field("content-encoding") == "gzip")
            #expect(!packed.body.contains("choices"))
            #expect(try unpack(packed.pieces.flatMap { $0 }) == plain)
        }
    }

    /// The system's gzip is the judge.
    private func unpack(_ bytes: [UInt8]) throws -> String {
        let path = try temporaryFile() + ".gz"
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        defer { try? FileManager.default.removeItem(atPath: path) }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["gzip", "-dc", path]
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        return String(decoding: data, as: UTF8.self)
    }

    @Test("keep-alive, pipelining, chunked and announced bodies")
    func requests() throws {
        try withSimulator { simulator in
            let client = try RawClient(simulator)
            let one = "POST \(Self.chat) HTTP/1.1\r\nHost: s\r\nContent-Length: 2\r\n\r\n{}"
            client.send(one + one + one)
            for _ in 0..<3 { #expect(try client.response().status == 200) }
            client.send("POST \(Self.chat) HTTP/1.1\r\nHost: s\r\nTransfer-Encoding: chunked\r\n\r\n")
            client.send("8\r\n{\"model\"\r\n5;x=y\r\n:\"m\"}\r\n0\r\nTrailer: t\r\n\r\n")
            #expect(try client.response().body.contains(#""model":"m""#))
            client.send(
                "POST \(Self.chat) HTTP/1.1\r\nHost: s\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n")
            #expect(try client.head().status == 100)
            client.send("{}")
            #expect(try client.response().status == 200)
            #expect(simulator.wait { $0.requests == 5 && $0.completed == 5 && $0.connections == 1 })
        }
    }

    @Test(
        "what is no clean HTTP is refused and the connection ends",
        arguments: [
            ("GET / HTTP/2\r\nHost: s\r\n\r\n", 505), ("GET /\r\n\r\n", 400),
            ("GET / HTTP/1.1\r\n\r\n", 400), ("GET / HTTP/1.1\r\nHost: s\r\nHost: t\r\n\r\n", 400),
            ("POST / HTTP/1.1\r\nHost: s\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", 400),
            ("POST / HTTP/1.1\r\nHost: s\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
            ("POST / HTTP/1.1\r\nHost: s\r\nTransfer-Encoding: gzip\r\n\r\n", 400),
            ("POST / HTTP/1.1\r\nHost: s\r\nTransfer-Encoding: chunked\r\n\r\nz\r\n", 400),
            ("POST / HTTP/1.1\r\nHost: s\r\nContent-Length : 1\r\n\r\n", 400),
            ("POST / HTTP/1.1\r\nHost: s\r\nContent-Length: +1\r\n\r\n", 400),
            ("GET / HTTP/1.1\r\nHost: s\r\nX: " + String(repeating: "x", count: 70_000), 431),
        ])
    func refusals(request: String, status: Int) throws {
        try withSimulator { simulator in
            let client = try RawClient(simulator)
            client.send(request)
            #expect(try client.response().status == status)
            #expect(client.isAtEnd)
        }
    }

    @Test(
        "a hint with a typing error is an error, not a default",
        arguments: ["inptu=1", "input=x", "usage=often", "x"])
    func mistakes(hint: String) throws {
        try withSimulator { simulator in
            let client = try RawClient(simulator)
            client.post(Self.chat, #"{"simulate":"\#(hint)"}"#)
            let response = try client.response()
            #expect(response.status == 400)
            #expect(response.body.contains("hint"))
        }
    }

    @Test("the journal has one line for each answer, complete or not, before the client sees the end")
    func journal() throws {
        var configuration = SimulatorConfiguration()
        let path = try temporaryFile()
        configuration.journal = path
        configuration.seed = 0xabc
        defer { unlink(path) }
        try withSimulator(configuration) { simulator in
            let client = try RawClient(simulator)
            client.post(
                Self.chat, Self.stream, ["x-sim-input": "9", "x-sim-output": "4", "x-sim-frames": "1"])
            let bytes = try client.response().body.utf8.count
            let first = try #require(
                String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").first)
            // The line is older than the last frame, "data: [DONE]" and its blank line: 14 bytes.
            #expect(
                first == """
                    {"seq":1,"id":"chatcmpl-sim00000abc00000001","dialect":"openai/chat",\
                    "model":"gpt-4o-mini","status":200,"stream":true,"completed":true,\
                    "bytes":\(bytes - 14),"billed":{"input":9,"cached":0,"write":0,"write1h":0,\
                    "tool":0,"output":4,"reasoning":0,"searches":0}}
                    """)
            client.post(Self.chat, "{}", ["x-sim-status": "500"])
            _ = try client.response()
            client.post(Self.chat, Self.stream, ["x-sim-hold": "1"])
            #expect(simulator.wait { $0.held == 1 })
            client.hangUp()
            #expect(simulator.wait { $0.aborted == 1 })
        }
        let lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n")
        #expect(lines.count == 3)
        #expect(lines[1].contains(#""status":500,"stream":false,"completed":true"#))
        #expect(lines[1].hasSuffix(#""billed":null}"#))
        #expect(lines[2].contains(#""completed":false"#))
    }

    @Test("recorded exchanges come back by id, byte for byte")
    func replay() throws {
        let lines = [
            #"{"id":"a","stream":false,"response":{"status":201,"headers":{"X-One":"1","#
                + #""content-length":"9"},"body":"{\"é\":\"\\n\"}"}}"#,
            #"{"id":"b","stream":true,"response":{"status":200,"headers":{},"body_b64":"AAECAw=="}}"#,
            #"{"id":"d","stream":true,"response":{"status":200,"headers":{},"body":""#
                + String(repeating: "data: 1 ", count: 60) + #""}}"#,
            "not json",
        ]
        var configuration = SimulatorConfiguration()
        let path = try temporaryFile(lines.joined(separator: "\n"))
        configuration.recordings = path
        defer { unlink(path) }
        try withSimulator(configuration) { simulator in
            let client = try RawClient(simulator)
            client.post("/anything/at/all", "{}", ["x-sim-exchange": "a"])
            let first = try client.response()
            #expect(first.status == 201)
            #expect(first.field("x-one") == "1")
            #expect(first.field("content-length") == "11")
            #expect(first.body == #"{"é":"\n"}"#)
            client.post("/x/y", "{}", ["x-sim-exchange": "b", "x-sim-pieces": "7"])
            let second = try client.response()
            #expect(second.field("transfer-encoding") == "chunked")
            #expect(second.pieces.flatMap { $0 } == [0, 1, 2, 3])
            client.post("/x/y", "{}", ["x-sim-exchange": "d", "x-sim-pieces": "7"])
            let cut = try client.response()
            #expect(cut.pieces.count >= 480 / SimulatorLimits.pieceBytes)
            #expect(cut.body == String(repeating: "data: 1 ", count: 60))
            client.post("/x/y", "{}", ["x-sim-exchange": "c"])
            #expect(try client.response().status == 404)
        }
    }

    @Test("a thousand paced streams at once all end whole")
    func manyStreams() throws {
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(UInt32(RLIMIT_NOFILE.rawValue)), &limit)
        let count = limit.rlim_cur >= 4096 ? 1000 : 200
        try withSimulator { simulator in
            var clients: [RawClient] = []
            for _ in 0..<count {
                let client = try RawClient(simulator)
                client.post(
                    Self.chat, Self.stream, ["x-sim-pace": "1000", "x-sim-frames": "10", "x-sim-hold": "1"])
                clients.append(client)
            }
            #expect(simulator.wait { $0.held == count })
            simulator.releaseHeld()
            for client in clients { #expect(try client.response().isWhole) }
            #expect(simulator.wait { $0.completed == count && $0.frames == count * 10 })
        }
    }
}
