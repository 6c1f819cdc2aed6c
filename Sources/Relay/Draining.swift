// The end of a loop: no new clients, idle ones closed, exchanges in flight finished, and at the deadline
// whatever is left is cut.

import CLinux
import Glibc
import Synchronization
import Wire

/// How many loops of one relay still have exchanges or clients of theirs. Any thread.
final class UndrainedLoops: Sendable {
    private let loops: Atomic<Int>

    init(_ count: Int) { loops = Atomic(count) }

    var count: Int { loops.load(ordering: .acquiring) }

    func end() { loops.subtract(1, ordering: .acquiringAndReleasing) }
}

extension Loop {
    /// Whether this client gets no further exchange.
    func isDraining(_ client: ClientConnection) -> Bool {
        drainDeadline != nil && !stays(client)
    }

    private func stays(_ client: ClientConnection) -> Bool {
        listeners.contains { $0.index == client.peer.listener && $0.staysDuringDrain }
    }

    func startDrain(_ milliseconds: Int) {
        if drainDeadline != nil { return }
        drainDeadline = now + Int64(milliseconds)
        for listener in listeners where !listener.staysDuringDrain {
            // Those who are connected already are served: closing would reset them.
            acceptClients(listener.descriptor)
            openListeners.remove(listener.descriptor)
            _ = clinux_epoll_ctl(poller, EPOLL_CTL_DEL, listener.descriptor, 0, 0)
            if !listener.isShared { _ = Glibc.close(listener.descriptor) }
        }
        for kept in idle { for upstream in kept { closeUpstream(upstream) } }
        for case .some(let socket) in sockets {
            guard case .client(let client) = socket.side, isDraining(client), client.served else { continue }
            if case .head = client.phase, client.pending.isEmpty, !client.readable {
                say(client, .linger)
            }
        }
    }

    func continueDrain() {
        guard let deadline = drainDeadline else { return }
        if now >= deadline { cutEverything() }
        // Requests of clients that were just accepted may wait in their sockets: look once more.
        drainTurns += 1
        if drainTurns < 3 || counters.exchanges > 0 { return }
        for case .some(let socket) in sockets {
            guard case .client(let client) = socket.side else { continue }
            if isDraining(client), client.served || !client.pending.isEmpty { return }
        }
        // Whoever asks how the stop goes is answered until the last loop has nothing left: the listeners of
        // one port are one for each loop, and the system deals connections out to all of them.
        if !isDrained {
            isDrained = true
            undrained.end()
        }
        if listeners.contains(where: \.staysDuringDrain), undrained.count > 0 { return }
        isOver = true
        for case .some(let socket) in sockets {
            switch socket.side {
            case .client(let client): closeClient(client, reset: false)
            case .upstream(let upstream): closeUpstream(upstream)
            }
        }
    }

    private func cutEverything() {
        for case .some(let transfer) in transfers {
            switch transfer.responsePhase {
            case .body: truncated(transfer)
            case .ended: break
            default: fail(transfer, .shutDown)
            }
            if transfer.token != 0 {
                transfer.mustReset = true
                finish(transfer)
            }
        }
        for case .some(let socket) in sockets {
            if case .client(let client) = socket.side { closeClient(client, reset: false) }
        }
    }
}
