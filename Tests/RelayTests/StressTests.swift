// Many clients at once over two loops, every framing, settlements from another thread, clients that leave:
// each response that arrives is exactly the one that was asked for, and nothing is left behind.

import Foundation
import Relay
import Synchronization
import Testing
import Wire

/// Answers requests whose path says how: `/framing/size/seed`.
private final class StressUpstream: Sendable {
    let server: TestServer
    private let isOver = Atomic(false)

    init() throws { server = try TestServer() }

    func run() {
        let server = server
        Thread.detachNewThread { [self] in
            while !isOver.load(ordering: .acquiring), let connection = try? server.accept() {
                let descriptor = dup(connection.descriptor)
                Thread.detachNewThread { try? Self.serve(Endpoint(descriptor)) }
            }
        }
    }

    func stop() { isOver.store(true, ordering: .releasing) }

    private static func serve(_ endpoint: Endpoint) throws {
        while true {
            let head = try endpoint.readHead()
            let path = head.split(separator: " ")[1].split(separator: "/").map(String.init)
            if let match = head.firstMatch(of: /Content-Length: (\d+)/) {
                _ = try endpoint.read(Int(match.output.1)!)
            } else if head.contains("Transfer-Encoding") {
                _ = try endpoint.readChunks()
            }
            let body = payload(Int(path[1])!, Int(path[2])!)
            switch path[0] {
            case "sized":
                try endpoint.send("HTTP/1.1 200 OK\r\nContent-Length: \(body.count)\r\n\r\n".bytes + body)
            case "chunked":
                try endpoint.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
                for start in stride(from: 0, to: body.count, by: 777) {
                    let piece = body[start..<min(start + 777, body.count)]
                    try endpoint.send("\(String(piece.count, radix: 16))\r\n".bytes + piece + "\r\n".bytes)
                }
                try endpoint.send("0\r\n\r\n")
            default:
                try endpoint.send("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n".bytes + body)
                endpoint.close()
                return
            }
        }
    }
}

/// Made once: each payload is a stretch of it.
private let pattern = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }

private func payload(_ size: Int, _ seed: Int) -> [UInt8] { Array(pattern[seed..<seed + size]) }

/// Settles tickets on its own thread, in groups, as a journal's writer does.
private final class Settler: Sendable {
    private let waiting = Mutex<[Ticket]>([])
    private let count: DispatchSemaphore = DispatchSemaphore(value: 0)

    func add(_ ticket: Ticket) {
        waiting.withLock { $0.append(ticket) }
        count.signal()
    }

    func run() {
        Thread.detachNewThread { [self] in
            while true {
                count.wait()
                let group = waiting.withLock { waiting in
                    defer { waiting = [] }
                    return waiting
                }
                for ticket in group { ticket.settle(.durable) }
            }
        }
    }
}

private final class StressExchange: Exchange {
    let settler: Settler
    let ended: Atomic<Int>
    init(_ settler: Settler) {
        self.settler = settler
        ended = Atomic(0)
    }
    func begin(heldBody: Span<UInt8>?) -> Beginning { .forward(RequestEdits()) }
    func responseHead(_ head: ResponseHead) {}
    func responseBytes(_ bytes: Span<UInt8>) -> TapVerdict { .pass }
    func responseEnd(_ ending: RelayEnding, ticket: Ticket) {
        precondition(ended.add(1, ordering: .relaxed).newValue == 1, "one end per exchange")
        settler.add(ticket)
    }
}

private final class StressGateway: Gateway {
    let settler: Settler
    init(_ settler: Settler) { self.settler = settler }
    func accept(_ head: RequestHead, peer: Peer) -> Acceptance {
        .forward(
            ForwardPlan(
                upstream: 0, target: Array(head.path.utf8), holdBody: head.path.utf8.count % 2 * 5000,
                exchange: StressExchange(settler)))
    }
}

@Suite struct StressTests {
    @Test("random traffic over two loops arrives exactly")
    func traffic() throws {
        let upstream = try StressUpstream()
        upstream.run()
        defer { upstream.stop() }
        let settler = Settler()
        settler.run()
        let relay = try RelayServer.start(
            RelayConfiguration(
                listeners: [ListenerConfiguration("127.0.0.1:0")],
                upstreams: [
                    UpstreamConfiguration(
                        name: "u", isTLS: false, host: "127.0.0.1", port: upstream.server.port)
                ], loops: 2)
        ) { _ in StressGateway(settler) }
        let port = relay.ports[0]
        let failures = Mutex<[String]>([])
        let group = DispatchGroup()
        for worker in 0..<6 {
            group.enter()
            Thread.detachNewThread {
                defer { group.leave() }
                do {
                    try Self.talk(port, worker)
                } catch {
                    failures.withLock { $0.append("worker \(worker): \(error)") }
                }
            }
        }
        group.wait()
        #expect(failures.withLock { $0 } == [])
        while relay.measure().exchanges > 0 || relay.measure().clients > 0 {}
        #expect(relay.measure().buffered == 0)
        relay.drain(deadlineMilliseconds: 10_000)
        relay.wait()
    }

    private static func talk(_ port: UInt16, _ worker: Int) throws {
        var client = try Endpoint.connect(port: port)
        for round in 0..<60 {
            let seed = worker * 1000 + round
            let size = [0, 1, 100, 5_000, 70_000, 200_000][(seed &* 7) % 6]
            let framing = ["sized", "chunked", "close"][seed % 3]
            let upload = payload([0, 10, 4_000, 30_000][seed % 4], seed)
            let start = "POST /\(framing)/\(size)/\(seed) HTTP/1.1\r\nHost: r\r\n"
            if seed % 5 == 0 {
                try client.send(start + "Transfer-Encoding: chunked\r\n\r\n")
                if !upload.isEmpty {
                    try client.send("\(String(upload.count, radix: 16))\r\n".bytes + upload + "\r\n".bytes)
                }
                try client.send("0\r\n\r\n")
            } else {
                try client.send((start + "Content-Length: \(upload.count)\r\n\r\n").bytes + upload)
            }
            if seed % 11 == 0 {
                // This one leaves without waiting.
                if seed % 2 == 0 { client.reset() } else { client.close() }
                client = try Endpoint.connect(port: port)
                continue
            }
            let head = try client.readHead()
            let body: [UInt8]
            do {
                body = head.contains("chunked") ? try client.readChunks() : try client.read(size)
            } catch {
                throw TestFailure("round \(round), \(framing) \(size), \(seed) after \(head): \(error)")
            }
            guard body == payload(size, seed) else {
                throw TestFailure("round \(round): \(body.count) bytes differ from \(size)")
            }
        }
    }
}
