// One thread of the relay: a poller, the connections registered with it, and what they share. Every
// descriptor is registered once, edge-triggered, and never modified; a connection owns memory only while
// something waits. The other files of this folder extend the loop by what it does with clients,
// upstreams and deadlines; all of it runs on this one thread.

import CLinux
import Glibc
import Wire

final class Loop {
    static let readSize = 64 << 10
    /// Room before the read buffer, where the line of a re-emitted chunk is put.
    static let headroom = 32
    /// Room behind it, for the end of a chunk and of a body.
    static let tailroom = 16

    let configuration: RelayConfiguration
    let limits: RelayLimits
    let inbox: LoopInbox
    let resolver: Resolver
    let board: CounterBoard
    let gateway: any Gateway
    let poller: Int32
    let listeners: [Listener]
    let hostFields: [[UInt8]]
    /// By upstream; `nil` where it is plain.
    let tls: [TLSContext?]
    let resumptions: [TLSResumption]
    var openListeners: Set<Int32> = []
    var acceptsPaused = false
    /// Client connections by address, where these are limited.
    var clientsByAddress: [String: Int] = [:]

    /// By descriptor.
    var sockets: ContiguousArray<Socket?> = []
    var nextGeneration: UInt32 = 0
    /// By slot, the low half of a transfer's token.
    var transfers: ContiguousArray<Transfer?> = []
    var freeSlots: [UInt32] = []
    var spareTransfers: [Transfer] = []
    var nextTransfer: UInt64 = 0
    /// Idle connections per upstream; the last used is used again first.
    var idle: [[UpstreamConnection]]
    /// Connections that have more to read and were stopped, or were waiting for another one.
    var queue: [Socket] = []
    var resolving: [UInt64] = []

    private let readMemory: UnsafeMutablePointer<UInt8>
    var readBuffer: UnsafeMutablePointer<UInt8> { readMemory + Loop.headroom }
    /// The head being written.
    var scratch = ByteQueue()
    var heldBodies = 0

    var wheel: DeadlineWheel
    var dueTokens: [UInt64] = []
    private var clock = LoopClock(at: MonotonicClock.now())
    var now: Int64
    var counters = RelayCounters()
    var publishedAt: Int64 = 0
    var drainDeadline: Int64?
    var drainTurns = 0
    /// Nothing is left of this loop's own; see ``undrained``.
    var isDrained = false
    let undrained: UndrainedLoops
    var isOver = false

    init(
        _ configuration: RelayConfiguration, listeners: [Listener], inbox: LoopInbox, resolver: Resolver,
        board: CounterBoard, tls: [TLSContext?], undrained: UndrainedLoops, gateway: any Gateway
    ) throws(RelayError) {
        self.configuration = configuration
        limits = configuration.limits
        self.listeners = listeners
        self.inbox = inbox
        self.resolver = resolver
        self.board = board
        self.gateway = gateway
        self.tls = tls
        self.undrained = undrained
        resumptions = configuration.upstreams.map { _ in TLSResumption() }
        hostFields = configuration.upstreams.map(\.hostField)
        idle = configuration.upstreams.map { _ in [] }
        now = clock.time
        wheel = DeadlineWheel(now: now)
        readMemory = .allocate(capacity: Loop.headroom + Loop.readSize + Loop.tailroom)
        poller = epoll_create1(Int32(EPOLL_CLOEXEC))
        guard poller >= 0 else { throw .system("epoll_create1", clinux_errno()) }
        watch(inbox.wakeUp, EPOLLIN.rawValue, token: UInt64(UInt32(bitPattern: inbox.wakeUp)))
        for listener in listeners {
            openListeners.insert(listener.descriptor)
            let exclusive = listener.isShared ? EPOLLEXCLUSIVE.rawValue : 0
            watch(
                listener.descriptor, EPOLLIN.rawValue | exclusive,
                token: UInt64(UInt32(bitPattern: listener.descriptor)))
        }
    }

    deinit {
        readMemory.deallocate()
        close(poller)
    }

    private func watch(_ descriptor: Int32, _ events: UInt32, token: UInt64) {
        _ = clinux_epoll_ctl(poller, EPOLL_CTL_ADD, descriptor, events, token)
    }

    // MARK: Turning

    func run() {
        let room: Int32 = 512
        let events = UnsafeMutablePointer<epoll_event>.allocate(capacity: Int(room))
        defer { events.deallocate() }
        while !isOver {
            let count = clinux_wait(poller, events, room, sleepTime())
            inbox.wake()
            now = clock.advance(to: MonotonicClock.now())
            var index: Int32 = 0
            while index < count {
                dispatch(clinux_event_data(events, index), clinux_event_bits(events, index))
                index += 1
            }
            handleMail()
            handleQueue()
            handleDeadlines()
            if now - publishedAt >= 1000 {
                publish()
                resumeAccepting()
            }
            if drainDeadline != nil { continueDrain() }
        }
        publish()
    }

    /// Milliseconds for the poller: none while something is left to do, -1 without end.
    private func sleepTime() -> Int32 {
        if !queue.isEmpty || !inbox.sleep() { return 0 }
        let untilDeadline = Int32(wheel.untilNext(now: now) ?? -1)
        // While draining the loop looks often whether it is over; at first without sleeping at all.
        let drainCap: Int32? = drainDeadline == nil ? nil : drainTurns < 3 ? 0 : 50
        let cap: Int32 = drainCap ?? (acceptsPaused ? 1000 : -1)
        if cap < 0 { return untilDeadline }
        return untilDeadline < 0 ? cap : min(untilDeadline, cap)
    }

    private func dispatch(_ token: UInt64, _ events: UInt32) {
        let descriptor = Int32(truncatingIfNeeded: token)
        let generation = UInt32(truncatingIfNeeded: token >> 32)
        if generation == 0 {
            if descriptor == inbox.wakeUp {
                var count: UInt64 = 0
                _ = eventfd_read(descriptor, &count)
            } else {
                acceptClients(descriptor)
            }
            return
        }
        guard let socket = socket(token) else { return }
        let broken = events & (EPOLLERR.rawValue | EPOLLHUP.rawValue) != 0
        if events & EPOLLRDHUP.rawValue != 0 || broken { socket.peerFinished = true }
        if events & EPOLLIN.rawValue != 0 || socket.peerFinished { socket.readable = true }
        let writable = events & EPOLLOUT.rawValue != 0
        switch socket.side {
        case .client(let client): clientEvent(client, writable: writable, broken: broken)
        case .upstream(let upstream): upstreamEvent(upstream, writable: writable, broken: broken)
        }
    }

    private func handleMail() {
        let mail = inbox.take()
        for (token, outcome) in mail.settlements {
            if let transfer = transfer(token) { settle(transfer, outcome) }
        }
        for order in mail.orders {
            switch order {
            case .drain(let milliseconds): startDrain(milliseconds)
            case .resolved(let name): nameResolved(name)
            case .measure(let reply):
                publish()
                reply.done()
            }
        }
    }

    private func handleQueue() {
        guard !queue.isEmpty else { return }
        let waiting = queue
        queue.removeAll(keepingCapacity: true)
        for socket in waiting {
            socket.isQueued = false
            if socket.isClosed { continue }
            switch socket.side {
            case .client(let client): readClient(client)
            case .upstream(let upstream): readUpstream(upstream)
            }
        }
    }

    /// Reads from a connection again after the others had their turn.
    func enqueue(_ socket: Socket) {
        if socket.isQueued || socket.isClosed { return }
        socket.isQueued = true
        queue.append(socket)
    }

    // MARK: Registers

    func socket(_ token: UInt64) -> Socket? {
        let descriptor = Int(UInt32(truncatingIfNeeded: token))
        guard descriptor < sockets.count, let socket = sockets[descriptor],
            socket.generation == UInt32(truncatingIfNeeded: token >> 32)
        else { return nil }
        return socket
    }

    func newGeneration() -> UInt32 {
        nextGeneration = nextGeneration == UInt32.max ? 1 : nextGeneration + 1
        return nextGeneration
    }

    /// Registers a connection for all events, once.
    func register(_ socket: Socket) {
        let descriptor = Int(socket.descriptor)
        while sockets.count <= descriptor { sockets.append(nil) }
        sockets[descriptor] = socket
        let edge: UInt32 = 1 << 31
        let events = EPOLLIN.rawValue | EPOLLOUT.rawValue | EPOLLRDHUP.rawValue | edge
        watch(socket.descriptor, events, token: socket.token)
    }

    func unregister(_ socket: Socket) { sockets[Int(socket.descriptor)] = nil }

    func transfer(_ token: UInt64) -> Transfer? {
        let slot = Int(token & 0xFFFF_FFFF)
        guard token != 0, slot < transfers.count, let transfer = transfers[slot], transfer.token == token
        else { return nil }
        return transfer
    }

    func obtainTransfer() -> Transfer {
        let transfer = spareTransfers.popLast() ?? Transfer()
        let slot: UInt32
        if let free = freeSlots.popLast() {
            slot = free
        } else {
            slot = UInt32(transfers.count)
            transfers.append(nil)
        }
        nextTransfer += 1
        transfer.token = nextTransfer << 32 | UInt64(slot)
        transfers[Int(slot)] = transfer
        counters.exchanges += 1
        return transfer
    }

    func releaseTransfer(_ transfer: Transfer) {
        let slot = UInt32(transfer.token & 0xFFFF_FFFF)
        transfers[Int(slot)] = nil
        freeSlots.append(slot)
        counters.exchanges -= 1
        transfer.recycle()
        if spareTransfers.count < 64 { spareTransfers.append(transfer) }
    }

    // MARK: Telling

    func publish() {
        publishedAt = now
        var buffered = 0
        for case .some(let socket) in sockets {
            buffered += socket.out.count
            if case .client(let client) = socket.side { buffered += client.pending.count }
        }
        for case .some(let transfer) in transfers {
            buffered += transfer.body.count + transfer.outgoing.count
            buffered += transfer.input.count + transfer.held.count
        }
        counters.buffered = buffered
        counters.idleUpstreams = idle.reduce(0) { $0 + $1.count }
        board.publish(counters)
    }
}
