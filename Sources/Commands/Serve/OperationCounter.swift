// Attempts of an operation. A caller that retries repeats its operation's name; each exchange is a record of
// its own, and the attempt's number ties them together.
import Synchronization

/// Counts the attempts of the operations that were seen last. Guarded by its own lock; any thread.
final class OperationCounter: Sendable {
    /// Operations remembered; the older half is forgotten when the table is full, so that a very late retry
    /// counts from 1 again.
    static let limit = 20_000

    private struct Table {
        var recent: [String: Int] = [:]
        var older: [String: Int] = [:]
    }
    private let table = Mutex(Table())

    /// - Returns: 1 for an operation that was not seen before.
    func nextAttempt(of operation: String) -> Int {
        table.withLock { table in
            let attempt = (table.recent[operation] ?? table.older[operation] ?? 0) + 1
            table.recent[operation] = attempt
            if table.recent.count >= Self.limit / 2 {
                table.older = table.recent
                table.recent = [:]
            }
            return attempt
        }
    }
}
