// The newest snapshot of tenants and keys, for all loops. One thread puts a new one up; a loop sees by one
// atomic load that there is one, and takes the lock only then.
import Access
import Synchronization
import Terms

final class AccessBoard: Sendable {
    private let generation = Atomic<Int>(0)
    private let latest: Mutex<AccessSnapshot>
    /// When the ledger was last asked, in monotonic milliseconds; 0: never.
    let checkedAt = Atomic<Int64>(0)

    init(_ snapshot: AccessSnapshot) { latest = Mutex(snapshot) }

    func put(_ snapshot: AccessSnapshot) {
        latest.withLock { $0 = snapshot }
        generation.add(1, ordering: .releasing)
    }

    /// Whole seconds since the ledger was last asked; -1: never.
    var age: Int64 {
        let at = checkedAt.load(ordering: .relaxed)
        return at == 0 ? -1 : (Clock.monotonicMicroseconds() / 1000 - at) / 1000
    }

    var current: AccessSnapshot { latest.withLock { $0 } }

    /// Brings a loop's copy up to date.
    ///
    /// - Returns: whether there was a newer one.
    @inline(__always)
    func refresh(_ snapshot: inout AccessSnapshot, _ seen: inout Int) -> Bool {
        let now = generation.load(ordering: .acquiring)
        guard now != seen else { return false }
        seen = now
        snapshot = current
        return true
    }
}
