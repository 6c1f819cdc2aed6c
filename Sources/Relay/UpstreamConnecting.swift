// Towards the upstream: a kept connection or a new one, the next address when one fails, and one more
// try when a kept connection turns out to have been closed before it gave a byte.

import CLinux
import Glibc
import Wire

extension Loop {
    /// Finds a connection for a request that is ready.
    func findConnection(_ transfer: Transfer, fresh: Bool = false) {
        let index = transfer.upstreamIndex
        transfer.sent = 0
        if !fresh, let upstream = idle[index].popLast() {
            attach(upstream, transfer)
            upstream.isReused = true
            upstream.phase = .active
            transfer.responsePhase = .waiting
            pump(upstream, transfer)
            return
        }
        transfer.deadline = now + Int64(limits.connectTime)
        let target = configuration.upstreams[index]
        guard
            let addresses = resolver.addresses(of: target.host, port: target.port, now: now, inbox: inbox)
        else {
            transfer.responsePhase = .resolving
            resolving.append(transfer.token)
            arm(transfer)
            return
        }
        transfer.addresses = addresses
        transfer.nextAddress = 0
        connect(transfer)
    }

    func nameResolved(_ name: ResolvedName) {
        let waiting = resolving
        resolving.removeAll(keepingCapacity: true)
        for token in waiting {
            guard let transfer = transfer(token), transfer.responsePhase == .resolving else { continue }
            let target = configuration.upstreams[transfer.upstreamIndex]
            guard target.host == name.host, target.port == name.port else {
                resolving.append(token)
                continue
            }
            transfer.addresses = name.addresses
            transfer.nextAddress = 0
            connect(transfer)
        }
    }

    /// Tries the next address.
    private func connect(_ transfer: Transfer) {
        transfer.responsePhase = .waiting
        while transfer.nextAddress < transfer.addresses.count {
            var address = transfer.addresses[transfer.nextAddress]
            transfer.nextAddress += 1
            if configuration.upstreams[transfer.upstreamIndex].refuses(address) { continue }
            let descriptor = clinux_connect(&address.storage, address.length)
            if descriptor < 0 { continue }
            guard let upstream = newUpstream(descriptor, transfer.upstreamIndex) else {
                _ = Glibc.close(descriptor)
                continue
            }
            register(upstream)
            counters.upstreams += 1
            counters.connects += 1
            attach(upstream, transfer)
            transfer.deadline = now + Int64(limits.connectTime)
            arm(transfer)
            return
        }
        noAddress(transfer)
    }

    /// None of the addresses took the connection.
    private func noAddress(_ transfer: Transfer) {
        let upstream = configuration.upstreams[transfer.upstreamIndex]
        if let first = transfer.addresses.first, transfer.addresses.allSatisfy(upstream.refuses) {
            fail(transfer, .addressRefused, first.hostText)
        } else {
            fail(transfer, transfer.addresses.isEmpty ? .unresolved : .unreachable)
        }
    }

    private func newUpstream(_ descriptor: Int32, _ index: Int) -> UpstreamConnection? {
        let generation = newGeneration()
        guard let context = tls[index] else {
            return UpstreamConnection(descriptor, generation: generation, upstream: index)
        }
        return TLSUpstream.open(
            descriptor, generation: generation, upstream: index,
            host: configuration.upstreams[index].host, context: context, resumption: resumptions[index])
    }

    private func attach(_ upstream: UpstreamConnection, _ transfer: Transfer) {
        upstream.transfer = transfer
        upstream.isPaused = false
        upstream.deadline = .max
        transfer.upstream = upstream
    }

    func upstreamEvent(_ upstream: UpstreamConnection, writable: Bool, broken: Bool) {
        switch upstream.phase {
        case .connecting:
            guard broken || writable else { return }
            if broken || clinux_socket_error(upstream.descriptor) != 0 {
                connectFailed(upstream)
                return
            }
            upstream.phase = .securing
            fallthrough
        case .securing:
            guard secure(upstream) else { return }
        case .idle:
            // Nothing may come on an idle connection but TLS's own messages: otherwise it is closed, or
            // what comes is not ours.
            if upstream.readable, upstream.receive(readBuffer, Loop.readSize) != SocketResult.wouldBlock {
                closeUpstream(upstream)
            }
            return
        case .active: break
        }
        // TLS may have to read before it can write, and the other way round: any event is worth a try.
        if let transfer = upstream.transfer { pump(upstream, transfer) }
        if !upstream.isClosed, upstream.readable { readUpstream(upstream) }
    }

    /// - Returns: whether the connection is ready for the request.
    private func secure(_ upstream: UpstreamConnection) -> Bool {
        switch upstream.secure() {
        case .ready:
            upstream.phase = .active
            return true
        case .waiting: return false
        case .failed:
            if let transfer = upstream.transfer {
                fail(transfer, .tlsFailed, upstream.fault)
            } else {
                closeUpstream(upstream)
            }
            return false
        }
    }

    func connectFailed(_ upstream: UpstreamConnection) {
        guard let transfer = upstream.transfer else {
            closeUpstream(upstream)
            return
        }
        detachUpstream(transfer)
        connect(transfer)
    }

    // MARK: Sending the request

    /// Writes as much of the request as the connection takes.
    func pump(_ upstream: UpstreamConnection, _ transfer: Transfer) {
        guard upstream.phase == .active, !upstream.cannotWrite, transfer.upstream === upstream else { return }
        let isStreamed = transfer.isStreamed
        let headCount = transfer.outgoing.count
        let total = headCount + (isStreamed ? 0 : transfer.body.count)
        while transfer.sent < total {
            let sent: Int
            if transfer.sent >= headCount {
                sent = upstream.transmit(
                    transfer.body.front + (transfer.sent - headCount), total - transfer.sent)
            } else if total > headCount {
                sent = upstream.transmit(
                    transfer.outgoing.front + transfer.sent, headCount - transfer.sent,
                    transfer.body.front, transfer.body.count)
            } else {
                sent = upstream.transmit(transfer.outgoing.front + transfer.sent, headCount - transfer.sent)
            }
            if sent == SocketResult.wouldBlock { return }
            if sent < 0 {
                writeFailed(upstream)
                return
            }
            transfer.sent += sent
        }
        if isStreamed, !pumpStreamed(upstream, transfer) { return }
        guard transfer.requestPhase == .complete, transfer.responsePhase == .waiting else { return }
        transfer.isRequestSent = true
        transfer.deadline = now + Int64(limits.responseHeadTime)
        arm(transfer)
        if !upstream.isReused, !transfer.edits.mayRetry { dropRequest(transfer) }
    }

    /// - Returns: whether everything received so far is sent.
    private func pumpStreamed(_ upstream: UpstreamConnection, _ transfer: Transfer) -> Bool {
        while !transfer.body.isEmpty {
            let sent = upstream.transmit(transfer.body.front, transfer.body.count)
            if sent == SocketResult.wouldBlock { return false }
            if sent < 0 {
                writeFailed(upstream)
                return false
            }
            transfer.body.consume(sent)
            if transfer.body.count < limits.lowWater, let client = transfer.client, client.readable {
                enqueue(client)
            }
        }
        if transfer.requestPhase == .complete { transfer.isRequestSent = true }
        return true
    }

    /// The upstream takes no more; whether it has answered is found by reading.
    func writeFailed(_ upstream: UpstreamConnection) {
        upstream.cannotWrite = true
        upstream.readable = true
        enqueue(upstream)
    }

    // MARK: Failing

    /// The connection is over before the response was.
    func upstreamBroken(_ transfer: Transfer, _ upstream: UpstreamConnection) {
        let mayRetry = upstream.isReused && !transfer.wasRetried && transfer.isReplayable
        detachUpstream(transfer)
        if transfer.responsePhase == .body {
            truncated(transfer)
        } else if mayRetry {
            transfer.wasRetried = true
            counters.retries += 1
            findConnection(transfer, fresh: true)
        } else {
            fail(transfer, .closedEarly)
        }
    }

    /// There will be no response from the upstream.
    func fail(_ transfer: Transfer, _ failure: UpstreamFailure, _ detail: String = "") {
        detachUpstream(transfer)
        if transfer.clientGone {
            stopReadingOn(transfer)
            return
        }
        let name = configuration.upstreams[transfer.upstreamIndex].name
        if !detail.isEmpty { transfer.exchange?.upstreamFault(detail) }
        let response =
            transfer.exchange?.upstreamFailed(failure)
            ?? LocalResponse.failure(failure, upstream: name, detail: detail)
        respond(transfer, response, .upstreamFailed(failure))
    }

    // MARK: Giving connections back

    /// Cuts the connection of a transfer that has one.
    func detachUpstream(_ transfer: Transfer) {
        guard let upstream = transfer.upstream else { return }
        transfer.upstream = nil
        upstream.transfer = nil
        closeUpstream(upstream)
    }

    func closeUpstream(_ upstream: UpstreamConnection) {
        if upstream.isClosed { return }
        if case .idle = upstream.phase { idle[upstream.upstream].removeAll { $0 === upstream } }
        unregister(upstream)
        upstream.close(reset: false)
        counters.upstreams -= 1
    }

    /// Keeps the connection after a complete, unambiguous exchange, or closes it.
    func releaseUpstream(_ upstream: UpstreamConnection, _ transfer: Transfer, reusable: Bool) {
        transfer.upstream = nil
        upstream.transfer = nil
        let fits = idle[upstream.upstream].count < limits.idleUpstreams
        guard reusable, fits, transfer.isRequestSent, !upstream.cannotWrite, !upstream.peerFinished,
            !upstream.readable, drainDeadline == nil
        else {
            closeUpstream(upstream)
            return
        }
        if tls[upstream.upstream] != nil, let tls = upstream as? TLSUpstream {
            tls.remember(in: resumptions[upstream.upstream])
        }
        upstream.phase = .idle
        idle[upstream.upstream].append(upstream)
        upstream.deadline = now + Int64(limits.upstreamIdleTime)
        remind(upstream, at: upstream.deadline)
    }
}
