// What upstreams send: informational heads, which are dropped, the response's head, which is written
// anew for the client, and the body, which is decoded in place in the read buffer.

import Glibc
import Wire

extension Loop {
    func readUpstream(_ upstream: UpstreamConnection) {
        var turns = 0
        while upstream.readable, !upstream.isPaused, !upstream.isClosed {
            switch upstream.phase {
            case .connecting, .securing: return
            case .active, .idle: break
            }
            if turns == limits.readsPerTurn {
                enqueue(upstream)
                return
            }
            turns += 1
            let got = upstream.receive(readBuffer, Loop.readSize)
            if got == SocketResult.wouldBlock { return }
            guard let transfer = upstream.transfer else {
                closeUpstream(upstream)
                return
            }
            if got <= 0 {
                upstreamFinished(upstream, transfer, clean: got == 0)
                return
            }
            switch transfer.responsePhase {
            case .waiting: responseHead(upstream, transfer, got)
            case .body:
                scratch.clear(keeping: Loop.readSize)
                responseBody(upstream, transfer, readBuffer, got)
            default: detachUpstream(transfer)
            }
        }
    }

    private func upstreamFinished(_ upstream: UpstreamConnection, _ transfer: Transfer, clean: Bool) {
        guard clean, transfer.responsePhase == .body, transfer.responseDecoder.endsWithConnection else {
            upstreamBroken(transfer, upstream)
            return
        }
        releaseUpstream(upstream, transfer, reusable: false)
        scratch.clear(keeping: Loop.readSize)
        if transfer.isJudging {
            judge(transfer, readBuffer, 0, ended: true)
            return
        }
        deliver(transfer, readBuffer, 0, ended: true)
    }

    // MARK: Heads

    /// Bytes of a head have come; it may be complete now.
    private func responseHead(_ upstream: UpstreamConnection, _ transfer: Transfer, _ count: Int) {
        var bytes = readBuffer
        var available = count
        if !transfer.input.isEmpty {
            transfer.input.append(readBuffer, count)
            bytes = transfer.input.front
            available = transfer.input.count
        }
        while true {
            let input = UnsafeBufferPointer(start: bytes, count: available)
            switch transfer.seeker.seek(in: input.span, limits: limits.responseHead) {
            case .more:
                if transfer.input.isEmpty {
                    transfer.input.append(bytes, available)
                } else {
                    transfer.input.consume(transfer.input.count - available)
                }
                return
            case .refused:
                fail(transfer, .badResponse)
                return
            case .head(let length):
                transfer.seeker = HeadSeeker()
                guard parse(transfer, UnsafeBufferPointer(rebasing: input[..<length])) else {
                    fail(transfer, .badResponse)
                    return
                }
                bytes += length
                available -= length
                if transfer.response.status >= 200 {
                    startBody(upstream, transfer, bytes, available)
                    return
                }
                if available == 0 {
                    transfer.input.clear()
                    return
                }
            }
        }
    }

    /// Reads a head; an informational one is counted.
    private func parse(_ transfer: Transfer, _ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        do throws(HTTPRefusal) {
            try transfer.response.parse(bytes.span, limits: limits.responseHead)
        } catch {
            return false
        }
        if transfer.response.status >= 200 { return true }
        transfer.informationalHeads += 1
        // 101 would end HTTP on this connection, and nobody asked for it.
        return transfer.response.status != 101
            && transfer.informationalHeads <= limits.informationalHeads
    }

    private func startBody(
        _ upstream: UpstreamConnection, _ transfer: Transfer, _ rest: UnsafeMutablePointer<UInt8>,
        _ count: Int
    ) {
        transfer.responseStarted = true
        transfer.responsePhase = .body
        transfer.deadline = now + Int64(limits.responseIdleTime)
        arm(transfer)
        let framing = transfer.response.framing(toHead: transfer.head.isHead)
        transfer.responseDecoder = BodyDecoder(framing)
        if !beginJudging(transfer) { showHead(transfer) }
        var bytes = rest
        if !transfer.input.isEmpty {
            // The head came in pieces: what follows it is at most one read.
            if count > 0 { memmove(readBuffer, rest, count) }
            bytes = readBuffer
            transfer.input.clear()
        }
        responseBody(upstream, transfer, bytes, count)
    }

    /// The response is for the client: tells the exchange, and writes the client's head into `scratch`.
    func showHead(_ transfer: Transfer) {
        let framing = transfer.response.framing(toHead: transfer.head.isHead)
        if transfer.isRequestSent { dropRequest(transfer, streams: framing.hasNoLength) }
        transfer.exchange?.responseHead(transfer.response)
        writeHead(transfer, framing)
    }

    /// Writes the client's head into `scratch`.
    private func writeHead(_ transfer: Transfer, _ framing: ResponseFraming) {
        scratch.clear(keeping: Loop.readSize)
        guard let client = transfer.client else { return }
        var length: Int?
        switch framing {
        case .none:
            transfer.clientFraming = .none
            if transfer.response.status != 204 { length = transfer.response.contentLength }
        case .sized(let count):
            transfer.clientFraming = .sized
            length = count
        case .chunked, .untilClose:
            let isOld = transfer.head.minorVersion == 0
            transfer.clientFraming = isOld ? .untilClose : .chunked
            if isOld { client.closesAfterResponse = true }
        }
        if isDraining(client) { client.closesAfterResponse = true }
        scratch.appendStatusLine(transfer.response)
        scratch.appendFields(
            transfer.response.fields, length: length, remove: [], replacing: transfer.edits.respond)
        for field in transfer.edits.respond { scratch.append(field) }
        if transfer.clientFraming == .chunked { scratch.append("Transfer-Encoding: chunked\r\n") }
        if client.closesAfterResponse { scratch.append("Connection: close\r\n") }
        scratch.append("\r\n")
    }

    // MARK: Bodies

    /// Decodes bytes in place, so that the payload of one read is one piece, and hands it over.
    private func responseBody(
        _ upstream: UpstreamConnection, _ transfer: Transfer, _ bytes: UnsafeMutablePointer<UInt8>,
        _ count: Int
    ) {
        transfer.deadline = now + Int64(limits.responseIdleTime)
        var cursor = 0
        var start = -1
        var end = 0
        var refused = false
        var ended = false
        decoding: while true {
            switch transfer.responseDecoder.next(Span(_unsafeStart: bytes, count: count), &cursor) {
            case .payload(let range):
                if start < 0 {
                    start = range.lowerBound
                    end = range.upperBound
                } else {
                    memmove(bytes + end, bytes + range.lowerBound, range.count)
                    end += range.count
                }
            case .more: break decoding
            case .end:
                ended = true
                break decoding
            case .refused:
                refused = true
                break decoding
            }
        }
        start = max(start, 0)
        let payload = end - start
        if ended {
            let reusable = cursor == count && !transfer.response.closes
            releaseUpstream(upstream, transfer, reusable: reusable)
        }
        if transfer.isJudging {
            let token = transfer.token
            judge(transfer, bytes + start, payload, ended: ended)
            if refused, transfer.token == token { truncated(transfer) }
            return
        }
        if transfer.isDraining {
            transfer.drainLeft -= payload
            if transfer.drainLeft < 0, !ended {
                stopReadingOn(transfer)
                return
            }
        }
        if payload == 0, !ended, scratch.isEmpty {
            if refused { truncated(transfer) }
            return
        }
        let token = transfer.token
        deliver(transfer, bytes + start, payload, ended: ended)
        if refused, transfer.token == token { truncated(transfer) }
    }
}
