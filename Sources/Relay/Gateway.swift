// What the relay asks of those who use it. The relay moves bytes; who may call, where the request goes,
// what is counted and when a record is durable is decided behind these two protocols. One gateway
// exists per loop and lives on that loop's thread, as do all its exchanges: neither needs a lock.

public import Wire

/// Decides about requests. One per loop, made on the loop's thread and only called there.
public protocol Gateway: AnyObject {
    /// A request's head is complete.
    func accept(_ head: RequestHead, peer: Peer) -> Acceptance

    /// The relay itself refuses a well-formed request (CONNECT, TRACE, `Upgrade`) or a malformed head.
    ///
    /// - Parameter head: `nil` when the head could not be read.
    /// - Returns: what the client is told; `nil` for the relay's own words.
    func refused(_ reason: HTTPRefusal, head: RequestHead?, peer: Peer) -> LocalResponse?
}

extension Gateway {
    public func refused(_ reason: HTTPRefusal, head: RequestHead?, peer: Peer) -> LocalResponse? { nil }
}

/// Where a connection came from.
public struct Peer: Hashable, Sendable {
    /// Index of the listener in the configuration.
    public let listener: Int
    /// The caller's address without port; empty for a Unix socket.
    public let address: String
    /// Whether the caller is on this machine: 127.0.0.0/8, ::1 or a Unix socket.
    public let isLoopback: Bool
}

/// What becomes of a request.
public enum Acceptance {
    /// Answered here; nothing goes upstream.
    case answer(LocalResponse)
    case forward(ForwardPlan)
}

/// Where a request goes and who watches it.
public struct ForwardPlan {
    /// Index of the upstream in the configuration.
    public var upstream: Int
    /// Path and query as sent upstream, beginning with a slash; the caller vouches that it has neither
    /// blanks nor control characters (a part of ``RequestHead/path`` has none).
    public var target: [UInt8]
    /// Bodies up to so many bytes are held and given to ``Exchange/begin(heldBody:)`` whole; larger
    /// ones, and all with 0, stream.
    public var holdBody: Int
    public var exchange: any Exchange

    public init(upstream: Int, target: [UInt8], holdBody: Int, exchange: any Exchange) {
        self.upstream = upstream
        self.target = target
        self.holdBody = holdBody
        self.exchange = exchange
    }
}

/// Watches one exchange. All calls come from the loop's thread, in the order of declaration; each
/// exchange whose plan was given gets exactly one ``responseEnd(_:ticket:)``.
public protocol Exchange: AnyObject {
    /// The request is about to go upstream.
    ///
    /// - Parameter heldBody: the whole body, empty when there is none; `nil` when it streams.
    func begin(heldBody: Span<UInt8>?) -> Beginning

    /// The request waits, as ``Beginning/wait`` asked for.
    ///
    /// - Parameter ticket: to be settled, on any thread, when ``begin(heldBody:)`` may come again.
    func parked(_ ticket: Ticket)

    /// A piece of a streamed request body.
    func requestBytes(_ bytes: Span<UInt8>)

    /// The client's body grew beyond the limit while it streamed or was collected.
    func bodyTooLarge(limit: Int) -> LocalResponse

    /// There will be no response from the upstream.
    ///
    /// - Returns: what the client is told; `nil` for the relay's own words.
    func upstreamFailed(_ failure: UpstreamFailure) -> LocalResponse?

    /// More about a failure that is told next, such as what is wrong with a certificate.
    func upstreamFault(_ detail: String)

    /// The upstream refused (400 or 422) a request that went out with ``RequestEdits/mayRetry``; the client
    /// has seen nothing of it.
    ///
    /// - Parameter body: all of the refusal's body, at most ``RelayLimits/judgedRefusal``.
    /// - Returns: edits with which the request goes out once more, whose splices are places of the body
    ///   as it was sent; `nil`: the client gets the refusal, and ``responseHead(_:)`` follows.
    func retry(_ head: ResponseHead, body: Span<UInt8>) -> RequestEdits?

    func responseHead(_ head: ResponseHead)

    /// A piece of the response's body, after transfer decoding.
    func responseBytes(_ bytes: Span<UInt8>) -> TapVerdict

    /// The bytes that verdicts kept back and that are now to be sent. Also called once at the end of a
    /// response from which something was cut.
    func takeKept() -> [UInt8]

    /// The client is gone: how far may the upstream be read on? `nil` cuts it at once.
    func drainLimit() -> DrainLimit?

    /// The exchange is over. Makes the record; the client gets the end of its response when the ticket
    /// is settled, which may happen at once and on any thread.
    func responseEnd(_ ending: RelayEnding, ticket: Ticket)
}

extension Exchange {
    public func parked(_ ticket: Ticket) { ticket.settle(.durable) }
    public func requestBytes(_ bytes: Span<UInt8>) {}
    public func bodyTooLarge(limit: Int) -> LocalResponse { .bodyTooLarge(limit: limit) }
    public func upstreamFailed(_ failure: UpstreamFailure) -> LocalResponse? { nil }
    public func upstreamFault(_ detail: String) {}
    public func takeKept() -> [UInt8] { [] }
    public func retry(_ head: ResponseHead, body: Span<UInt8>) -> RequestEdits? { nil }
    public func drainLimit() -> DrainLimit? { .standard }
}

/// How far an upstream is read after its client has gone.
public struct DrainLimit: Hashable, Sendable {
    /// Bytes of response body.
    public var bytes: Int
    public var milliseconds: Int

    public init(bytes: Int, milliseconds: Int) {
        self.bytes = bytes
        self.milliseconds = milliseconds
    }

    /// 8 MiB and 30 s: nearly every generation ends within.
    public static let standard = DrainLimit(bytes: 8 << 20, milliseconds: 30_000)
}

/// How the request begins its way upstream.
public enum Beginning {
    case forward(RequestEdits)
    case refuse(LocalResponse)
    /// Not decided yet, which is possible for a held body only: ``Exchange/parked(_:)`` follows, and when its
    /// ticket is settled ``Exchange/begin(heldBody:)`` comes once more with the same body.
    case wait
}

/// The changes of a request and of its response's head. Nothing else changes.
public struct RequestEdits: Sendable {
    /// Fields that do not go upstream.
    public var remove: [FieldName] = []
    /// Fields that replace those of the same name.
    public var set: [HeaderField] = []
    /// Changes of a held body, in order and not overlapping. Not possible while streaming.
    public var splices: [BodySplice] = []
    /// Fields added to the response's head, replacing those of the same name.
    public var respond: [HeaderField] = []
    /// The splices may be what the upstream refuses: the body is kept until its answer begins, and a
    /// refusal is shown to ``Exchange/retry(_:body:)``.
    public var mayRetry = false

    public init() {}
}

/// Bytes that replace a stretch of the request's body.
public struct BodySplice: Hashable, Sendable {
    public var range: Range<Int>
    public var bytes: [UInt8]

    public init(_ range: Range<Int>, _ bytes: [UInt8]) {
        self.range = range
        self.bytes = bytes
    }
}

/// How an exchange ended.
public enum RelayEnding: Hashable, Sendable {
    /// The response came to its end.
    case complete
    /// The dialect's last event came, the message's end did not within the time of grace.
    case settled
    /// The upstream stopped in the middle of the response.
    case truncated
    /// The client went away. `drained`: the upstream's response was read to its end all the same.
    case clientGone(drained: Bool)
    /// No response came.
    case upstreamFailed(UpstreamFailure)
    /// Answered by ``Beginning/refuse(_:)`` or for the size of the body.
    case refused
}

/// Why an upstream gave no response.
public enum UpstreamFailure: String, Hashable, Sendable {
    case unresolved = "name-not-resolved"
    case unreachable = "unreachable"
    /// The name led only to addresses that the configuration does not allow.
    case addressRefused = "address-not-allowed"
    case connectTimeout = "connect-timeout"
    case tlsFailed = "tls-failed"
    case closedEarly = "closed-before-response"
    case headTimeout = "response-timeout"
    case wholeTimeout = "exchange-timeout"
    case badResponse = "malformed-response"
    case shutDown = "shut-down"

    /// The status for the client when nobody says otherwise.
    public var status: Int {
        switch self {
        case .connectTimeout, .headTimeout, .wholeTimeout: 504
        default: 502
        }
    }
}
