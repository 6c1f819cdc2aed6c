// A cable between the sidecar and PostgreSQL that a test can cut: forwards a Unix socket, byte for byte,
// until it is told to misbehave.
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

    private let state = WireState()
    private let relay: SocketRelay

    /// - Parameter target: the server's socket.
    init(to target: String, in directory: String) throws {
        relay = try SocketRelay(to: target, in: directory) { [state] in state }
    }

    /// For libpq's `host=`.
    var directory: String { relay.directory }

    func set(_ mode: Mode) { state.set(mode) }

    var hits: Int { state.hits }

    func stop() { relay.stop() }
}

/// What happens to the bytes of all connections.
private final class WireState: Cable, Sendable {
    private struct State {
        var mode = Wire.Mode.pass
        var left = 0
        /// How often the mode had its effect.
        var hits = 0
    }
    private let state = Mutex(State())

    func set(_ mode: Wire.Mode) {
        state.withLock { state in
            state.mode = mode
            if case .cut(let bytes) = mode { state.left = bytes }
        }
    }

    var hits: Int { state.withLock { $0.hits } }

    private func hit() { state.withLock { $0.hits += 1 } }

    func isCut() -> Bool {
        guard state.withLock({ $0.mode }) == .refuse else { return false }
        hit()
        return true
    }

    func carry(_ bytes: ArraySlice<UInt8>, to peer: Int32, isOurs: Bool) -> Bool {
        let mode = state.withLock { $0.mode }
        if mode == .silent {
            hit()
            return true
        }
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
}
