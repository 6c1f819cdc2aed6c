// The bodies of requests: collected for those who must see them whole, passed on for the others, never
// more than a window of bytes in memory unless they are collected.

import Wire

extension Loop {
    /// Uses a piece of the body and returns how many bytes were part of it.
    func requestBody(
        _ client: ClientConnection, _ transfer: Transfer, _ bytes: UnsafeBufferPointer<UInt8>
    ) -> Int {
        if transfer.requestPhase == .collecting, transfer.body.isEmpty,
            let left = transfer.requestDecoder.left,
            left <= bytes.count
        {
            // All of it is here: no copy before it is known what becomes of it.
            transfer.requestDecoder = BodyDecoder(RequestFraming.none)
            transfer.received = left
            transfer.requestPhase = .complete
            requestComplete(transfer)
            begin(transfer, held: UnsafeBufferPointer(rebasing: bytes[..<left]))
            return left
        }
        setDeadline(client, bodyTime(transfer))
        let token = transfer.token
        var cursor = 0
        while true {
            switch transfer.requestDecoder.next(bytes.span, &cursor) {
            case .payload(let range):
                bodyPiece(transfer, UnsafeBufferPointer(rebasing: bytes[range]))
                if transfer.token != token || client.isClosed || client.phase.isOver { return cursor }
            case .more: return cursor
            case .end:
                if transfer.requestPhase == .collecting {
                    bodyCollected(transfer)
                } else {
                    streamedBodyEnded(transfer)
                }
                return cursor
            case .refused(let reason):
                malformedBody(client, transfer, reason)
                return bytes.count
            }
        }
    }

    /// How long the next piece of a body may take, in milliseconds: the time between two pieces, but not
    /// so long that the body as a whole would come slower than it must. Not above zero when it has already.
    func bodyTime(_ transfer: Transfer) -> Int {
        guard limits.requestBodyRate > 0 else { return limits.requestIdleTime }
        let begun = transfer.wholeDeadline - Int64(limits.exchangeTime)
        let earned = Int64(transfer.received) * 1000 / Int64(limits.requestBodyRate)
        return min(limits.requestIdleTime, Int(begun - now + earned) + limits.requestIdleTime)
    }

    private func bodyPiece(_ transfer: Transfer, _ piece: UnsafeBufferPointer<UInt8>) {
        transfer.received += piece.count
        if transfer.received > limits.requestBody {
            tooLarge(transfer)
            return
        }
        if transfer.requestPhase == .collecting {
            if transfer.body.isEmpty, let left = transfer.requestDecoder.left {
                transfer.body.reserve(piece.count + min(left, 1 << 20))
            }
            if let start = piece.baseAddress { transfer.body.append(start, piece.count) }
            countHeld(transfer, piece.count)
            if transfer.body.count > transfer.holdLimit { streamAfterAll(transfer) }
        } else {
            stream(transfer, piece)
        }
    }

    /// A chunked body grew too large to be held: what is here goes first, the rest as it comes.
    private func streamAfterAll(_ transfer: Transfer) {
        var collected = ByteQueue()
        swap(&collected, &transfer.body)
        countHeld(transfer, -transfer.counted)
        transfer.requestPhase = .streaming
        let token = transfer.token
        begin(transfer, held: nil)
        guard transfer.token == token, transfer.responsePhase != .ended else { return }
        stream(transfer, UnsafeBufferPointer(start: collected.front, count: collected.count))
    }

    /// Keeps the sum of all held bodies.
    func countHeld(_ transfer: Transfer, _ more: Int) {
        transfer.counted += more
        heldBodies += more
    }

    /// Gives the request's bytes back: they will not be sent again.
    ///
    /// - Parameter streams: the response takes its time: not even a small buffer is kept meanwhile.
    func dropRequest(_ transfer: Transfer, streams: Bool = false) {
        countHeld(transfer, -transfer.counted)
        transfer.body.clear()
        transfer.outgoing.clear(keeping: streams ? 0 : 8 << 10)
        transfer.sent = 0
    }

    func bodyCollected(_ transfer: Transfer) {
        transfer.requestPhase = .complete
        requestComplete(transfer)
        guard !transfer.body.isEmpty else {
            begin(transfer, held: UnsafeBufferPointer(start: nil, count: 0))
            return
        }
        begin(transfer, held: UnsafeBufferPointer(start: transfer.body.front, count: transfer.body.count))
    }

    /// Shows a piece of a streamed body to the exchange and sends it on.
    private func stream(_ transfer: Transfer, _ piece: UnsafeBufferPointer<UInt8>) {
        // An upstream that has answered already gets no more; the client's bytes run dry.
        guard let start = piece.baseAddress, transfer.responsePhase != .ended else { return }
        transfer.exchange?.requestBytes(piece.span)
        if transfer.uploadsChunks {
            transfer.body.appendChunk(start, piece.count)
        } else if let upstream = transfer.upstream, transfer.body.isEmpty,
            transfer.sent == transfer.outgoing.count, upstream.phase == .active, !upstream.cannotWrite
        {
            let sent = upstream.transmit(start, piece.count)
            if sent == SocketResult.failed {
                writeFailed(upstream)
            } else {
                let from = max(sent, 0)
                transfer.body.append(start + from, piece.count - from)
            }
        } else {
            transfer.body.append(start, piece.count)
        }
        if let upstream = transfer.upstream { pump(upstream, transfer) }
    }

    private func streamedBodyEnded(_ transfer: Transfer) {
        transfer.requestPhase = .complete
        requestComplete(transfer)
        guard transfer.responsePhase != .ended else { return }
        if transfer.uploadsChunks { transfer.body.appendLastChunk() }
        let token = transfer.token
        if let upstream = transfer.upstream { pump(upstream, transfer) }
        if transfer.token == token, transfer.client?.peerFinished == true { clientLeaving(transfer) }
    }

    /// The client owes nothing more.
    private func requestComplete(_ transfer: Transfer) { transfer.client?.deadline = .max }

    func tooLarge(_ transfer: Transfer) {
        transfer.client?.closesAfterResponse = true
        let answer =
            transfer.exchange?.bodyTooLarge(limit: limits.requestBody)
            ?? .bodyTooLarge(limit: limits.requestBody)
        if transfer.responsePhase == .body {
            abort(transfer, .refused)
        } else {
            respond(transfer, answer, .refused)
        }
    }

    private func malformedBody(
        _ client: ClientConnection, _ transfer: Transfer, _ reason: HTTPRefusal
    ) {
        counters.refused += 1
        client.closesAfterResponse = true
        if transfer.responsePhase == .body || transfer.responsePhase == .ended {
            abort(transfer, .refused)
        } else {
            let answer = gateway.refused(reason, head: transfer.head, peer: client.peer)
            respond(transfer, answer ?? .refusal(reason), .refused)
        }
    }
}

extension ClientConnection.Phase {
    /// Nothing more is read as a request.
    var isOver: Bool {
        switch self {
        case .lingering, .discarding: true
        default: false
        }
    }
}
