// Names to addresses, off the loops: getaddrinfo blocks, so it runs on helper threads, and a loop that
// has to wait is told through its inbox. Answers are kept for a while; an answer that grows old is used
// on while a new one is fetched, and longer still when the name server is away.

import CLinux
import Glibc
import Synchronization

/// What a look-up brought: addresses, none when the name does not resolve.
struct ResolvedName: Sendable {
    let host: String
    let port: UInt16
    let addresses: [SocketAddress]
}

/// The resolver of all loops. Times are milliseconds of the monotonic clock.
final class Resolver: Sendable {
    /// Helper threads: a name server that is away blocks one for seconds.
    static let threads = 2
    /// Addresses tried per name.
    static let addressLimit = 8
    /// How long a failure is believed, in milliseconds.
    static let failureLifetime: Int64 = 1_000

    private struct Entry {
        var addresses: [SocketAddress] = []
        var freshUntil: Int64 = .min
        var usableUntil: Int64 = .min
        var isRunning = false
        var waiters: [LoopInbox] = []
    }

    private struct Key: Hashable {
        let host: String
        let port: UInt16
    }

    private struct State {
        var entries: [Key: Entry] = [:]
        var work: [Key] = []
        var isStopped = false
    }

    private let state = Mutex(State())
    private let pending: Int32
    private let lifetime: Int64
    private let staleLifetime: Int64

    init(limits: RelayLimits) throws(RelayError) {
        pending = eventfd(0, Int32(EFD_CLOEXEC | EFD_SEMAPHORE))
        guard pending >= 0 else { throw .system("eventfd", clinux_errno()) }
        lifetime = Int64(limits.nameLifetime)
        staleLifetime = Int64(limits.staleNameLifetime)
    }

    deinit { close(pending) }

    /// The addresses of a name, empty when it is known not to resolve; `nil` when the answer will come
    /// to `inbox`. The number of names is that of the configured upstreams.
    func addresses(of host: String, port: UInt16, now: Int64, inbox: LoopInbox) -> [SocketAddress]? {
        if let literal = SocketAddress(host: host, port: port) { return [literal] }
        let key = Key(host: host, port: port)
        var start = false
        let answer: [SocketAddress]? = state.withLock { state in
            var entry = state.entries[key] ?? Entry()
            let known = now < entry.usableUntil
            if now >= entry.freshUntil, !entry.isRunning {
                entry.isRunning = true
                state.work.append(key)
                start = true
            }
            if !known, !entry.waiters.contains(where: { $0 === inbox }) { entry.waiters.append(inbox) }
            state.entries[key] = entry
            return known ? entry.addresses : nil
        }
        if start { _ = eventfd_write(pending, 1) }
        return answer
    }

    /// Starts a helper thread; it ends after ``stop()``.
    func startThread() -> ServiceThread { ServiceThread(name: "resolver") { self.serve() } }

    func stop() {
        state.withLock { $0.isStopped = true }
        _ = eventfd_write(pending, UInt64(Resolver.threads))
    }

    private func serve() {
        while true {
            var count: UInt64 = 0
            _ = eventfd_read(pending, &count)
            let (key, isStopped) = state.withLock { state in
                (state.work.isEmpty ? nil : state.work.removeFirst(), state.isStopped)
            }
            if isStopped { return }
            guard let key else { continue }
            let found = Resolver.lookUp(key.host, key.port)
            finish(key, found)
        }
    }

    private func finish(_ key: Key, _ found: [SocketAddress]) {
        let now = MonotonicClock.now()
        let (waiters, addresses) = state.withLock { state in
            var entry = state.entries[key] ?? Entry()
            if !found.isEmpty {
                entry.addresses = found
                entry.freshUntil = now + lifetime
                entry.usableUntil = now + lifetime + staleLifetime
            } else {
                entry.freshUntil = now + Resolver.failureLifetime
                if now >= entry.usableUntil {
                    entry.addresses = []
                    entry.usableUntil = entry.freshUntil
                }
            }
            entry.isRunning = false
            let waiters = entry.waiters
            entry.waiters = []
            state.entries[key] = entry
            return (waiters, entry.addresses)
        }
        for inbox in waiters {
            inbox.post(
                .resolved(name: ResolvedName(host: key.host, port: key.port, addresses: addresses)))
        }
    }

    /// Asks the system, which may block for seconds.
    static func lookUp(_ host: String, _ port: UInt16) -> [SocketAddress] {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        hints.ai_flags = AI_ADDRCONFIG
        var list: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, String(port), &hints, &list) == 0 else { return [] }
        defer { freeaddrinfo(list) }
        var addresses: [SocketAddress] = []
        var next = list
        while let entry = next, addresses.count < addressLimit {
            if let address = entry.pointee.ai_addr {
                addresses.append(SocketAddress(address, length: entry.pointee.ai_addrlen))
            }
            next = entry.pointee.ai_next
        }
        return addresses
    }
}

/// Milliseconds that only go forward, with the resolution of the kernel's tick (about 4 ms).
enum MonotonicClock {
    static func now() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC_COARSE, &time)
        return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
    }
}
