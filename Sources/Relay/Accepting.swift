// New clients, and the end of accepting them.

import CLinux
import Glibc

extension Loop {
    func acceptClients(_ descriptor: Int32) {
        guard openListeners.contains(descriptor),
            let listener = listeners.first(where: { $0.descriptor == descriptor })
        else { return }
        var storage = sockaddr_storage()
        while true {
            if counters.clients >= limits.connections {
                pauseAccepting()
                return
            }
            let accepted = clinux_accept_peer(descriptor, &storage)
            if accepted == -ECONNABORTED || accepted == -EINTR { continue }
            if accepted < 0 {
                // Out of descriptors or memory: a level-triggered listener would spin.
                if accepted == -EMFILE || accepted == -ENFILE || accepted == -ENOMEM { pauseAccepting() }
                return
            }
            var address = SocketAddress()
            address.storage = storage
            let peer = Peer(
                listener: listener.index, address: address.hostText,
                isLoopback: address.isLoopback || address.family == 0)
            guard isWelcome(peer), let client = newClient(accepted, peer, listener.tls) else {
                _ = Glibc.close(accepted)
                continue
            }
            register(client)
            counters.clients += 1
            counters.accepted += 1
            countAddress(peer, 1)
            setDeadline(client, limits.requestHeadTime)
        }
    }

    /// Whether a caller's address has a place left. Unix sockets have none to count.
    private func isWelcome(_ peer: Peer) -> Bool {
        limits.connectionsPerAddress == 0 || peer.address.isEmpty
            || clientsByAddress[peer.address, default: 0] < limits.connectionsPerAddress
    }

    func countAddress(_ peer: Peer, _ more: Int) {
        guard limits.connectionsPerAddress > 0, !peer.address.isEmpty else { return }
        let left = clientsByAddress[peer.address, default: 0] + more
        clientsByAddress[peer.address] = left > 0 ? left : nil
    }

    private func newClient(
        _ descriptor: Int32, _ peer: Peer, _ tls: ListenerIdentity?
    ) -> ClientConnection? {
        guard let tls = tls?.current else {
            return ClientConnection(descriptor, generation: newGeneration(), peer: peer)
        }
        return TLSClient.open(descriptor, generation: newGeneration(), peer: peer, context: tls)
    }

    /// Leaves new callers in the kernel's queue until a client closes.
    private func pauseAccepting() {
        guard !acceptsPaused else { return }
        acceptsPaused = true
        for descriptor in openListeners {
            _ = clinux_epoll_ctl(poller, EPOLL_CTL_DEL, descriptor, 0, 0)
        }
    }

    func resumeAccepting() {
        guard acceptsPaused, counters.clients < limits.connections else { return }
        acceptsPaused = false
        for listener in listeners where openListeners.contains(listener.descriptor) {
            let exclusive = listener.isShared ? EPOLLEXCLUSIVE.rawValue : 0
            _ = clinux_epoll_ctl(
                poller, EPOLL_CTL_ADD, listener.descriptor, EPOLLIN.rawValue | exclusive,
                UInt64(UInt32(bitPattern: listener.descriptor)))
        }
    }
}
