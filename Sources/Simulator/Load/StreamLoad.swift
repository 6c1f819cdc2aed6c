// Load of many streams at once: connections that each ask for an event stream, read it to its end, and ask
// again. One thread and one epoll; the benchmark pins it beside the simulator, away from the proxy.

import CLinux
import Glibc

/// What to load and how much of it.
public struct StreamLoadConfiguration: Sendable {
    /// Port on 127.0.0.1.
    public var port: UInt16 = 0
    public var path = "/v1/chat/completions"
    /// Connections held open at the same time.
    public var connections = 1
    /// Streams that each connection reads, one after another.
    public var rounds = 1
    /// Bytes of each request's body.
    public var bodyBytes = 2048
    /// Hints to the simulator: `frames=100,pace=20000`.
    public var hints = ""
    /// Seconds after which the rest counts as failed.
    public var patience = 120

    public init() {}
}

/// What came back.
public struct StreamLoadResult: Hashable, Sendable {
    public var streams = 0
    public var failures = 0
    public var events = 0
    public var bytes = 0
    /// Nanoseconds from the first connection to the last end.
    public var nanoseconds: UInt64 = 0
    /// Nanoseconds from request to first byte, in the order of arrival.
    public var firstBytes: [UInt64] = []
}

/// One run of load.
public final class StreamLoad {
    private struct Client {
        var reader = StreamReader()
        var left: Int
        var asked: UInt64 = 0
        var waitsForFirst = true
        var unsent = 0
    }

    private let configuration: StreamLoadConfiguration
    private let request: [UInt8]
    private let epoll: Int32
    private var clients: [Int32: Client] = [:]
    private var result = StreamLoadResult()
    private var buffer = [UInt8](repeating: 0, count: SimulatorLimits.readBytes)

    public init(_ configuration: StreamLoadConfiguration) {
        self.configuration = configuration
        request = Self.request(configuration)
        epoll = epoll_create1(Int32(EPOLL_CLOEXEC))
    }

    deinit { close(epoll) }

    /// A chat completion that asks for a stream, filled up to the wanted size.
    private static func request(_ configuration: StreamLoadConfiguration) -> [UInt8] {
        // Usage is asked for, so that proxies that ask by themselves and others get the same bytes.
        let start =
            #"{"model":"gpt-4o-mini","stream":true,"stream_options":{"include_usage":true},"#
            + #""messages":[{"role":"user","content":""#
        let end = #""}]}"#
        let filler = Filler.text(max(0, configuration.bodyBytes - start.utf8.count - end.utf8.count))
        let body = start + filler + end
        let hints = configuration.hints.split(separator: ",").map { hint in
            let parts = hint.split(separator: "=", maxSplits: 1)
            return "x-sim-\(parts[0]): \(parts.count > 1 ? parts[1] : "")\r\n"
        }
        let head = """
            POST \(configuration.path) HTTP/1.1\r\nHost: 127.0.0.1:\(configuration.port)\r\n\
            Content-Type: application/json\r\nAuthorization: Bearer sk-simulated\r\n\(hints.joined())\
            Content-Length: \(body.utf8.count)\r\n\r\n
            """
        return Array((head + body).utf8)
    }

    /// Blocks until every stream has ended or failed.
    public func run() -> StreamLoadResult {
        let start = monotonicNanoseconds()
        let deadline = start + UInt64(configuration.patience) * 1_000_000_000
        for _ in 0..<configuration.connections {
            open()
            // Connections made while reading keep the accept queue short.
            turn(milliseconds: 0)
        }
        while !clients.isEmpty, monotonicNanoseconds() < deadline { turn(milliseconds: 100) }
        for (socket, client) in clients {
            result.failures += client.left
            close(socket)
        }
        clients = [:]
        result.nanoseconds = monotonicNanoseconds() - start
        return result
    }

    private func open() {
        let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = configuration.port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        let size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let failed = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(socket, $0, size) }
        }
        guard socket >= 0, failed == 0 else {
            result.failures += configuration.rounds
            if socket >= 0 { close(socket) }
            return
        }
        var one: Int32 = 1
        setsockopt(socket, Int32(IPPROTO_TCP), TCP_NODELAY, &one, 4)
        clinux_set_flags(socket, clinux_get_flags(socket) | O_NONBLOCK)
        let interest = EPOLLIN.rawValue | EPOLLOUT.rawValue | EPOLLRDHUP.rawValue | EPOLLET.rawValue
        clinux_epoll_ctl(epoll, EPOLL_CTL_ADD, socket, interest, UInt64(UInt32(bitPattern: socket)))
        clients[socket] = Client(left: configuration.rounds)
        ask(socket)
    }

    private func turn(milliseconds: Int32) {
        var events = [epoll_event](repeating: epoll_event(), count: SimulatorLimits.eventsPerTurn)
        let count = epoll_wait(epoll, &events, Int32(events.count), milliseconds)
        for index in 0..<max(0, Int(count)) {
            let socket = Int32(truncatingIfNeeded: clinux_event_data(&events, Int32(index)))
            guard let client = clients[socket] else { continue }
            if client.unsent > 0 { send(socket) }
            // What came with the connection's end is read up to that end: no other event will tell of it.
            let bits = clinux_event_bits(&events, Int32(index))
            read(socket, untilEnd: bits & (EPOLLRDHUP.rawValue | EPOLLHUP.rawValue) != 0)
        }
    }

    private func ask(_ socket: Int32) {
        clients[socket]?.asked = monotonicNanoseconds()
        clients[socket]?.waitsForFirst = true
        clients[socket]?.unsent = request.count
        send(socket)
    }

    private func send(_ socket: Int32) {
        guard let unsent = clients[socket]?.unsent, unsent > 0 else { return }
        let count = request.withUnsafeBytes { bytes in
            Glibc.send(socket, bytes.baseAddress! + (bytes.count - unsent), unsent, Int32(MSG_NOSIGNAL))
        }
        if count > 0 { clients[socket]?.unsent = unsent - count }
    }

    private func read(_ socket: Int32, untilEnd: Bool) {
        while clients[socket] != nil {
            let count = recv(socket, &buffer, buffer.count, 0)
            if count < 0, clinux_errno() == EAGAIN || clinux_errno() == EINTR { return }
            guard count > 0 else { return fail(socket) }
            let now = monotonicNanoseconds()
            if clients[socket]?.waitsForFirst == true, let asked = clients[socket]?.asked {
                clients[socket]?.waitsForFirst = false
                result.firstBytes.append(now - asked)
            }
            switch clients[socket]?.reader.take(buffer[..<count]) {
            case .more?, nil: break
            case .broken?: return fail(socket)
            case .ended?: ended(socket)
            }
            if count < buffer.count, !untilEnd { return }
        }
    }

    private func ended(_ socket: Int32) {
        result.streams += 1
        clients[socket]?.left -= 1
        if clients[socket]?.left == 0 { finish(socket) } else { ask(socket) }
    }

    private func fail(_ socket: Int32) {
        result.failures += clients[socket]?.left ?? 0
        finish(socket)
    }

    private func finish(_ socket: Int32) {
        guard let client = clients.removeValue(forKey: socket) else { return }
        result.events += client.reader.events
        result.bytes += client.reader.bytes
        close(socket)
    }
}
