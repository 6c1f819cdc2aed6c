// Towards the client: writing, back-pressure on the upstream, and the ways in which a connection ends.

import CLinux
import Glibc
import Wire

extension Loop {
    /// Writes or queues bytes for the client. The connection may be lost afterwards.
    func send(_ client: ClientConnection, _ bytes: UnsafePointer<UInt8>, _ count: Int) {
        if client.isClosed || count == 0 { return }
        let fine = client.write(bytes, count)
        written(client, fine)
    }

    func send(_ client: ClientConnection, _ text: StaticString) {
        send(client, text.utf8Start, text.utf8CodeUnitCount)
    }

    /// ``send(_:_:_:)`` for two stretches in one call.
    func send(
        _ client: ClientConnection, _ a: UnsafePointer<UInt8>, _ aCount: Int,
        _ b: UnsafePointer<UInt8>, _ bCount: Int
    ) {
        if client.isClosed { return }
        let fine = client.write(a, aCount, b, bCount)
        written(client, fine)
    }

    private func written(_ client: ClientConnection, _ fine: Bool) {
        if !fine {
            clientLost(client)
            return
        }
        let waiting = client.out.count
        if waiting == 0 { return }
        counters.peakWaiting = max(counters.peakWaiting, waiting)
        if client.deadline == .max { setDeadline(client, limits.clientStallTime) }
        if waiting > limits.highWater, let transfer = client.transfer {
            if client.peerFinished {
                // Half closed and not reading: it is not there any more.
                clientLost(client)
            } else {
                transfer.upstream?.isPaused = true
            }
        }
    }

    func clientWritable(_ client: ClientConnection) {
        let before = client.out.count
        guard client.flush() else {
            clientLost(client)
            return
        }
        if client.out.count < before { progressed(client) }
        if client.out.count < limits.lowWater, let upstream = client.transfer?.upstream, upstream.isPaused {
            upstream.isPaused = false
            enqueue(upstream)
        }
        if client.out.isEmpty, client.farewell != .none { sayNow(client) }
    }

    /// A client that takes bytes is alive.
    private func progressed(_ client: ClientConnection) {
        switch client.phase {
        case .exchange:
            guard client.transfer?.requestPhase == .complete else { return }
            if client.out.isEmpty {
                client.deadline = .max
            } else {
                setDeadline(client, limits.clientStallTime)
            }
        case .head:
            if !client.isInHead { setDeadline(client, limits.keepAliveTime) }
        case .discarding: break
        case .lingering:
            if client.farewell != .none { setDeadline(client, limits.clientStallTime) }
        }
    }

    // MARK: Ends

    /// Ends the connection when everything is written.
    func say(_ client: ClientConnection, _ farewell: ClientConnection.Farewell) {
        if client.isClosed { return }
        client.farewell = farewell
        client.phase = .lingering
        client.discarded = 0
        if client.out.isEmpty { sayNow(client) } else { setDeadline(client, limits.clientStallTime) }
    }

    private func sayNow(_ client: ClientConnection) {
        switch client.farewell {
        case .none: return
        case .close: closeClient(client, reset: false)
        case .reset: closeClient(client, reset: true)
        case .linger:
            client.farewell = .none
            client.finishWriting()
            setDeadline(client, limits.lingerTime)
            if client.readable || !client.pending.isEmpty { enqueue(client) }
        }
    }

    func closeClient(_ client: ClientConnection, reset: Bool) {
        if client.isClosed { return }
        unregister(client)
        client.close(reset: reset)
        counters.clients -= 1
        countAddress(client.peer, -1)
        resumeAccepting()
    }

    /// The client cannot be reached any more.
    func clientLost(_ client: ClientConnection) {
        if client.isClosed { return }
        closeClient(client, reset: false)
        guard let transfer = client.transfer else { return }
        client.transfer = nil
        transfer.client = nil
        transfer.clientGone = true
        transfer.held.clear()
        if transfer.isReported {
            // The record is made; what still comes is for nobody.
            finish(transfer)
        } else if transfer.requestPhase != .complete || transfer.upstream?.isReady != true {
            // Nothing has gone upstream in full, so nothing is billed there.
            report(transfer, .clientGone(drained: false))
            finish(transfer)
        } else {
            startReadingOn(transfer)
        }
    }

    /// The client has sent its last byte: it has gone, or it has only closed its own direction. The
    /// response goes on as far as the drain limit allows, in case somebody still reads it.
    func clientLeaving(_ transfer: Transfer) {
        guard !transfer.clientGone, !transfer.isReported else { return }
        transfer.clientGone = true
        startReadingOn(transfer)
    }

    /// Reads the upstream's response on for the sake of the record.
    private func startReadingOn(_ transfer: Transfer) {
        guard !transfer.isDraining else {
            arm(transfer)
            return
        }
        guard counters.drains < limits.drains, let limit = transfer.exchange?.drainLimit() else {
            stopReadingOn(transfer)
            return
        }
        transfer.isDraining = true
        counters.drains += 1
        counters.drainsBegun += 1
        transfer.drainLeft = limit.bytes
        transfer.drainDeadline = now + Int64(limit.milliseconds)
        arm(transfer)
        if let upstream = transfer.upstream, upstream.isPaused, transfer.client == nil {
            upstream.isPaused = false
            enqueue(upstream)
        }
    }

    /// The upstream is cut off before its response was complete.
    func stopReadingOn(_ transfer: Transfer) {
        transfer.isTruncated = true
        report(transfer, .clientGone(drained: false))
        finish(transfer)
    }

    // MARK: The next request

    func nextRequest(_ client: ClientConnection) {
        if client.isClosed { return }
        client.transfer = nil
        client.phase = .head
        client.closesAfterResponse = false
        if isDraining(client), client.pending.isEmpty {
            say(client, .linger)
            return
        }
        setDeadline(client, limits.keepAliveTime)
        if !client.pending.isEmpty || client.readable { enqueue(client) }
    }
}
