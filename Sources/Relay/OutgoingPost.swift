// One request of our own to somebody else's server: a POST with a small body, of whose answer only the status
// matters. It blocks its thread, verifies TLS as upstreams are verified, and has nothing to do with the
// loops.

import CLinux
import COpenSSL
import Glibc

/// A message to a webhook.
public struct OutgoingPost: Sendable {
    /// Why there was no answer.
    public struct Failure: Error, Hashable, Sendable {
        public let reason: String
    }

    let isTLS: Bool
    let host: String
    let port: UInt16
    let path: String
    let fields: [(name: String, value: String)]
    let body: [UInt8]

    /// Bytes of an answer in which its status must stand.
    private static let answerLimit = 16 << 10

    /// - Parameters:
    ///   - host: without brackets.
    ///   - path: begins with a slash, and has no blanks or control characters.
    ///   - fields: names and values without control characters.
    public init(
        isTLS: Bool, host: String, port: UInt16, path: String, fields: [(name: String, value: String)],
        body: [UInt8]
    ) {
        self.isTLS = isTLS
        self.host = host
        self.port = port
        self.path = path
        self.fields = fields
        self.body = body
    }

    /// Sends it.
    ///
    /// - Parameter milliseconds: for everything but the look-up of the name.
    /// - Returns: the status of the answer. Redirections are not followed.
    public func send(milliseconds: Int) -> Result<Int, Failure> {
        let addresses = SocketAddress(host: host, port: port).map { [$0] } ?? Resolver.lookUp(host, port)
        guard !addresses.isEmpty else { return .failure(Failure(reason: "the name is not known")) }
        let deadline = MonotonicClock.now() + Int64(milliseconds)
        var last = Failure(reason: "no connection")
        for address in addresses {
            if address.isRefused(of: host) {
                last = Failure(reason: "the name leads to \(address.hostText), which no name may mean")
                continue
            }
            var address = address
            let descriptor = clinux_connect(&address.storage, address.length)
            guard descriptor >= 0 else { continue }
            guard let connection = connection(descriptor) else {
                close(descriptor)
                return .failure(Failure(reason: "TLS cannot be set up"))
            }
            defer { connection.close(reset: false) }
            do throws(Failure) {
                try Self.wait(descriptor, Int16(POLLOUT), until: deadline)
                guard Self.isConnected(descriptor) else { continue }
                return .success(try exchange(connection, until: deadline))
            } catch {
                last = error
            }
        }
        return .failure(last)
    }

    /// - Returns: nil when OpenSSL has no memory or no authorities.
    private func connection(_ descriptor: Int32) -> UpstreamConnection? {
        guard isTLS else { return UpstreamConnection(descriptor, generation: 0, upstream: 0) }
        guard let context = try? TLSContext.client(upstream: host, authorities: nil) else { return nil }
        return TLSUpstream.open(
            descriptor, generation: 0, upstream: 0, host: host, context: context,
            resumption: TLSResumption())
    }

    private func exchange(
        _ connection: UpstreamConnection, until deadline: Int64
    ) throws(Failure) -> Int {
        while true {
            let state = connection.secure()
            if state == .ready { break }
            guard state == .waiting else {
                throw Failure(reason: "TLS failed: \(connection.fault)")
            }
            try Self.wait(connection.descriptor, Int16(POLLIN), until: deadline)
        }
        var bytes = Array("POST \(path) HTTP/1.1\r\nHost: \(authority)\r\n".utf8)
        for (name, value) in fields { bytes += Array("\(name): \(value)\r\n".utf8) }
        bytes += Array("Content-Length: \(body.count)\r\nConnection: close\r\n\r\n".utf8) + body
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBufferPointer { buffer in
                buffer.baseAddress.map { connection.transmit($0 + sent, buffer.count - sent) } ?? 0
            }
            if count == SocketResult.wouldBlock {
                try Self.wait(connection.descriptor, Int16(POLLOUT), until: deadline)
            } else if count <= 0 {
                throw Failure(reason: "the connection was cut")
            } else {
                sent += count
            }
        }
        return try status(connection, until: deadline)
    }

    /// Reads the first line of the answer.
    private func status(_ connection: UpstreamConnection, until deadline: Int64) throws(Failure) -> Int {
        var line: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 2048)
        while line.count < Self.answerLimit {
            let count = buffer.withUnsafeMutableBufferPointer { into in
                into.baseAddress.map { connection.receive($0, into.count) } ?? 0
            }
            if count == SocketResult.wouldBlock {
                try Self.wait(connection.descriptor, Int16(POLLIN), until: deadline)
                continue
            }
            guard count > 0 else { break }
            line += buffer[..<count]
            if line.contains(0x0a) { break }
        }
        // "HTTP/1.1 204 …"
        guard line.count >= 12, line.starts(with: "HTTP/1.".utf8), line[8] == 0x20,
            let status = Int(String(decoding: line[9..<12], as: UTF8.self)), (100..<600).contains(status)
        else { throw Failure(reason: "no HTTP answer came") }
        return status
    }

    private var authority: String {
        let name = host.contains(":") ? "[\(host)]" : host
        return port == (isTLS ? 443 : 80) ? name : "\(name):\(port)"
    }

    private static func wait(_ descriptor: Int32, _ events: Int16, until deadline: Int64) throws(Failure) {
        let left = deadline - MonotonicClock.now()
        var waiting = pollfd(fd: descriptor, events: events, revents: 0)
        guard left > 0, poll(&waiting, 1, Int32(clamping: left)) > 0 else {
            throw Failure(reason: "no answer came in time")
        }
    }

    private static func isConnected(_ descriptor: Int32) -> Bool {
        var error: Int32 = 0
        var size = socklen_t(MemoryLayout<Int32>.size)
        return getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &error, &size) == 0 && error == 0
    }
}
