// What a loop tells about itself: numbers for the admin listener, the benchmark and the tests. Each is
// written by one loop and read by anyone.

import Synchronization

/// A reading of the relay's counters, summed over its loops.
public struct RelayCounters: Hashable, Sendable {
    /// Client connections open now, and accepted since the start.
    public var clients = 0
    public var accepted = 0
    /// Requests whose head was well formed, since the start.
    public var requests = 0
    /// Exchanges in flight now.
    public var exchanges = 0
    /// Upstream connections open now, and those of them that are idle.
    public var upstreams = 0
    public var idleUpstreams = 0
    /// Upstream connections opened since the start.
    public var connects = 0
    /// Requests sent again, since the start: a kept connection had been closed, or a change was refused.
    public var retries = 0
    /// Requests refused for their form, since the start.
    public var refused = 0
    /// Exchanges read on without their client now, and since the start.
    public var drains = 0
    public var drainsBegun = 0
    /// Clients with whom TLS could not be agreed on, since the start.
    public var failedHandshakes = 0
    /// Bytes held in buffers as of the last reading of each loop (every second, or when measured).
    public var buffered = 0
    /// Most bytes that waited for one slow client, since the start.
    public var peakWaiting = 0

    public init() {}

    static func + (a: RelayCounters, b: RelayCounters) -> RelayCounters {
        var sum = a
        sum.clients += b.clients
        sum.accepted += b.accepted
        sum.requests += b.requests
        sum.exchanges += b.exchanges
        sum.upstreams += b.upstreams
        sum.idleUpstreams += b.idleUpstreams
        sum.connects += b.connects
        sum.retries += b.retries
        sum.refused += b.refused
        sum.drains += b.drains
        sum.drainsBegun += b.drainsBegun
        sum.failedHandshakes += b.failedHandshakes
        sum.buffered += b.buffered
        sum.peakWaiting = max(a.peakWaiting, b.peakWaiting)
        return sum
    }
}

/// Where a loop publishes its counters.
final class CounterBoard: Sendable {
    private let published = Mutex(RelayCounters())

    func publish(_ counters: RelayCounters) { published.withLock { $0 = counters } }
    func read() -> RelayCounters { published.withLock { $0 } }
}
