// The timers of a loop. A deadline moves with every piece of a body, so moving it must cost nothing: the
// owner keeps its deadline in a field, and the wheel only holds a reminder to look at it. A reminder that
// comes too early is put back for the rest of the time.

/// Reminders in slots of 32 ms; one turn is 16 s, longer ones go round.
struct DeadlineWheel {
    private static let slotCount = 512
    private static let slotTime: Int64 = 32

    private var slots: [[UInt64]] = Array(repeating: [], count: DeadlineWheel.slotCount)
    private var waiting = 0
    /// The slot number, not yet reduced, up to which everything was visited.
    private var visited: Int64
    /// All slots before this one are empty: where to look for the next reminder.
    private var emptyBefore: Int64 = 0

    /// - Parameter now: milliseconds of the monotonic clock.
    init(now: Int64) { visited = now / DeadlineWheel.slotTime }

    /// Reminds of `token` not before `deadline`, and within one turn in any case.
    ///
    /// - Returns: when the reminder comes at the latest: an earlier deadline needs another one.
    mutating func remind(_ token: UInt64, at deadline: Int64) -> Int64 {
        let soonest = visited + 1
        let latest = visited + Int64(DeadlineWheel.slotCount) - 1
        let slot = min(max(deadline / DeadlineWheel.slotTime + 1, soonest), latest)
        slots[Int(slot % Int64(DeadlineWheel.slotCount))].append(token)
        waiting += 1
        emptyBefore = min(emptyBefore, slot)
        return slot * DeadlineWheel.slotTime
    }

    /// Moves `due` tokens into `into`.
    mutating func advance(to now: Int64, into due: inout [UInt64]) {
        let current = now / DeadlineWheel.slotTime
        guard current > visited else { return }
        let last = min(current, visited + Int64(DeadlineWheel.slotCount))
        var slot = visited + 1
        while slot <= last {
            let index = Int(slot % Int64(DeadlineWheel.slotCount))
            if !slots[index].isEmpty {
                due.append(contentsOf: slots[index])
                waiting -= slots[index].count
                slots[index].removeAll(keepingCapacity: slots[index].count < 64)
            }
            slot += 1
        }
        visited = current
    }

    /// Milliseconds until the next reminder; `nil` when there is none.
    mutating func untilNext(now: Int64) -> Int? {
        guard waiting > 0 else { return nil }
        var slot = max(visited + 1, emptyBefore)
        defer { emptyBefore = slot }
        while slots[Int(slot % Int64(DeadlineWheel.slotCount))].isEmpty { slot += 1 }
        return Int(max(slot * DeadlineWheel.slotTime - now, 1))
    }
}
