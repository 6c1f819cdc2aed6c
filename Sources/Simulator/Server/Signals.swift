// What the loop tells the world while it runs, and the one word it is told. Both sides share a guarded
// struct; an eventfd wakes the loop, and one eventfd per waiter wakes those who wait for a count.

import CLinux
import Glibc
import Synchronization

/// Counts of a running simulator.
public struct SimulatorStatistics: Hashable, Sendable {
    /// Requests read.
    public var requests = 0
    /// Answers whose last byte was handed to the socket.
    public var completed = 0
    /// Answers that the client did not wait for.
    public var aborted = 0
    /// Answers broken on purpose (hint `cut`).
    public var cut = 0
    /// Streams that wait for a release now.
    public var held = 0
    /// Open connections now.
    public var connections = 0
    /// Content frames sent.
    public var frames = 0

    public init() {}
}

/// Shared between the loop and the handle.
final class Signals: Sendable {
    struct State {
        var statistics = SimulatorStatistics()
        var waiters: [Int32] = []
        var stop = false
        var release = false
    }

    let state = Mutex(State())
    /// Wakes the loop.
    let wake: Int32

    init() { wake = eventfd(0, Int32(EFD_NONBLOCK | EFD_CLOEXEC)) }

    deinit { close(wake) }

    func tell(_ change: (inout State) -> Void) {
        state.withLock { change(&$0) }
        Self.raise(wake)
    }

    /// Called by the loop after each turn that changed a count.
    func publish(_ statistics: SimulatorStatistics) {
        let waiters = state.withLock { state in
            state.statistics = statistics
            return state.waiters
        }
        for waiter in waiters { Self.raise(waiter) }
    }

    /// Blocks until the counts satisfy `condition`.
    ///
    /// - Returns: false when `milliseconds` went by before.
    func wait(milliseconds: Int32, until condition: (SimulatorStatistics) -> Bool) -> Bool {
        let mine = eventfd(0, Int32(EFD_CLOEXEC))
        defer {
            state.withLock { $0.waiters.removeAll { $0 == mine } }
            close(mine)
        }
        state.withLock { $0.waiters.append(mine) }
        let deadline = monotonicNanoseconds() + UInt64(milliseconds) * 1_000_000
        while true {
            if condition(state.withLock { $0.statistics }) { return true }
            let now = monotonicNanoseconds()
            guard now < deadline else { return false }
            var poll = pollfd(fd: mine, events: Int16(POLLIN), revents: 0)
            if Glibc.poll(&poll, 1, Int32((deadline - now) / 1_000_000) + 1) > 0 {
                var value: UInt64 = 0
                read(mine, &value, 8)
            }
        }
    }

    static func raise(_ descriptor: Int32) {
        var one: UInt64 = 1
        write(descriptor, &one, 8)
    }
}

/// Nanoseconds since some fixed point; never goes back.
func monotonicNanoseconds() -> UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
}
