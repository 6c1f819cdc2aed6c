// A client that knows for certain whether it saw the end of a response: nothing but a socket.
import CLinux
import Foundation

struct HTTPClient {
    enum Outcome {
        /// The whole response, as its framing says.
        case complete(status: Int, body: [UInt8])
        /// The connection broke, before or within the response.
        case broken
    }

    static func canConnect(port: UInt16) -> Bool {
        guard let descriptor = connect(port: port) else { return false }
        close(descriptor)
        return true
    }

    static func listenAnywhere() throws -> (descriptor: Int32, port: UInt16) {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = loopback(port: 0)
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let bound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                bind(descriptor, generic, size) == 0 && getsockname(descriptor, generic, &size) == 0
            }
        }
        guard bound else { throw Deployment.Failure(description: "no free port") }
        return (descriptor, UInt16(bigEndian: address.sin_port))
    }

    /// One request on a connection of its own.
    ///
    /// - Parameters:
    ///   - leaveAfter: bytes of the response after which the client is gone.
    ///   - bytesAtOnce: how much it reads at a time.
    static func post(
        port: UInt16, path: String, headers: String, body: String, method: String = "POST",
        leaveAfter: Int = .max, bytesAtOnce: Int = 16_384
    ) -> Outcome {
        guard let descriptor = connect(port: port) else { return .broken }
        defer { close(descriptor) }
        let request =
            "\(method) \(path) HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n\(headers)"
            + "Content-Length: \(body.utf8.count)\r\nConnection: close\r\n\r\n\(body)"
        let bytes = Array(request.utf8)
        // A few hundred bytes fit the socket's buffer whole.
        guard send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count else { return .broken }
        var response = ResponseReader()
        var buffer = [UInt8](repeating: 0, count: bytesAtOnce)
        var received = 0
        while true {
            let count = recv(descriptor, &buffer, buffer.count, 0)
            received += max(0, count)
            guard count > 0, received < leaveAfter else { return .broken }
            if let outcome = response.take(buffer[..<count]) { return outcome }
        }
    }

    /// Sends a request and does not wait for anything.
    ///
    /// - Returns: the connection, for the caller to close; nil when there was none.
    static func sendOnly(port: UInt16, path: String, body: String) -> Int32? {
        guard let descriptor = connect(port: port) else { return nil }
        let request =
            "POST \(path) HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
            + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
        let bytes = Array(request.utf8)
        guard send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count else {
            close(descriptor)
            return nil
        }
        return descriptor
    }

    private static func connect(port: UInt16) -> Int32? {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = loopback(port: port)
        let connected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Foundation.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
        if connected { return descriptor }
        close(descriptor)
        return nil
    }

    private static func loopback(port: UInt16) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        return address
    }
}

/// Reads one response as it arrives. Searching is libc's: a debug build of Swift's own search would be the
/// slowest part of the test.
private struct ResponseReader {
    private enum Framing {
        case unknown
        case sized(Int)
        case chunked
    }
    private var bytes: [UInt8] = []
    private var cursor = 0
    private var status = 0
    private var framing = Framing.unknown
    private var body: [UInt8] = []

    /// - Returns: nil while the response is not complete.
    mutating func take(_ piece: ArraySlice<UInt8>) -> HTTPClient.Outcome? {
        bytes.append(contentsOf: piece)
        if case .unknown = framing {
            guard let end = find("\r\n\r\n", from: 0) else { return nil }
            let head = String(decoding: bytes[..<end], as: UTF8.self).lowercased()
            status = Int(head.dropFirst(9).prefix(3)) ?? 0
            cursor = end + 4
            if let match = head.firstMatch(of: /\r\ncontent-length: (\d+)/) {
                framing = .sized(Int(match.output.1) ?? 0)
            } else {
                guard head.contains("transfer-encoding: chunked") else { return .broken }
                framing = .chunked
            }
        }
        if case .sized(let size) = framing {
            guard bytes.count - cursor >= size else { return nil }
            return .complete(status: status, body: Array(bytes[cursor..<cursor + size]))
        }
        while let line = find("\r\n", from: cursor) {
            guard let size = Int(String(decoding: bytes[cursor..<line], as: UTF8.self), radix: 16) else {
                return .broken
            }
            guard bytes.count >= line + 4 + size else { return nil }
            if size == 0 { return .complete(status: status, body: body) }
            body.append(contentsOf: bytes[line + 2..<line + 2 + size])
            cursor = line + 4 + size
        }
        return nil
    }

    private func find(_ text: String, from start: Int) -> Int? {
        bytes.withUnsafeBytes { all in
            guard let base = all.baseAddress, start <= all.count else { return nil }
            var text = text
            return text.withUTF8 { needle in
                clinux_find(base + start, all.count - start, needle.baseAddress, needle.count)
                    .map { UnsafeRawPointer($0) - base }
            }
        }
    }
}
