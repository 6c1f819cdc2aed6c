// Listening sockets. TCP addresses get one socket per loop, all on one port, and the kernel spreads the
// connections; a Unix socket is one, shared by all loops.

import CLinux
import Glibc

/// One listening socket of one loop.
struct Listener: Sendable {
    let descriptor: Int32
    /// Index in the configuration.
    let index: Int
    /// The descriptor belongs to several loops.
    let isShared: Bool
    let staysDuringDrain: Bool
    /// Clients speak TLS.
    let tls: ListenerIdentity?
}

enum ListenerAddress {
    case tcp(SocketAddress)
    case unix(String, SocketAddress)

    /// Reads `HOST:PORT`, `[V6]:PORT` or `unix:/path`.
    init(_ text: String) throws(RelayError) {
        if text.hasPrefix("unix:") {
            let path = String(text.dropFirst(5))
            guard let address = SocketAddress(path: path) else { throw .badAddress(text) }
            self = .unix(path, address)
            return
        }
        guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...])
        else { throw .badAddress(text) }
        var host = String(text[..<colon])
        if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
        if host == "localhost" { host = "127.0.0.1" }
        guard let address = SocketAddress(host: host, port: port) else { throw .badAddress(text) }
        self = .tcp(address)
    }
}

/// The sockets of one configured listener, one per loop.
struct ListenerGroup {
    static let backlog: Int32 = 4096

    let descriptors: [Int32]
    /// 0 for a Unix socket.
    let port: UInt16
    /// Of a Unix socket, whose one descriptor belongs to all loops.
    let file: UnixSocketFile?
    var isShared: Bool { file != nil }

    /// - Parameter mode: permission bits of a Unix socket's file.
    static func open(_ text: String, mode: UInt32, loops: Int) throws(RelayError) -> ListenerGroup {
        switch try ListenerAddress(text) {
        case .unix(let path, let address):
            let file = try UnixSocketFile.listen(path, address, text, mode: mode, backlog: backlog)
            return ListenerGroup(
                descriptors: Array(repeating: file.descriptor, count: loops), port: 0, file: file)
        case .tcp(let address):
            return try tcp(address, text, loops: loops)
        }
    }

    private static func tcp(
        _ wanted: SocketAddress, _ text: String, loops: Int
    ) throws(RelayError) -> ListenerGroup {
        var address = wanted
        if address.port != 0 {
            // Sharing a port would also share it with another process: look first whether it is free.
            let probe = clinux_listen(&address.storage, address.length, 0, 1)
            guard probe >= 0 else { throw failure(probe, text) }
            _ = Glibc.close(probe)
        }
        var descriptors: [Int32] = []
        for _ in 0..<loops {
            let descriptor = clinux_listen(&address.storage, address.length, 1, backlog)
            guard descriptor >= 0 else {
                for open in descriptors { _ = Glibc.close(open) }
                throw failure(descriptor, text)
            }
            descriptors.append(descriptor)
            if address.port == 0 { address = boundAddress(descriptor, like: address) }
        }
        return ListenerGroup(descriptors: descriptors, port: address.port, file: nil)
    }

    private static func boundAddress(_ descriptor: Int32, like address: SocketAddress) -> SocketAddress {
        var bound = address
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        withUnsafeMutablePointer(to: &bound.storage) { storage in
            storage.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                _ = getsockname(descriptor, $0, &length)
            }
        }
        return bound
    }

    private static func failure(_ code: Int32, _ text: String) -> RelayError {
        code == -EADDRINUSE ? .addressInUse(text) : .cannotListen(text, -code)
    }
}
