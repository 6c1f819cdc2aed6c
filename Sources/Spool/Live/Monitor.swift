import CLinux
import Glibc

/// A lock around one object, with two conditions to wait for: the shape that the writer thread, the
/// callers and the shipper meet in. Swift's own `Mutex` has no condition variable.
///
/// The state is an object and not a value: while a thread waits inside ``locked(_:)``, others change
/// it, which Swift's exclusive access to a value would forbid.
final class Monitor<State: AnyObject>: @unchecked Sendable {
    // `mutex` guards `state`; the pointers never change.
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let conditions = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: Condition.allCases.count)
    private let state: State

    enum Condition: Int, CaseIterable {
        /// For the writer: records are queued, or the spool closes.
        case work
        /// For the shipper: records are durable, or the spool closes.
        case durable
    }

    init(_ state: State) {
        self.state = state
        pthread_mutex_init(mutex, nil)
        for condition in Condition.allCases { pthread_cond_init(conditions + condition.rawValue, nil) }
    }

    deinit {
        for condition in Condition.allCases { pthread_cond_destroy(conditions + condition.rawValue) }
        pthread_mutex_destroy(mutex)
        conditions.deallocate()
        mutex.deallocate()
    }

    @inline(__always)
    func locked<Result, Failure: Error>(
        _ body: (State) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return try body(state)
    }

    /// Inside ``locked(_:)`` only. Lets others in until signalled, or until the monotonic clock's
    /// `deadline` in nanoseconds; may also return for no reason.
    func wait(for condition: Condition, until deadline: UInt64?) {
        guard let deadline else {
            pthread_cond_wait(conditions + condition.rawValue, mutex)
            return
        }
        // On the monotonic clock: a wait must not stretch when the wall clock is set back.
        clinux_wait_until(conditions + condition.rawValue, mutex, deadline)
    }

    func signal(_ condition: Condition) { pthread_cond_signal(conditions + condition.rawValue) }
}

/// Nanoseconds of the monotonic clock.
func monotonicNanoseconds() -> UInt64 { clinux_steady() }
