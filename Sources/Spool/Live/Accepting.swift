import Synchronization

/// Whether a record appended now has a place, readable without the lock: the relay asks for every
/// request.
final class Accepting: Sendable {
    private let flag = Atomic<Bool>(true)

    var value: Bool { flag.load(ordering: .relaxed) }

    /// Inside the lock, after whatever may change the answer.
    func update(_ state: SpoolState, _ configuration: SpoolConfiguration) {
        // Half of the queue is left for exchanges that are under way.
        let now =
            !state.closed && state.failure == nil
            && state.waitingBytes + state.queuedBytes < configuration.maxBytes
            && state.queuedBytes < configuration.limits.queueBytes / 2
        if now != flag.load(ordering: .relaxed) { flag.store(now, ordering: .relaxed) }
    }
}
