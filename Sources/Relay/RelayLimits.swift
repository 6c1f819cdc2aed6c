// Every size, count and time of the relay, with unit, reason, and what happens when it is reached.

public import Wire

/// Limits of one loop, unless a line says otherwise.
public struct RelayLimits: Sendable {
    // MARK: Counts

    /// Client connections. Reached: no more are accepted until one closes; callers wait in the kernel's
    /// queue. Each idle one costs about 300 bytes and a descriptor.
    public var connections = 16_384
    /// Client connections from one address; 0: as many as there may be. Reached: further ones are closed
    /// unread, so that one caller cannot take all places. Beside applications all come from one.
    public var connectionsPerAddress = 0
    /// Idle connections kept per upstream. Reached: the connection is closed instead of kept.
    public var idleUpstreams = 1024
    /// Exchanges read on after their client has gone. Reached: cut at once.
    public var drains = 256
    /// Informational (1xx) heads before a response. More: a bad gateway.
    public var informationalHeads = 8
    /// Reads of one connection in one turn, so that a fast one leaves time to the others. Reached: it
    /// goes on after them.
    public var readsPerTurn = 8

    // MARK: Bytes

    /// Of a request's head. Reached: 431.
    public var requestHead = HeadLimits.request
    /// Of a response's head. Reached: 502.
    public var responseHead = HeadLimits.response
    /// Of a request's body. Reached: 413.
    public var requestBody = 1 << 30
    /// Waiting for a slow receiver; above it the sender is no longer read. A window of TCP.
    public var highWater = 256 << 10
    /// Below it the sender is read again.
    public var lowWater = 64 << 10
    /// Of a response after its terminal event, before the record is durable. Reached: the exchange is
    /// settled at once and the upstream waits. Servers send a few bytes there.
    public var heldResponse = 64 << 10
    /// Of a refusal that may lead to a second try. Reached: the client gets it as it comes. Refusals that
    /// name a field have a few hundred bytes.
    public var judgedRefusal = 32 << 10
    /// Of a request that was answered without reading it. Up to it the connection lives on, beyond it is
    /// closed.
    public var discardedBody = 64 << 10
    /// A held request body up to this size is copied behind its head, so that both leave in one packet
    /// train with one call.
    public var joinedBody = 16 << 10
    /// All request bodies held at one time. Reached: larger bodies stream instead of being held.
    public var heldBodies = 512 << 20

    // MARK: Times, in milliseconds

    /// From the first byte of a request's head to its last. Reached: 408 and close.
    public var requestHeadTime = 10_000
    /// Between two pieces of a request's body. Reached: close.
    public var requestIdleTime = 60_000
    /// Bytes a second that a request's body must reach on average, from ``requestIdleTime`` after its head
    /// on; 0: none. Reached: close. Below what any network has, above what keeps a place by a byte a minute.
    public var requestBodyRate = 128
    /// Without a request on a kept client connection. Reached: close.
    public var keepAliveTime = 75_000
    /// Without progress of a client that should read. Reached: it counts as gone.
    public var clientStallTime = 300_000
    /// Name resolution, connection and TLS together, per address tried. Reached: the next address, then
    /// 504.
    public var connectTime = 10_000
    /// From the last byte of the request to the response's head. Long, because unary generations
    /// answer only when they are done. Reached: 504.
    public var responseHeadTime = 600_000
    /// Between two pieces of a response's body. Reached: truncated.
    public var responseIdleTime = 300_000
    /// The whole exchange. Reached: 504 or truncated.
    public var exchangeTime = 3_600_000
    /// An idle upstream connection. Reached: close. Below the 60 s of common servers.
    public var upstreamIdleTime = 50_000
    /// From a response's terminal event to the message's end. Reached: the exchange is settled.
    public var terminalGrace = 250
    /// A closed client connection is read on to let the last response arrive. Reached: close.
    public var lingerTime = 2_000
    /// How long a resolved name is used.
    public var nameLifetime = 30_000
    /// How long it is used on when it cannot be resolved again.
    public var staleNameLifetime = 600_000

    public init() {}
}
