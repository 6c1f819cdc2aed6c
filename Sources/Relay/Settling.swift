// The end of an exchange: the record is asked for once, and nothing that completes the response leaves
// before it is settled. A record that could not be kept means that the client sees no complete response.

import Wire

extension Loop {
    /// Has the record made. The outcome may be there at once.
    func report(_ transfer: Transfer, _ ending: RelayEnding) {
        guard !transfer.isReported, let exchange = transfer.exchange else { return }
        transfer.isReported = true
        transfer.graceDeadline = .max
        exchange.responseEnd(ending, ticket: Ticket(inbox: inbox, token: transfer.token))
        if let outcome = inbox.outcome(of: transfer.token) { transfer.settlement = outcome }
    }

    /// The record is durable, or will never be.
    func settle(_ transfer: Transfer, _ outcome: Settlement) {
        guard transfer.isReported else {
            if transfer.isParked { unpark(transfer) }
            return
        }
        transfer.settlement = outcome
        guard outcome == .durable, let client = transfer.client else {
            if outcome == .failed { transfer.mustReset = true }
            if outcome == .failed || transfer.responsePhase == .ended { finish(transfer) }
            return
        }
        let token = transfer.token
        if let local = transfer.local {
            writeLocal(client, local, toHead: transfer.head.isHead)
        } else if !transfer.held.isEmpty {
            send(client, transfer.held.front, transfer.held.count)
        }
        guard transfer.token == token else { return }
        transfer.held.clear(keeping: 8 << 10)
        transfer.isHolding = false
        if transfer.responsePhase == .ended {
            finish(transfer)
        } else if let upstream = transfer.upstream, upstream.isPaused,
            client.out.count < limits.lowWater
        {
            upstream.isPaused = false
            enqueue(upstream)
        }
    }

    /// The message's end did not come in time after the dialect's last event.
    func graceOver(_ transfer: Transfer) {
        report(transfer, .settled)
        if let outcome = transfer.settlement { settle(transfer, outcome) }
    }

    /// More came after the terminal event than is worth holding: it waits in the upstream's socket.
    func heldTooMuch(_ transfer: Transfer) {
        transfer.upstream?.isPaused = true
        if !transfer.isReported { graceOver(transfer) }
    }

    /// The upstream broke off in the middle.
    func truncated(_ transfer: Transfer) {
        if transfer.isJudging {
            let token = transfer.token
            showRefusal(transfer, ended: false)
            guard transfer.token == token else { return }
        }
        transfer.isTruncated = true
        transfer.responsePhase = .ended
        transfer.deadline = .max
        detachUpstream(transfer)
        report(transfer, transfer.clientGone ? .clientGone(drained: false) : .truncated)
        // What was held goes out when it may; without it nothing is left to wait for.
        if transfer.held.isEmpty {
            finish(transfer)
        } else if let outcome = transfer.settlement {
            settle(transfer, outcome)
        }
    }

    /// Ends an exchange whose response has begun, without a proper end.
    func abort(_ transfer: Transfer, _ ending: RelayEnding) {
        transfer.mustReset = true
        report(transfer, ending)
        finish(transfer)
    }

    /// Nothing of the exchange is left to do; the client goes on or is closed.
    func finish(_ transfer: Transfer) {
        guard transfer.token != 0 else { return }
        if transfer.isDraining { counters.drains -= 1 }
        detachUpstream(transfer)
        countHeld(transfer, -transfer.counted)
        let client = transfer.client
        let isWhole = transfer.requestPhase == .complete
        let isTruncated = transfer.isTruncated
        let mustReset = transfer.mustReset || (isTruncated && transfer.clientFraming == .untilClose)
        releaseTransfer(transfer)
        guard let client, !client.isClosed else { return }
        client.transfer = nil
        if mustReset {
            closeClient(client, reset: true)
        } else if isTruncated {
            client.isCut = true
            say(client, .close)
        } else if client.closesAfterResponse || !isWhole {
            say(client, isWhole && !client.readable && client.pending.isEmpty ? .close : .linger)
        } else {
            nextRequest(client)
        }
    }
}
