// The time by which a loop judges deadlines. It follows the monotonic clock, and never goes back or leaps:
// whoever was stopped for ten minutes, or runs on a machine whose clock is faulty, gives connections the
// rest of their time instead of ending all of them at once, or none of them any more.

/// Milliseconds that pass no faster than the loop turns.
struct LoopClock {
    /// What one turn may add at most. A turn with a deadline to keep sleeps for less, see ``DeadlineWheel``.
    static let longestTurn: Int64 = 60_000

    /// Milliseconds, from where the clock was at the start.
    private(set) var time: Int64
    private var measured: Int64

    init(at now: Int64) {
        time = now
        measured = now
    }

    /// - Parameter now: what the monotonic clock shows.
    mutating func advance(to now: Int64) -> Int64 {
        let passed = now &- measured
        measured = now
        time += min(max(passed, 0), Self.longestTurn)
        return time
    }
}
