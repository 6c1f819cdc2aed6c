// What refused attempts had read from the cache. A provider that refuses may grant a credit; when a later
// attempt of the same operation redeems it, only the refused one says how many tokens it is worth. Any
// thread.
import Synchronization
import Terms

final class RefusedReads: Sendable {
    /// Operations remembered. Reached: the older half is forgotten, and a credit of theirs is told without a
    /// number.
    static let limit = 2048

    private let reads = Mutex(RecentNames<Int64>(limit: limit))

    /// The finish reason of an answer that the model declined.
    private static let refusal = "refusal"

    /// Remembers a declined answer's cache read, tokens; of any other answer nothing.
    func remember(_ usage: Usage, of operation: String?, tenant: String) {
        guard let operation, usage.finishReason == Self.refusal, let read = usage.tokens.cacheRead, read > 0
        else { return }
        reads.withLock { $0[Self.name(operation, tenant)] = read }
    }

    func cacheRead(of operation: String, tenant: String) -> Int64? {
        reads.withLock { $0[Self.name(operation, tenant)] }
    }

    private static func name(_ operation: String, _ tenant: String) -> String { "\(tenant)\n\(operation)" }
}
