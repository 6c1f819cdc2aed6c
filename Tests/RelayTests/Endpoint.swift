// A blocking socket for tests, used by one thread: scripts of both sides of the relay read like a
// conversation. Every wait ends after ten seconds with a failure instead of hanging the run.

import CLinux
import Foundation

struct TestFailure: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

/// One side of a connection.
final class Endpoint {
    let descriptor: Int32
    private var buffer: [UInt8] = []
    private(set) var wasReset = false

    init(_ descriptor: Int32) {
        self.descriptor = descriptor
        var patience = timeval(tv_sec: 10, tv_usec: 0)
        setsockopt(
            descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        setsockopt(
            descriptor, SOL_SOCKET, SO_SNDTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
    }

    deinit { close() }

    private var isClosed = false
    func close() {
        if isClosed { return }
        isClosed = true
        Glibc.close(descriptor)
    }

    /// Closes so that the other side sees a reset.
    func reset() {
        clinux_reset_on_close(descriptor)
        close()
    }

    func finishWriting() { shutdown(descriptor, Int32(SHUT_WR)) }

    static func connect(port: UInt16, receiveBuffer: Int32? = nil) throws -> Endpoint {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        if var size = receiveBuffer {
            setsockopt(
                descriptor, SOL_SOCKET, SO_RCVBUF, &size, socklen_t(MemoryLayout<Int32>.size))
        }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let done = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard done == 0 else { throw TestFailure("connect: \(errno)") }
        return Endpoint(descriptor)
    }

    static func connect(path: String) throws -> Endpoint {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8)) }
        let done = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard done == 0 else { throw TestFailure("connect: \(errno)") }
        return Endpoint(descriptor)
    }

    func send(_ text: String) throws { try send(Array(text.utf8)) }

    func send(_ bytes: [UInt8]) throws {
        var from = 0
        while from < bytes.count {
            let sent = bytes.withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress! + from, bytes.count - from, Int32(MSG_NOSIGNAL))
            }
            guard sent > 0 else { throw TestFailure("send: \(errno)") }
            from += sent
        }
    }

    /// - Returns: false at the end of the connection.
    private func fill() throws -> Bool {
        var piece = [UInt8](repeating: 0, count: 65536)
        let got = recv(descriptor, &piece, piece.count, 0)
        if got > 0 {
            buffer += piece[..<got]
            return true
        }
        if got < 0, errno == EAGAIN { throw TestFailure("nothing came; so far: \(text(buffer))") }
        if got < 0 { wasReset = true }
        return false
    }

    func read(_ count: Int) throws -> [UInt8] {
        while buffer.count < count {
            guard try fill() else { throw TestFailure("ended after \(text(buffer))") }
        }
        defer { buffer.removeFirst(count) }
        return Array(buffer[..<count])
    }

    /// Up to and including `marker`.
    func read(until marker: String) throws -> String {
        let end = Array(marker.utf8)
        while true {
            if let range = buffer.firstRange(of: end) {
                defer { buffer.removeFirst(range.upperBound) }
                return text(Array(buffer[..<range.upperBound]))
            }
            guard try fill() else { throw TestFailure("ended after \(text(buffer))") }
        }
    }

    func readHead() throws -> String { try read(until: "\r\n\r\n") }

    /// Everything up to the end of the connection; `wasReset` tells how it ended.
    func readToEnd() throws -> [UInt8] {
        while try fill() {}
        defer { buffer = [] }
        return buffer
    }

    /// Takes what is in the socket now and says whether there was nothing.
    func isSilent() -> Bool {
        var piece = [UInt8](repeating: 0, count: 4096)
        let got = recv(descriptor, &piece, piece.count, Int32(MSG_DONTWAIT))
        if got > 0 { buffer += piece[..<got] }
        return buffer.isEmpty && got < 0 && errno == EAGAIN
    }

    /// The payload of a chunked body, which must be well formed and end here.
    func readChunks() throws -> [UInt8] {
        var payload: [UInt8] = []
        while true {
            let line = try read(until: "\r\n").dropLast()
            guard let size = Int(line.dropLast(line.hasSuffix("\r") ? 1 : 0), radix: 16) else {
                throw TestFailure("bad chunk line \(line)")
            }
            payload += try read(size)
            guard try read(2) == [13, 10] else { throw TestFailure("bad chunk end") }
            if size == 0 { return payload }
        }
    }

    /// One chunk's payload.
    func readChunk() throws -> String {
        let line = String(try read(until: "\r\n").unicodeScalars.prefix { $0 != "\r" })
        guard let size = Int(line, radix: 16) else { throw TestFailure("bad chunk line \(line)") }
        let payload = try read(size)
        _ = try read(2)
        return text(payload)
    }

    func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
}

/// A server socket for tests.
final class TestServer: Sendable {
    let descriptor: Int32
    let port: UInt16

    init(port wanted: UInt16 = 0) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = wanted.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let descriptor = descriptor
        let done = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, length) + listen(descriptor, 128) + getsockname(descriptor, $0, &length)
            }
        }
        guard done == 0 else { throw TestFailure("listen: \(errno)") }
        port = UInt16(bigEndian: address.sin_port)
        var patience = timeval(tv_sec: 10, tv_usec: 0)
        setsockopt(
            descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
    }

    deinit { Glibc.close(descriptor) }

    func accept() throws -> Endpoint {
        let accepted = Glibc.accept(descriptor, nil, nil)
        guard accepted >= 0 else { throw TestFailure("nobody connected: \(errno)") }
        return Endpoint(accepted)
    }
}
