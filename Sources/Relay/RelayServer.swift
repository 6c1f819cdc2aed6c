// The relay as its owner sees it: start it, read its counters, drain it. Inside are one thread per loop
// and the resolver's helpers.

import CLinux
import Glibc
import Synchronization

/// A running relay.
public final class RelayServer: Sendable {
    /// The bound port of each configured listener, in order; 0 for a Unix socket.
    public let ports: [UInt16]
    private let inboxes: [LoopInbox]
    private let boards: [CounterBoard]
    private let loops: [ServiceThread]
    private let resolver: Resolver
    private let helpers: [ServiceThread]
    private let socketFiles: [(file: UnixSocketFile, staysDuringDrain: Bool)]
    private let identities: [ListenerIdentity]
    private let isOver = Atomic(false)

    /// Opens the listeners and starts the loops. SIGPIPE is ignored in the whole process from here on.
    ///
    /// - Parameter gateway: called once per loop, on its thread.
    public static func start(
        _ configuration: RelayConfiguration,
        gateway: @escaping @Sendable (LoopInbox) -> any Gateway
    ) throws(RelayError) -> RelayServer {
        signal(SIGPIPE, SIG_IGN)
        let tls = try contexts(configuration.upstreams)
        let identities = try ListenerIdentity.each(of: configuration.listeners)
        let count = max(1, configuration.loops ?? Int(clinux_usable_cores()))
        var groups: [ListenerGroup] = []
        for listener in configuration.listeners {
            do throws(RelayError) {
                groups.append(
                    try ListenerGroup.open(listener.address, mode: listener.socketMode, loops: count))
            } catch {
                for group in groups { group.file?.remove() }
                for group in groups { for descriptor in Set(group.descriptors) { close(descriptor) } }
                throw error
            }
        }
        return try RelayServer(configuration, groups, identities, tls, loops: count, gateway)
    }

    private init(
        _ configuration: RelayConfiguration, _ groups: [ListenerGroup], _ identities: [ListenerIdentity?],
        _ tls: [TLSContext?], loops count: Int,
        _ gateway: @escaping @Sendable (LoopInbox) -> any Gateway
    ) throws(RelayError) {
        ports = groups.map(\.port)
        socketFiles = zip(groups, configuration.listeners).compactMap { group, listener in
            group.file.map { ($0, listener.staysDuringDrain) }
        }
        let resolver = try Resolver(limits: configuration.limits)
        self.resolver = resolver
        helpers = (0..<Resolver.threads).map { _ in resolver.startThread() }
        let undrained = UndrainedLoops(count)
        var inboxes: [LoopInbox] = []
        var boards: [CounterBoard] = []
        var threads: [ServiceThread] = []
        for number in 0..<count {
            let inbox = try LoopInbox()
            let board = CounterBoard()
            let listeners = groups.indices.map { index in
                Listener(
                    descriptor: groups[index].descriptors[number], index: index,
                    isShared: groups[index].isShared,
                    staysDuringDrain: configuration.listeners[index].staysDuringDrain,
                    tls: identities[index])
            }
            inboxes.append(inbox)
            boards.append(board)
            threads.append(
                ServiceThread(name: "loop-\(number)") {
                    // Descriptors for the poller are the only thing that can be missing here.
                    guard
                        let loop = try? Loop(
                            configuration, listeners: listeners, inbox: inbox, resolver: resolver,
                            board: board, tls: tls, undrained: undrained, gateway: gateway(inbox))
                    else { preconditionFailure("no poller could be opened") }
                    loop.run()
                })
        }
        self.identities = identities.compactMap(\.self)
        self.inboxes = inboxes
        self.boards = boards
        loops = threads
    }

    /// One context per set of authorities: the system's store alone takes a megabyte.
    private static func contexts(
        _ upstreams: [UpstreamConfiguration]
    ) throws(RelayError) -> [TLSContext?] {
        var made: [String?: TLSContext] = [:]
        var contexts: [TLSContext?] = []
        for upstream in upstreams {
            guard upstream.isTLS else {
                contexts.append(nil)
                continue
            }
            if let context = made[upstream.authorities] {
                contexts.append(context)
                continue
            }
            let context = try TLSContext.client(
                upstream: upstream.name, authorities: upstream.authorities)
            made[upstream.authorities] = context
            contexts.append(context)
        }
        return contexts
    }

    /// The counters of all loops as they were published last, at most a second ago.
    public var counters: RelayCounters { reading() }

    /// Reads ``counters`` without holding on to the server.
    public var reading: @Sendable () -> RelayCounters {
        { [boards] in boards.reduce(RelayCounters()) { $0 + $1.read() } }
    }

    /// The counters of this moment. Waits for the loops: not to be called from one.
    public func measure() -> RelayCounters {
        if isOver.load(ordering: .acquiring) { return counters }
        let reply = LoopInbox.Reply()
        for inbox in inboxes { inbox.post(.measure(reply)) }
        reply.wait(for: inboxes.count)
        return counters
    }

    /// Reads the listeners' certificates, keys and client authorities again. Connections that stand keep what
    /// they began with; the next ones get the new. What cannot be used leaves the old in force.
    ///
    /// - Parameter onlyChanged: leaves files alone that are as they were when they were last read.
    /// - Returns: for each set of files that was read, what is in force now or why it was not taken.
    public func reloadIdentities(
        onlyChanged: Bool = false
    ) -> [Result<CertificateFacts, RelayError>] {
        var seen: Set<TLSIdentity> = []
        return identities.compactMap { each in
            guard seen.insert(each.files).inserted else { return nil }
            return each.reload(onlyChanged: onlyChanged)
        }
    }

    /// Stops accepting, lets exchanges in flight end, and cuts what is left after so long. Returns at
    /// once; ``wait()`` for the end.
    public func drain(deadlineMilliseconds: Int) {
        for socket in socketFiles where !socket.staysDuringDrain { socket.file.remove() }
        for inbox in inboxes { inbox.post(.drain(deadlineMilliseconds: deadlineMilliseconds)) }
    }

    /// Waits until all loops have ended after ``drain(deadlineMilliseconds:)``.
    public func wait() {
        for loop in loops { loop.join() }
        if isOver.exchange(true, ordering: .acquiringAndReleasing) { return }
        resolver.stop()
        // The helpers are not waited for: a name server that is away may keep one for many seconds.
        for socket in socketFiles {
            if socket.staysDuringDrain { socket.file.remove() }
            close(socket.file.descriptor)
        }
    }
}
