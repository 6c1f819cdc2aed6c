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
        listener = try UnixSocket.listen(directory + "/.s.PGSQL.5432")
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

    private func carry(_ client: Int32) {
        defer { close(client) }
        guard state.withLock({ $0.mode }) != .refuse else { return hit() }
        guard let server = UnixSocket.connect(target) else { return }
        defer { close(server) }
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
        guard !isOurs else { return UnixSocket.sendAll(bytes, to: peer) }
        switch mode {
        case .dribble:
            hit()
            return bytes.allSatisfy { UnixSocket.sendAll([$0], to: peer) }
        case .cut:
            let kept = state.withLock { state in
                let kept = min(state.left, bytes.count)
                state.left -= kept
                return kept
            }
            if kept == bytes.count { return UnixSocket.sendAll(bytes, to: peer) }
            _ = UnixSocket.sendAll(bytes.prefix(kept), to: peer)
            hit()
            // One connection is cut; the next one finds the cable mended.
            set(.pass)
            return false
        case .loseCommit where Data(bytes).range(of: Data("COMMIT\0".utf8)) != nil:
            hit()
            return false
        default: return UnixSocket.sendAll(bytes, to: peer)
        }
    }

    private func hit() { state.withLock { $0.hits += 1 } }
}
