// A cable between the sidecar and PostgreSQL that a test can cut: forwards a Unix socket, byte for byte,
// until it is told to misbehave.
import CLinux
import Foundation
import Synchronization

final class Wire: Sendable {
    enum Mode: Equatable {
        case pass
        /// New connections are closed at once, old ones too.
        case refuse
        /// Bytes vanish in both directions; the connections stay.
        case silent
        /// One byte at a time from the server.
        case dribble
        /// After so many more bytes from the server the connection breaks.
        case cut(after: Int)
        /// The server commits, and its answer does not arrive.
        case loseCommit
    }

    private struct State {
        var mode = Mode.pass
        var left = 0
        /// How often the mode had its effect.
        var hits = 0
    }

    /// For libpq's `host=`.
    let directory: String
    private let listener: Int32
    private let target: String
    private let state = Mutex(State())

    /// - Parameter target: the server's socket.
    init(to target: String, in directory: String) throws {
        self.target = target
        self.directory = directory
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        listener = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        var address = Self.address(directory + "/.s.PGSQL.5432")
        let listener = listener
        let bound = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard bound == 0, listen(listener, 64) == 0 else {
            throw Deployment.Failure(description: "cannot listen in \(directory)")
        }
        Thread.detachNewThread { [self] in
            while true {
                let client = accept(listener, nil, nil)
                guard client >= 0 else { return }
                Thread.detachNewThread { [self] in carry(client) }
            }
        }
    }

    func set(_ mode: Mode) {
        state.withLock { state in
            state.mode = mode
            if case .cut(let bytes) = mode { state.left = bytes }
        }
    }

    var hits: Int { state.withLock { $0.hits } }

    func stop() { shutdown(listener, Int32(SHUT_RDWR)) }

    private static func address(_ path: String) -> sockaddr_un {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8)) }
        return address
    }

    private func carry(_ client: Int32) {
        defer { close(client) }
        guard state.withLock({ $0.mode }) != .refuse else { return hit() }
        let server = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(server) }
        var address = Self.address(target)
        let connected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(server, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard connected == 0 else { return }
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            var descriptors = [
                pollfd(fd: client, events: Int16(POLLIN), revents: 0),
                pollfd(fd: server, events: Int16(POLLIN), revents: 0),
            ]
            // Looks up now and then, so that a cut reaches connections that are quiet.
            let ready = poll(&descriptors, 2, 20)
            let mode = state.withLock { $0.mode }
            if mode == .refuse { return hit() }
            guard ready > 0 else { continue }
            for (index, descriptor) in descriptors.enumerated() where descriptor.revents != 0 {
                let count = recv(descriptor.fd, &buffer, buffer.count, 0)
                guard count > 0 else { return }
                if mode == .silent {
                    hit()
                    continue
                }
                let isOurs = index == 0
                guard forward(buffer[..<count], to: isOurs ? server : client, isOurs, mode) else { return }
            }
        }
    }

    /// - Returns: false when the connection is to break.
    private func forward(_ bytes: ArraySlice<UInt8>, to peer: Int32, _ isOurs: Bool, _ mode: Mode) -> Bool {
        guard !isOurs else { return Self.sendAll(bytes, to: peer) }
        switch mode {
        case .dribble:
            hit()
            return bytes.allSatisfy { Self.sendAll([$0], to: peer) }
        case .cut:
            let kept = state.withLock { state in
                let kept = min(state.left, bytes.count)
                state.left -= kept
                return kept
            }
            if kept == bytes.count { return Self.sendAll(bytes, to: peer) }
            _ = Self.sendAll(bytes.prefix(kept), to: peer)
            hit()
            // One connection is cut; the next one finds the cable mended.
            set(.pass)
            return false
        case .loseCommit where Data(bytes).range(of: Data("COMMIT\0".utf8)) != nil:
            hit()
            return false
        default: return Self.sendAll(bytes, to: peer)
        }
    }

    private func hit() { state.withLock { $0.hits += 1 } }

    private static func sendAll(_ bytes: ArraySlice<UInt8>, to peer: Int32) -> Bool {
        var rest = bytes
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { send(peer, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }
}
