// A client that knows for certain whether it saw the end of a response: nothing but a socket.
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
    static func post(port: UInt16, path: String, headers: String, body: String) -> Outcome {
        guard let descriptor = connect(port: port) else { return .broken }
        defer { close(descriptor) }
        let request =
            "POST \(path) HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n\(headers)"
            + "Content-Length: \(body.utf8.count)\r\nConnection: close\r\n\r\n\(body)"
        var bytes = Array(request.utf8)
        while !bytes.isEmpty {
            let count = send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL))
            guard count > 0 else { return .broken }
            bytes.removeFirst(count)
        }
        var response: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 16_384)
        while true {
            if let outcome = parse(response) { return outcome }
            let count = recv(descriptor, &buffer, buffer.count, 0)
            guard count > 0 else { return .broken }
            response.append(contentsOf: buffer[..<count])
        }
    }

    /// - Returns: nil while the response is not complete.
    private static func parse(_ bytes: [UInt8]) -> Outcome? {
        guard let end = bytes.firstRange(of: Array("\r\n\r\n".utf8)) else { return nil }
        let head = String(decoding: bytes[..<end.lowerBound], as: UTF8.self)
        let status = Int(head.dropFirst(9).prefix(3)) ?? 0
        var rest = Array(bytes[end.upperBound...])
        if let match = head.firstMatch(of: /(?i)\r\ncontent-length: (\d+)/) {
            let size = Int(match.output.1) ?? 0
            return rest.count >= size ? .complete(status: status, body: Array(rest[..<size])) : nil
        }
        guard head.lowercased().contains("transfer-encoding: chunked") else { return nil }
        var body: [UInt8] = []
        while let line = rest.firstRange(of: Array("\r\n".utf8)) {
            let text = String(decoding: rest[..<line.lowerBound], as: UTF8.self)
            guard let size = Int(text, radix: 16) else { return .broken }
            guard rest.count >= line.upperBound + size + 2 else { return nil }
            if size == 0 { return .complete(status: status, body: body) }
            body.append(contentsOf: rest[line.upperBound..<line.upperBound + size])
            rest.removeFirst(line.upperBound + size + 2)
        }
        return nil
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
