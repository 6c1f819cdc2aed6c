// From a request's head to its way upstream: the gateway decides, the exchange sees the body or not, and
// the head is written anew from validated parts.

import Wire

extension Loop {
    /// A complete head has arrived.
    func beginRequest(_ client: ClientConnection, _ bytes: UnsafeBufferPointer<UInt8>) {
        let transfer = obtainTransfer()
        do throws(HTTPRefusal) {
            try transfer.head.parse(bytes.span, limits: limits.requestHead)
        } catch {
            refuse(client, transfer, error)
            return
        }
        if transfer.head.methodEquals("CONNECT") || transfer.head.methodEquals("TRACE") {
            // TRACE would show a caller the credential that is set for the upstream.
            refuse(client, transfer, .methodNotOffered)
            return
        }
        if transfer.head.asksUpgrade {
            refuse(client, transfer, .upgradeNotOffered)
            return
        }
        counters.requests += 1
        client.served = true
        client.closesAfterResponse = transfer.head.closes || isDraining(client)
        switch gateway.accept(transfer.head, peer: client.peer) {
        case .answer(let response): answer(client, transfer, response)
        case .forward(let plan): take(client, transfer, plan)
        }
    }

    private func take(_ client: ClientConnection, _ transfer: Transfer, _ plan: ForwardPlan) {
        transfer.client = client
        client.transfer = transfer
        client.phase = .exchange
        transfer.exchange = plan.exchange
        transfer.upstreamIndex = plan.upstream
        transfer.target = plan.target
        transfer.holdLimit = heldBodies < limits.heldBodies ? plan.holdBody : 0
        transfer.wholeDeadline = now + Int64(limits.exchangeTime)
        let framing = transfer.head.framing
        transfer.requestDecoder = BodyDecoder(framing)
        if case .sized(let count) = framing, count > limits.requestBody {
            transfer.requestPhase = .streaming
            tooLarge(transfer)
            return
        }
        let token = transfer.token
        if transfer.requestDecoder.isComplete {
            transfer.requestPhase = .complete
            client.deadline = .max
            begin(transfer, held: plan.holdBody > 0 ? UnsafeBufferPointer(start: nil, count: 0) : nil)
            return
        }
        let left = transfer.requestDecoder.left ?? 0
        if transfer.holdLimit > 0, left <= transfer.holdLimit {
            transfer.requestPhase = .collecting
        } else {
            transfer.requestPhase = .streaming
            begin(transfer, held: nil)
        }
        guard transfer.token == token, transfer.responsePhase != .ended, !client.isClosed else { return }
        setDeadline(client, limits.requestIdleTime)
        if transfer.head.expectsContinue { send(client, "HTTP/1.1 100 Continue\r\n\r\n") }
    }

    /// The request is ready to go: asks the exchange, writes the head, and finds a connection.
    ///
    /// - Parameter held: the whole body, which may stand in `transfer.body` or in the read buffer; `nil`
    ///   when it streams.
    func begin(_ transfer: Transfer, held: UnsafeBufferPointer<UInt8>?) {
        guard let exchange = transfer.exchange else { return }
        let beginning =
            if let held { exchange.begin(heldBody: held.span) } else { exchange.begin(heldBody: nil) }
        switch beginning {
        case .refuse(let response):
            respond(transfer, response, .refused)
        case .wait:
            park(transfer, held)
        case .forward(let edits):
            transfer.edits = edits
            transfer.isStreamed = held == nil && transfer.requestPhase != .complete
            let length = placeBody(transfer, held, edits.splices)
            writeRequestHead(transfer, length: length, joined: held)
            let token = transfer.token
            findConnection(transfer)
            if transfer.token == token, transfer.requestPhase == .complete,
                transfer.client?.peerFinished == true
            {
                clientLeaving(transfer)
            }
        }
    }

    /// Brings a held body into its final form.
    ///
    /// - Returns: its length; `nil` when it streams.
    func placeBody(
        _ transfer: Transfer, _ held: UnsafeBufferPointer<UInt8>?, _ splices: [BodySplice]
    ) -> Int? {
        guard let held else { return nil }
        guard !splices.isEmpty else {
            if held.count > limits.joinedBody, transfer.body.isEmpty, let start = held.baseAddress {
                transfer.body.append(start, held.count)
                countHeld(transfer, held.count)
            }
            return held.count
        }
        var edited = ByteQueue()
        edited.reserve(held.count + splices.reduce(0) { $0 + $1.bytes.count })
        var from = 0
        for splice in splices {
            precondition(splice.range.lowerBound >= from && splice.range.upperBound <= held.count)
            if let start = held.baseAddress {
                edited.append(start + from, splice.range.lowerBound - from)
            }
            edited.append(splice.bytes)
            from = splice.range.upperBound
        }
        if let start = held.baseAddress { edited.append(start + from, held.count - from) }
        countHeld(transfer, edited.count - transfer.counted)
        swap(&edited, &transfer.body)
        return transfer.body.count
    }

    func writeRequestHead(
        _ transfer: Transfer, length: Int?, joined held: UnsafeBufferPointer<UInt8>?
    ) {
        let edits = transfer.edits
        transfer.outgoing.clear(keeping: 8 << 10)
        transfer.outgoing.reserve(
            transfer.head.fields.bytes.count + 512 + (transfer.body.isEmpty ? length ?? 0 : 0))
        transfer.outgoing.appendRequestLine(
            transfer.head, target: transfer.target, host: hostFields[transfer.upstreamIndex])
        var stated: Int?
        switch transfer.head.framing {
        case .none: break
        case .sized(let count): stated = length ?? count
        case .chunked:
            stated = length
            transfer.uploadsChunks = length == nil
        }
        let wrote = transfer.outgoing.appendFields(
            transfer.head.fields, length: stated, remove: edits.remove, replacing: edits.set)
        for field in edits.set { transfer.outgoing.append(field) }
        if let stated, !wrote { transfer.outgoing.appendLength(stated) }
        if transfer.uploadsChunks { transfer.outgoing.append("Transfer-Encoding: chunked\r\n") }
        transfer.outgoing.append("\r\n")
        if transfer.body.isEmpty, let held, let start = held.baseAddress {
            transfer.outgoing.append(start, held.count)
        }
    }

    // MARK: Answers made here

    /// Refuses a request for its form and closes the connection.
    func refuse(_ client: ClientConnection, _ transfer: Transfer?, _ reason: HTTPRefusal) {
        counters.refused += 1
        let head: RequestHead? = transfer.flatMap { $0.head.fields.count > 0 ? $0.head : nil }
        let response =
            gateway.refused(reason, head: head, peer: client.peer) ?? LocalResponse.refusal(reason)
        client.closesAfterResponse = true
        writeLocal(client, response, toHead: head?.isHead ?? false)
        if let transfer { releaseTransfer(transfer) }
        say(client, .linger)
    }

    /// Gives the gateway's own answer; the rest of the request is thrown away if there is little of it.
    private func answer(_ client: ClientConnection, _ transfer: Transfer, _ response: LocalResponse) {
        let decoder = BodyDecoder(transfer.head.framing)
        let toHead = transfer.head.isHead
        let waits = transfer.head.expectsContinue
        releaseTransfer(transfer)
        let isShort = decoder.isComplete || (!waits && (decoder.left ?? 0) <= limits.discardedBody)
        if !isShort { client.closesAfterResponse = true }
        writeLocal(client, response, toHead: toHead)
        if client.isClosed { return }
        if client.closesAfterResponse {
            say(client, decoder.isComplete && !client.readable ? .close : .linger)
        } else if decoder.isComplete {
            nextRequest(client)
        } else {
            client.discarded = 0
            client.phase = .discarding(decoder)
            setDeadline(client, limits.requestIdleTime)
        }
    }

    /// Ends an exchange with a response made here, as soon as its record is durable.
    func respond(_ transfer: Transfer, _ response: LocalResponse, _ ending: RelayEnding) {
        transfer.local = response
        transfer.responsePhase = .ended
        if transfer.requestPhase != .complete { transfer.client?.closesAfterResponse = true }
        transfer.deadline = .max
        detachUpstream(transfer)
        report(transfer, ending)
        if let settlement = transfer.settlement { settle(transfer, settlement) }
    }

    func writeLocal(_ client: ClientConnection, _ response: LocalResponse, toHead: Bool) {
        scratch.clear(keeping: Loop.readSize)
        scratch.append("HTTP/1.1 ")
        scratch.append(decimal: response.status)
        scratch.append(" ")
        scratch.append(Array(reasonPhrase(response.status).utf8))
        scratch.append("\r\n")
        for field in response.fields { scratch.append(field) }
        if response.status != 204, response.status != 304 { scratch.appendLength(response.body.count) }
        if client.closesAfterResponse { scratch.append("Connection: close\r\n") }
        scratch.append("\r\n")
        if !toHead, response.status != 204, response.status != 304 { scratch.append(response.body) }
        send(client, scratch.front, scratch.count)
        scratch.clear(keeping: Loop.readSize)
    }
}

/// The usual words behind a status; empty for those that are not answered here.
private func reasonPhrase(_ status: Int) -> String {
    switch status {
    case 200: "OK"
    case 204: "No Content"
    case 400: "Bad Request"
    case 401: "Unauthorized"
    case 403: "Forbidden"
    case 404: "Not Found"
    case 405: "Method Not Allowed"
    case 408: "Request Timeout"
    case 413: "Content Too Large"
    case 417: "Expectation Failed"
    case 429: "Too Many Requests"
    case 431: "Request Header Fields Too Large"
    case 500: "Internal Server Error"
    case 501: "Not Implemented"
    case 502: "Bad Gateway"
    case 503: "Service Unavailable"
    case 504: "Gateway Timeout"
    case 505: "HTTP Version Not Supported"
    default: ""
    }
}
