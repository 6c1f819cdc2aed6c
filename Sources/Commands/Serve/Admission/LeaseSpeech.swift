// One thread at a time speaks to PostgreSQL of what this sidecar holds: the keeper when it asks for a lease,
// the shipper while a booking settles leases. Between the two nothing is counted twice, so that what was
// granted is what the sidecar has, to the last digit. Calls do not wait for it: they hold and capture
// meanwhile.
import Glibc
import LedgerStore
import Terms

/// A lock that can be waited for within a time of the monotonic clock.
final class LeaseSpeech: @unchecked Sendable {
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let left = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    /// Guarded by the mutex.
    private var isTaken = false

    init() {
        pthread_mutex_init(mutex, nil)
        var attributes = pthread_condattr_t()
        pthread_condattr_init(&attributes)
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        pthread_cond_init(left, &attributes)
        pthread_condattr_destroy(&attributes)
    }

    deinit {
        pthread_cond_destroy(left)
        pthread_mutex_destroy(mutex)
        left.deallocate()
        mutex.deallocate()
    }

    func enter() {
        pthread_mutex_lock(mutex)
        while isTaken { pthread_cond_wait(left, mutex) }
        isTaken = true
        pthread_mutex_unlock(mutex)
    }

    /// - Returns: whether it was entered within so many milliseconds.
    func enter(within milliseconds: Int64) -> Bool {
        let end = Clock.monotonicMicroseconds() + milliseconds * 1000
        var time = timespec(tv_sec: Int(end / 1_000_000), tv_nsec: Int(end % 1_000_000) * 1000)
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        while isTaken {
            if pthread_cond_timedwait(left, mutex, &time) != 0, isTaken { return false }
        }
        isTaken = true
        return true
    }

    func leave() {
        pthread_mutex_lock(mutex)
        isTaken = false
        pthread_cond_signal(left)
        pthread_mutex_unlock(mutex)
    }
}

/// What the shipper does around the end of each booking: the keeper is silent, and nothing is on its way any
/// more as soon as it is in the ledger.
struct LeaseSettling: BookingGate {
    let admission: Admission

    func begin() { admission.speech.enter() }

    func end(booked: [RecordID]) {
        admission.posted(booked)
        admission.speech.leave()
    }
}
