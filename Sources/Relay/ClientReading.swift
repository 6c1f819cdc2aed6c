// What clients send: heads, bodies, the next requests of a pipeline. Bytes are used straight from the
// loop's read buffer; only what cannot be used yet is kept with the connection.

import Glibc
import Wire

extension Loop {
    func clientEvent(_ client: ClientConnection, writable: Bool, broken: Bool) {
        if broken, case .exchange = client.phase {
            clientLost(client)
            return
        }
        if writable, !client.out.isEmpty || client.farewell != .none { clientWritable(client) }
        if client.isClosed { return }
        if client.peerFinished, let transfer = client.transfer, transfer.requestPhase == .complete {
            clientLeaving(transfer)
        }
        if !client.isClosed, client.readable { readClient(client) }
    }

    /// Whether bytes of this client can be used now; otherwise they stay in the kernel.
    private func isWanted(_ client: ClientConnection) -> Bool {
        switch client.phase {
        case .head: return client.farewell == .none
        case .discarding, .lingering: return true
        case .exchange:
            guard let transfer = client.transfer else { return false }
            switch transfer.requestPhase {
            case .collecting: return true
            case .streaming: return transfer.body.count < limits.highWater
            case .complete: return false
            }
        }
    }

    func readClient(_ client: ClientConnection) {
        if client.isProcessing { return }
        var turns = 0
        if !client.pending.isEmpty, isWanted(client) { usePending(client) }
        while client.readable, !client.isClosed, isWanted(client) {
            if turns == limits.readsPerTurn {
                enqueue(client)
                return
            }
            turns += 1
            let got = readIntoBody(client) ?? readIntoBuffer(client)
            if got == SocketResult.wouldBlock { return }
            if got <= 0 {
                clientFinished(client)
                return
            }
        }
    }

    /// Reads the rest of a held body of known length to where it belongs.
    ///
    /// - Returns: `nil` when that is not what comes next.
    private func readIntoBody(_ client: ClientConnection) -> Int? {
        guard let transfer = client.transfer, transfer.requestPhase == .collecting,
            client.pending.isEmpty, !transfer.body.isEmpty,
            let left = transfer.requestDecoder.left, left > 0
        else { return nil }
        transfer.body.reserve(min(left, max(1 << 20, transfer.body.count)))
        let got = client.receive(transfer.body.tail, min(left, transfer.body.room))
        guard got > 0 else { return got }
        transfer.body.filled(got)
        transfer.received += got
        countHeld(transfer, got)
        transfer.requestDecoder.skip(got)
        setDeadline(client, bodyTime(transfer))
        if transfer.requestDecoder.isComplete { bodyCollected(transfer) }
        return got
    }

    private func readIntoBuffer(_ client: ClientConnection) -> Int {
        let got = client.receive(readBuffer, Loop.readSize)
        guard got > 0 else { return got }
        if client.pending.isEmpty {
            let used = process(client, readBuffer, got)
            if used < got, !client.isClosed { client.pending.append(readBuffer + used, got - used) }
        } else {
            client.pending.append(readBuffer, got)
            usePending(client)
        }
        return got
    }

    private func usePending(_ client: ClientConnection) {
        let used = process(client, client.pending.front, client.pending.count)
        client.pending.consume(used)
        if client.pending.isEmpty { client.pending.clear() }
    }

    /// Uses as many bytes as can be used now and returns their number.
    private func process(
        _ client: ClientConnection, _ bytes: UnsafeMutablePointer<UInt8>, _ count: Int
    ) -> Int {
        client.isProcessing = true
        defer { client.isProcessing = false }
        var used = 0
        while used < count, !client.isClosed, isWanted(client) {
            let rest = UnsafeMutableBufferPointer(start: bytes + used, count: count - used)
            switch client.phase {
            case .head:
                switch client.seeker.seek(in: rest.span, limits: limits.requestHead) {
                case .more:
                    // Once per head, or a byte now and then would keep the connection for ever.
                    if !client.isInHead { setDeadline(client, limits.requestHeadTime) }
                    client.isInHead = true
                    return used
                case .refused(let reason):
                    refuse(client, nil, reason)
                    return count
                case .head(let length):
                    client.seeker = HeadSeeker()
                    client.isInHead = false
                    used += length
                    beginRequest(client, UnsafeBufferPointer(start: rest.baseAddress, count: length))
                }
            case .exchange:
                guard let transfer = client.transfer else { return used }
                used += requestBody(client, transfer, UnsafeBufferPointer(rest))
            case .discarding(let decoder):
                used += discard(client, decoder, UnsafeBufferPointer(rest))
            case .lingering:
                client.discarded += count - used
                return count
            }
        }
        return used
    }

    /// Throws away the body of a request that was answered without it.
    private func discard(
        _ client: ClientConnection, _ current: BodyDecoder, _ bytes: UnsafeBufferPointer<UInt8>
    ) -> Int {
        var decoder = current
        var cursor = 0
        while true {
            switch decoder.next(bytes.span, &cursor) {
            case .payload(let range):
                client.discarded += range.count
                if client.discarded > limits.discardedBody {
                    say(client, .linger)
                    return bytes.count
                }
            case .more:
                client.phase = .discarding(decoder)
                return bytes.count
            case .end:
                nextRequest(client)
                return cursor
            case .refused:
                say(client, .linger)
                return bytes.count
            }
        }
    }

    /// The client has sent its last byte.
    private func clientFinished(_ client: ClientConnection) {
        if client.failedHandshake { counters.failedHandshakes += 1 }
        switch client.phase {
        case .exchange: clientLost(client)
        default: closeClient(client, reset: false)
        }
    }
}
