// Attempts of an operation. A caller that retries repeats its operation's name; each exchange is a record of
// its own, and the attempt's number ties them together.
import Synchronization

/// Counts the attempts of the operations that were seen last. Guarded by its own lock; any thread.
final class OperationCounter: Sendable {
    /// Operations remembered; the older half is forgotten when the table is full, so that a very late retry
    /// counts from 1 again.
    static let limit = 20_000

    private let attempts = Mutex(RecentNames<Int>(limit: limit))

    /// - Returns: 1 for an operation that was not seen before.
    func nextAttempt(of operation: String) -> Int {
        attempts.withLock { attempts in
            let attempt = (attempts[operation] ?? 0) + 1
            attempts[operation] = attempt
            return attempt
        }
    }
}
