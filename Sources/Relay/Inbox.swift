// The one door into a loop's thread: settlements of tickets, answers of the resolver, orders to drain.
// Guarded by a mutex and announced through an eventfd, which is written only while the loop sleeps, so
// that a busy loop pays no system call for what arrives meanwhile.

import CLinux
import Glibc
import Synchronization

/// How the record of an exchange fared.
public enum Settlement: Sendable {
    /// It survives a crash: the client may have the end of its response.
    case durable
    /// It could not be kept: the client must not see a complete response.
    case failed
}

/// The right to settle one exchange; any thread may use it, once.
public struct Ticket: Sendable {
    /// Of the loop to which the exchange belongs.
    public let inbox: LoopInbox
    /// Names the exchange in ``LoopInbox/settle(_:_:)``; never used again for another one.
    public let token: UInt64

    public func settle(_ outcome: Settlement) { inbox.settle([token], outcome) }
}

/// Where a loop receives what other threads have for it.
public final class LoopInbox: Sendable {
    enum Order: Sendable {
        case drain(deadlineMilliseconds: Int)
        case resolved(name: ResolvedName)
        case measure(Reply)
    }

    /// Lets one thread wait for loops.
    final class Reply: Sendable {
        private let descriptor = eventfd(0, Int32(EFD_CLOEXEC | EFD_SEMAPHORE))
        deinit { close(descriptor) }
        func done() { _ = eventfd_write(descriptor, 1) }
        func wait(for loops: Int) {
            var count: UInt64 = 0
            for _ in 0..<loops { _ = eventfd_read(descriptor, &count) }
        }
    }

    struct Mail {
        var settlements: [(token: UInt64, outcome: Settlement)] = []
        var orders: [Order] = []
        var isEmpty: Bool { settlements.isEmpty && orders.isEmpty }
    }

    private struct State {
        var mail = Mail()
        var asleep = false
    }

    private let state = Mutex(State())
    let wakeUp: Int32

    init() throws(RelayError) {
        wakeUp = eventfd(0, Int32(EFD_NONBLOCK | EFD_CLOEXEC))
        guard wakeUp >= 0 else { throw .system("eventfd", clinux_errno()) }
    }

    deinit { close(wakeUp) }

    /// Settles many exchanges of this loop with one wake-up. Tokens of exchanges that are over are
    /// ignored. The number of waiting tokens is bounded by the number of exchanges in flight.
    public func settle(_ tokens: [UInt64], _ outcome: Settlement) {
        post { mail in
            for token in tokens { mail.settlements.append((token, outcome)) }
        }
    }

    func post(_ order: Order) { post { $0.orders.append(order) } }

    private func post(_ change: (inout Mail) -> Void) {
        let wake = state.withLock { state in
            change(&state.mail)
            defer { state.asleep = false }
            return state.asleep
        }
        if wake { _ = eventfd_write(wakeUp, 1) }
    }

    /// Takes the outcome of one ticket if it is there already.
    func outcome(of token: UInt64) -> Settlement? {
        state.withLock { state in
            guard let index = state.mail.settlements.lastIndex(where: { $0.token == token }) else {
                return nil
            }
            return state.mail.settlements.remove(at: index).outcome
        }
    }

    /// Everything that has arrived.
    func take() -> Mail {
        state.withLock { state in
            if state.mail.isEmpty { return Mail() }
            let mail = state.mail
            state.mail = Mail()
            return mail
        }
    }

    /// States that the loop is about to sleep.
    ///
    /// - Returns: false when mail has arrived meanwhile, and the loop must not sleep.
    func sleep() -> Bool {
        state.withLock { state in
            state.asleep = state.mail.isEmpty
            return state.asleep
        }
    }

    /// States that the loop is awake.
    func wake() { state.withLock { $0.asleep = false } }
}
