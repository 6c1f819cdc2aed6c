// What happens when time is up. Deadlines are fields that move freely; the wheel only reminds the loop to
// look at a connection, and the connection leads to its exchange.

import Wire

extension Loop {
    /// Sets the client's own deadline, in milliseconds from now.
    func setDeadline(_ client: ClientConnection, _ milliseconds: Int) {
        client.deadline = now + Int64(milliseconds)
        remind(client, at: client.deadline)
    }

    /// Makes sure that the loop looks at a transfer when its next deadline comes.
    func arm(_ transfer: Transfer) {
        let next = transfer.nextDeadline
        if next == .max { return }
        if let client = transfer.client { remind(client, at: next) }
        if let upstream = transfer.upstream { remind(upstream, at: next) }
    }

    func remind(_ socket: Socket, at deadline: Int64) {
        if deadline >= socket.remindedAt { return }
        socket.remindedAt = wheel.remind(socket.token, at: deadline)
    }

    func handleDeadlines() {
        dueTokens.removeAll(keepingCapacity: true)
        wheel.advance(to: now, into: &dueTokens)
        var index = 0
        while index < dueTokens.count {
            let token = dueTokens[index]
            index += 1
            guard let socket = socket(token), !socket.isClosed, socket.remindedAt <= now else { continue }
            socket.remindedAt = .max
            switch socket.side {
            case .client(let client): clientDue(client)
            case .upstream(let upstream): upstreamDue(upstream)
            }
        }
    }

    private func clientDue(_ client: ClientConnection) {
        if let transfer = client.transfer { transferDue(transfer) }
        if client.isClosed { return }
        if client.deadline <= now {
            clientTimedOut(client)
        }
        if client.isClosed { return }
        let next = min(client.deadline, client.transfer?.nextDeadline ?? .max)
        if next != .max { remind(client, at: next) }
    }

    private func clientTimedOut(_ client: ClientConnection) {
        client.deadline = .max
        switch client.phase {
        case .head:
            if client.pending.isEmpty {
                closeClient(client, reset: false)
            } else {
                client.closesAfterResponse = true
                writeLocal(client, .tooSlow, toHead: false)
                say(client, .linger)
            }
        case .exchange: clientLost(client)
        case .discarding, .lingering: closeClient(client, reset: false)
        }
    }

    private func upstreamDue(_ upstream: UpstreamConnection) {
        if case .idle = upstream.phase {
            if upstream.deadline <= now {
                closeUpstream(upstream)
            } else {
                remind(upstream, at: upstream.deadline)
            }
            return
        }
        guard let transfer = upstream.transfer else { return }
        transferDue(transfer)
        if let transfer = upstream.transfer, transfer.nextDeadline != .max {
            remind(upstream, at: transfer.nextDeadline)
        }
    }

    private func transferDue(_ transfer: Transfer) {
        if transfer.graceDeadline <= now {
            graceOver(transfer)
        } else if transfer.drainDeadline <= now, !transfer.isReported {
            stopReadingOn(transfer)
        } else if transfer.deadline <= now || transfer.wholeDeadline <= now {
            transfer.deadline = .max
            phaseOver(transfer)
        }
    }

    private func phaseOver(_ transfer: Transfer) {
        let isWhole = transfer.wholeDeadline <= now
        switch transfer.responsePhase {
        case .none:
            if let client = transfer.client { clientLost(client) }
        case .resolving: fail(transfer, .connectTimeout)
        case .waiting:
            if let upstream = transfer.upstream, !upstream.isReady, !isWhole {
                if transfer.nextAddress < transfer.addresses.count {
                    connectFailed(upstream)
                } else {
                    fail(transfer, .connectTimeout)
                }
            } else {
                fail(transfer, isWhole ? .wholeTimeout : .headTimeout)
            }
        case .body: truncated(transfer)
        // Nobody has settled the ticket for as long as a whole exchange may take.
        case .ended: settle(transfer, .failed)
        }
    }
}
