// Which upstreams do not know `stream_options`, learnt from their refusals: per upstream and model, as long
// as the process lives. Any thread.
import Synchronization

final class UsageRefusals: Sendable {
    /// Pairs remembered. Reached: all are forgotten and learnt anew, at the cost of one more refusal each.
    static let limit = 1024

    private struct Pair: Hashable {
        let upstream: String
        let model: String
    }
    private let pairs = Mutex<Set<Pair>>([])
    /// Most sidecars never meet one: then no lock is taken.
    private let isEmpty = Atomic<Bool>(true)

    func remember(upstream: String, model: String) {
        pairs.withLock { pairs in
            if pairs.count >= Self.limit { pairs.removeAll(keepingCapacity: true) }
            pairs.insert(Pair(upstream: upstream, model: model))
        }
        isEmpty.store(false, ordering: .releasing)
    }

    func has(upstream: String, model: String) -> Bool {
        guard !isEmpty.load(ordering: .acquiring) else { return false }
        return pairs.withLock { $0.contains(Pair(upstream: upstream, model: model)) }
    }
}
