// From a decoded piece of a response to the client: the tap looks, what it wants held is held, the rest
// goes out framed anew in the read buffer itself, and the end waits until the record is durable.

import Glibc
import Wire

extension Loop {
    /// Hands over a piece of the body. The client's head, if it is not written yet, stands in `scratch`.
    ///
    /// - Parameters:
    ///   - bytes: payload in the read buffer: a chunk's line fits before it and its end behind it.
    ///   - ended: whether the message ends here; its upstream connection is released already.
    func deliver(
        _ transfer: Transfer, _ bytes: UnsafeMutablePointer<UInt8>, _ received: Int, ended: Bool
    ) {
        var count = received
        var holdAt = Int.max
        var before: [UInt8] = []
        var after: [UInt8] = []
        if count > 0, !transfer.isReported, let exchange = transfer.exchange {
            let verdict = exchange.responseBytes(Span(_unsafeStart: bytes, count: count))
            if let from = verdict.holdFrom { holdAt = min(max(from, 0), count) }
            if verdict.releaseKept { before = exchange.takeKept() }
            if let cut = verdict.cut { count = remove(cut, transfer, bytes, count, &holdAt) }
            if transfer.clientFraming == .sized { before = [] }
        }
        if ended {
            transfer.responsePhase = .ended
            transfer.deadline = .max
            if transfer.wasCut, !transfer.isReported { after = transfer.exchange?.takeKept() ?? [] }
            report(transfer, transfer.clientGone ? .clientGone(drained: true) : .complete)
        } else if holdAt != Int.max, !transfer.isHolding {
            transfer.graceDeadline = now + Int64(limits.terminalGrace)
            arm(transfer)
        }
        guard let client = transfer.client else {
            scratch.clear(keeping: Loop.readSize)
            if ended { finish(transfer) }
            return
        }
        let token = transfer.token
        let outcome = transfer.settlement
        let split = holdPoint(transfer, count, asked: holdAt, ended: ended)
        if outcome != .failed {
            hold(transfer, bytes, split, count, before: &before, after: after, ended: ended)
            pass(transfer, client, bytes, split, before: before, last: ended && !transfer.isHolding)
        }
        // Also when the client was lost while the head was written: `scratch` belongs to the loop, and what
        // is left in it would stand in the next response.
        scratch.clear(keeping: Loop.readSize)
        guard transfer.token == token else { return }
        if let outcome, ended || transfer.isHolding {
            settle(transfer, outcome)
        } else if transfer.isHolding, !ended, transfer.held.count > limits.heldResponse {
            heldTooMuch(transfer)
        }
    }

    /// Takes out what the tap cuts; a body of stated length cannot lose anything.
    private func remove(
        _ cut: Range<Int>, _ transfer: Transfer, _ bytes: UnsafeMutablePointer<UInt8>, _ count: Int,
        _ holdAt: inout Int
    ) -> Int {
        guard transfer.clientFraming != .sized else {
            _ = transfer.exchange?.takeKept()
            return count
        }
        let range = cut.clamped(to: 0..<count)
        guard !range.isEmpty else { return count }
        transfer.wasCut = true
        memmove(bytes + range.lowerBound, bytes + range.upperBound, count - range.upperBound)
        if holdAt != Int.max {
            if holdAt >= range.upperBound {
                holdAt -= range.count
            } else if holdAt > range.lowerBound {
                holdAt = range.lowerBound
            }
        }
        return count - range.count
    }

    /// From where on this piece is held.
    private func holdPoint(_ transfer: Transfer, _ count: Int, asked: Int, ended: Bool) -> Int {
        if transfer.isHolding { return 0 }
        if transfer.settlement == .durable { return count }
        if asked != Int.max { return min(asked, count) }
        // Without its last piece a sized body has no end; a chunked one ends with the last chunk.
        if ended, transfer.clientFraming == .sized || transfer.clientFraming == .none { return 0 }
        return count
    }

    /// Puts aside what waits for the settlement, framed as it will be sent.
    private func hold(
        _ transfer: Transfer, _ bytes: UnsafeMutablePointer<UInt8>, _ split: Int, _ count: Int,
        before: inout [UInt8], after: [UInt8], ended: Bool
    ) {
        let endWaits = ended && transfer.settlement != .durable
        guard transfer.isHolding || split < count || endWaits || !after.isEmpty
        else { return }
        if !transfer.isHolding {
            transfer.isHolding = true
            if ended, split == 0, !scratch.isEmpty {
                // Nothing of this response is earlier than its end: head and body leave together.
                transfer.held.append(scratch.front, scratch.count)
                scratch.clear(keeping: Loop.readSize)
            }
        } else if !before.isEmpty {
            before.withUnsafeBufferPointer { frame(transfer, $0) }
            before = []
        }
        frame(transfer, UnsafeBufferPointer(start: bytes + split, count: count - split))
        after.withUnsafeBufferPointer { frame(transfer, $0) }
        if ended, transfer.clientFraming == .chunked { transfer.held.appendLastChunk() }
    }

    private func frame(_ transfer: Transfer, _ payload: UnsafeBufferPointer<UInt8>) {
        guard let start = payload.baseAddress else { return }
        if transfer.clientFraming == .chunked {
            transfer.held.appendChunk(start, payload.count)
        } else {
            transfer.held.append(start, payload.count)
        }
    }

    /// Writes what may go: the head, bytes kept back earlier, and the piece up to where it is held.
    private func pass(
        _ transfer: Transfer, _ client: ClientConnection, _ bytes: UnsafeMutablePointer<UInt8>,
        _ count: Int, before: [UInt8], last: Bool
    ) {
        guard transfer.clientFraming == .chunked else {
            scratch.append(before)
            send(client, scratch, bytes, count)
            return
        }
        before.withUnsafeBufferPointer { if let at = $0.baseAddress { scratch.appendChunk(at, $0.count) } }
        guard count > 0 else {
            if last { scratch.appendLastChunk() }
            send(client, scratch, bytes, 0)
            return
        }
        var start = bytes
        var total = count
        var line = ChunkLine(count)
        line.withBytes { text, length in
            start = bytes - length
            memcpy(start, text, length)
            total += length
        }
        let end: StaticString = last ? "\r\n0\r\n\r\n" : "\r\n"
        memcpy(start + total, end.utf8Start, end.utf8CodeUnitCount)
        send(client, scratch, start, total + end.utf8CodeUnitCount)
    }

    private func send(
        _ client: ClientConnection, _ head: borrowing ByteQueue, _ bytes: UnsafePointer<UInt8>, _ count: Int
    ) {
        if head.isEmpty {
            send(client, bytes, count)
        } else if count == 0 {
            send(client, head.front, head.count)
        } else {
            send(client, head.front, head.count, bytes, count)
        }
    }
}
