// A client of a few lines over a blocking socket, so that the tests see every byte of an answer: head,
// chunks as they were framed, and how the connection ended.
import CLinux
import Glibc
import Simulator
import Testing

final class RawClient {
    private let socket: Int32
    private var buffer: [UInt8] = []

    init(_ simulator: Simulator) throws {
        socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = simulator.port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        let size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let failed = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(socket, $0, size) }
        }
        try #require(failed == 0)
        // A simulator that never answers fails the test instead of hanging it.
        var patience = timeval(tv_sec: 20, tv_usec: 0)
        setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
    }

    deinit { close(socket) }

    func send(_ text: String) {
        let bytes = Array(text.utf8)
        #expect(Glibc.send(socket, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count)
    }

    func post(_ path: String, _ body: String, _ fields: [String: String] = [:]) {
        let extra = fields.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)\r\n" }.joined()
        send(
            "POST \(path) HTTP/1.1\r\nHost: sim\r\nContent-Length: \(body.utf8.count)\r\n\(extra)\r\n\(body)")
    }

    /// Ends the sending side abruptly, as an aborting client does.
    func hangUp() { shutdown(socket, Int32(SHUT_RDWR)) }

    /// One answer with its framing undone.
    struct Response {
        var status = 0
        var fields: [(name: String, value: String)] = []
        /// The body, in the pieces in which it was framed.
        var pieces: [[UInt8]] = []
        /// The body's end came as its framing promises.
        var isWhole = false

        var body: String { String(decoding: pieces.joined(), as: UTF8.self) }
        var frames: [String] { pieces.map { String(decoding: $0, as: UTF8.self) } }
        func field(_ name: String) -> String? { fields.first { $0.name.lowercased() == name }?.value }
    }

    func response() throws -> Response {
        var response = try head()
        if response.field("transfer-encoding") == "chunked" {
            while let piece = chunk() {
                if piece.isEmpty {
                    response.isWhole = true
                    break
                }
                response.pieces.append(piece)
            }
        } else if let length = response.field("content-length").flatMap({ Int($0) }) {
            while buffer.count < length, fill() {}
            response.isWhole = buffer.count >= length
            response.pieces = [Array(buffer.prefix(length))]
            buffer.removeFirst(min(length, buffer.count))
        } else {
            while fill() {}
            response.isWhole = true
            response.pieces = [buffer]
            buffer = []
        }
        return response
    }

    /// The next chunk's payload, empty for the last one, nil when the connection ended before.
    func chunk() -> [UInt8]? {
        guard let line = line(), let size = Int(line, radix: 16) else { return nil }
        while buffer.count < size + 2 { if !fill() { return nil } }
        let payload = Array(buffer[..<size])
        buffer.removeFirst(size + 2)
        return payload
    }

    func head() throws -> Response {
        var response = Response()
        let first = try #require(line()).split(separator: " ")
        response.status = try #require(Int(first[1]))
        while let line = line(), !line.isEmpty {
            let parts = line.split(separator: ":", maxSplits: 1)
            response.fields.append((String(parts[0]), String(parts[1].dropFirst())))
        }
        return response
    }

    var isAtEnd: Bool { buffer.isEmpty && !fill() }

    private func line() -> String? {
        while true {
            if let end = buffer.firstIndex(of: 10) {
                let text = String(decoding: buffer[..<max(0, end - 1)], as: UTF8.self)
                buffer.removeFirst(end + 1)
                return text
            }
            if !fill() { return nil }
        }
    }

    private func fill() -> Bool {
        var bytes = [UInt8](repeating: 0, count: 65_536)
        let count = recv(socket, &bytes, bytes.count, 0)
        if count > 0 { buffer.append(contentsOf: bytes[..<count]) }
        return count > 0
    }
}

/// Runs a body against a simulator of its own.
func withSimulator(
    _ configuration: SimulatorConfiguration = SimulatorConfiguration(), _ body: (Simulator) throws -> Void
) throws {
    let simulator = try Simulator.start(configuration)
    defer { simulator.stop() }
    try body(simulator)
}
