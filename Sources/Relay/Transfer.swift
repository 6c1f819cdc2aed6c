// One exchange on its way: the request as far as it came, the response as far as it went, and who
// watches it. A transfer outlives its client (the upstream is read on for the bill) and its upstream
// connection (which returns to the pool while the end of the response still waits for the disk).

import Wire

final class Transfer {
    enum RequestPhase {
        /// The body is collected, to be given to the exchange whole.
        case collecting
        /// The body goes upstream as it comes.
        case streaming
        case complete
    }

    enum ResponsePhase {
        /// The request is not on its way yet.
        case none
        case resolving
        case waiting
        case body
        case ended
    }

    /// How the client learns where the body ends.
    enum ClientFraming {
        case none
        case sized
        case chunked
        case untilClose
    }

    /// Names this use of the object; 0 while it is free.
    var token: UInt64 = 0
    var client: ClientConnection?
    var upstream: UpstreamConnection?
    var exchange: (any Exchange)?
    var upstreamIndex = 0
    var target: [UInt8] = []
    var edits = RequestEdits()

    // MARK: Request
    let head = RequestHead()
    var requestPhase = RequestPhase.complete
    var requestDecoder = BodyDecoder(RequestFraming.none)
    /// Bytes of request body received.
    var received = 0
    var holdLimit = 0
    /// The held body, where it is too large to be joined with the head.
    var body = ByteQueue()
    /// Bytes of this transfer in the loop's sum of held bodies.
    var counted = 0
    /// The head as it goes upstream, and a small body behind it.
    var outgoing = ByteQueue()
    /// Bytes of `outgoing` and then of `body` that are sent.
    var sent = 0
    /// The last byte of the request is on its way.
    var isRequestSent = false
    /// The body goes upstream as it comes, from `body`, which then only holds what waits.
    var isStreamed = false
    /// The streamed body is re-emitted in chunks, because its length is not known.
    var uploadsChunks = false
    var wasRetried = false
    /// The upstream's refusal is collected and not shown yet; see Retrying.
    var isJudging = false
    /// Its body so far.
    var refusal = ByteQueue()
    var addresses: [SocketAddress] = []
    var nextAddress = 0

    /// The exchange has not decided yet whether the request goes upstream; its body waits in `body`.
    var isParked = false

    // MARK: Response
    let response = ResponseHead()
    var responsePhase = ResponsePhase.none
    var responseDecoder = BodyDecoder(ResponseFraming.none)
    var clientFraming = ClientFraming.none
    var informationalHeads = 0
    /// A response head that is not complete.
    var input = ByteQueue()
    var seeker = HeadSeeker()
    /// Bytes for the client, framed, that wait for the settlement.
    var held = ByteQueue()
    var isHolding = false
    var wasCut = false
    var responseStarted = false
    /// The upstream broke off: the client gets no proper end.
    var isTruncated = false
    /// The client must not take what it has for complete.
    var mustReset = false
    /// The response made here, which waits for the settlement.
    var local: LocalResponse?

    // MARK: End
    var isReported = false
    var settlement: Settlement?
    var clientGone = false
    var isDraining = false
    var drainLeft = 0

    // MARK: Times, in milliseconds
    var deadline = Int64.max
    var wholeDeadline = Int64.max
    var drainDeadline = Int64.max
    var graceDeadline = Int64.max

    /// When the loop has to look at it.
    var nextDeadline: Int64 { min(deadline, wholeDeadline, drainDeadline, graceDeadline) }

    /// The request can be sent again: all of it is here and no byte of a response came.
    var isReplayable: Bool {
        requestPhase == .complete && !outgoing.isEmpty && !responseStarted && responsePhase == .waiting
            && input.isEmpty
    }

    /// Forgets the exchange; keeps small buffers for the next.
    func recycle() {
        token = 0
        client = nil
        upstream = nil
        exchange = nil
        target = []
        edits = RequestEdits()
        head.reset()
        requestPhase = .complete
        received = 0
        counted = 0
        body.clear()
        outgoing.clear(keeping: 8 << 10)
        sent = 0
        uploadsChunks = false
        isRequestSent = false
        isStreamed = false
        wasRetried = false
        isParked = false
        isJudging = false
        refusal.clear()
        addresses = []
        nextAddress = 0
        response.reset()
        responsePhase = .none
        informationalHeads = 0
        input.clear()
        seeker = HeadSeeker()
        held.clear(keeping: 8 << 10)
        isHolding = false
        wasCut = false
        responseStarted = false
        isTruncated = false
        mustReset = false
        clientFraming = .none
        local = nil
        isReported = false
        settlement = nil
        clientGone = false
        isDraining = false
        deadline = .max
        wholeDeadline = .max
        drainDeadline = .max
        graceDeadline = .max
    }
}
