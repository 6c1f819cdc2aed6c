// The demo's client: blocking, one request at a time on a connection that is kept, over real sockets to the
// proxy's port. It reads what it needs to know whether an answer came whole.

import CLinux
import Glibc

/// Why a request could not be sent or its answer not be read at all.
struct DemoClientFailure: Error {
    let problem: String
}

/// One kept connection.
final class DemoClient {
    private let port: UInt16
    private var socket: Int32 = -1
    private var buffer: [UInt8] = []
    /// Bytes of the answer's body so far, without framing.
    private var bodyCount = 0
    private var tail: [UInt8] = []

    init(port: UInt16) { self.port = port }

    deinit { hangUp() }

    struct Reply {
        var status = 0
        /// The proxy's id of the record it made.
        var record: String?
        /// The body ended as its framing promised.
        var isWhole = false
        /// The last bytes of the body, up to 4 KiB, decoded as text.
        var ending = ""
    }

    /// Closes the connection; the next request opens another.
    func hangUp() {
        if socket >= 0 { close(socket) }
        socket = -1
        buffer = []
    }

    /// Sends a request and reads its answer, or the first `bytes` of its body and hangs up.
    func exchange(_ request: String, leaveAfter bytes: Int? = nil) throws(DemoClientFailure) -> Reply {
        if socket < 0 { try open() }
        try send(Array(request.utf8))
        bodyCount = 0
        tail = []
        var reply = Reply()
        let framing = try head(&reply)
        switch framing {
        case .sized(let count): reply.isWhole = payload(count, leaveAfter: bytes)
        case .chunked: reply.isWhole = chunks(leaveAfter: bytes)
        case .close:
            while fill() { consume(buffer.count) }
            reply.isWhole = true
        }
        reply.ending = String(decoding: tail, as: UTF8.self)
        if !reply.isWhole || framing == .close { hangUp() }
        return reply
    }

    private enum Framing: Equatable {
        case sized(Int)
        case chunked, close
    }

    private func open() throws(DemoClientFailure) {
        socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        let size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let failed = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(socket, $0, size) }
        }
        guard failed == 0 else { throw failure("cannot connect to 127.0.0.1:\(port)") }
        // Half a minute without a byte means that the demo is stuck: say so instead of waiting on.
        var patience = timeval(tv_sec: 30, tv_usec: 0)
        setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
    }

    private func failure(_ problem: String) -> DemoClientFailure {
        let reason = clinux_errno()
        hangUp()
        return DemoClientFailure(problem: reason == 0 ? problem : "\(problem): errno \(reason)")
    }

    private func send(_ bytes: [UInt8]) throws(DemoClientFailure) {
        var at = 0
        while at < bytes.count {
            let count = bytes.withUnsafeBytes {
                Glibc.send(socket, $0.baseAddress! + at, $0.count - at, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { throw failure("the proxy took only \(at) of \(bytes.count) bytes") }
            at += count
        }
    }

    private func head(_ reply: inout Reply) throws(DemoClientFailure) -> Framing {
        var framing = Framing.close
        guard let first = line()?.split(separator: " "), first.count > 1, let status = Int(first[1]) else {
            throw failure("no answer")
        }
        reply.status = status
        while let line = line(), !line.isEmpty {
            let parts = line.split(separator: ":", maxSplits: 1)
            guard parts.count == 2 else { continue }
            let value = parts[1].drop { $0 == " " }
            switch parts[0].lowercased() {
            case "content-length": if let count = Int(value) { framing = .sized(count) }
            case "transfer-encoding": framing = .chunked
            case "x-tollbook-record": reply.record = String(value)
            default: break
            }
        }
        return framing
    }

    /// - Returns: whether all `count` bytes came and were wanted.
    private func payload(_ count: Int, leaveAfter limit: Int?) -> Bool {
        var left = count
        while left > 0 {
            if buffer.isEmpty, !fill() { return false }
            let taken = min(left, buffer.count)
            consume(taken)
            left -= taken
            if let limit, bodyCount >= limit { return false }
        }
        return true
    }

    private func chunks(leaveAfter limit: Int?) -> Bool {
        while let text = line(), let size = Int(text.prefix { $0 != ";" }, radix: 16) {
            if size == 0 {
                while let trailer = line() { if trailer.isEmpty { return true } }
                return false
            }
            guard payload(size, leaveAfter: limit), line() == "" else { return false }
        }
        return false
    }

    private func consume(_ count: Int) {
        tail.append(contentsOf: buffer[..<count])
        if tail.count > 4096 { tail.removeFirst(tail.count - 4096) }
        buffer.removeFirst(count)
        bodyCount += count
    }

    private func line() -> String? {
        while true {
            if let end = buffer.firstIndex(of: 10) {
                let text = String(decoding: buffer[..<max(0, end - 1)], as: UTF8.self)
                buffer.removeFirst(end + 1)
                return text
            }
            guard buffer.count < 65_536, fill() else { return nil }
        }
    }

    private func fill() -> Bool {
        var bytes = [UInt8](repeating: 0, count: 16_384)
        let count = recv(socket, &bytes, bytes.count, 0)
        if count > 0 { buffer.append(contentsOf: bytes[..<count]) }
        return count > 0
    }
}
