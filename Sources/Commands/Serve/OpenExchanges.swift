// What a killed process had opened and never closed. It cannot end any more, so after `spool.open_after`
// each becomes a record of completeness `open`, with all that the request allowed as its estimate.
import Spool
import Synchronization
import Terms

/// The notes that wait for their age. Any thread.
final class OpenExchanges: Sendable {
    private struct State {
        /// Oldest first.
        var waiting: [OpenedNote]
        /// The spool's refusal was told.
        var isTold = false
    }
    private let state: Mutex<State>
    /// Seconds since an exchange began after which it is booked.
    private let age: Int64

    init(_ spool: Spool, age: Int64) {
        self.age = age
        state = Mutex(State(waiting: spool.recoveredOpen.sorted { $0.occurredAt < $1.occurredAt }))
    }

    /// Appends the records of those that are old enough. What the spool does not take now stays noted there
    /// and is tried again.
    ///
    /// - Returns: how many were appended.
    @discardableResult
    func bookDue(into spool: Spool, now: Instant, log: Log?) -> Int {
        state.withLock { state in
            var booked = 0
            while let note = state.waiting.first, isDue(note, now) {
                do throws(SpoolError) {
                    try spool.append(note.record, token: 0, completion: nil)
                } catch {
                    if !state.isTold { log?.tell(.warning(error.diagnosis)) }
                    state.isTold = true
                    return booked
                }
                state.isTold = false
                state.waiting.removeFirst()
                booked += 1
            }
            return booked
        }
    }

    var count: Int { state.withLock { $0.waiting.count } }

    /// A clock that was set back since would keep it waiting for ever.
    private func isDue(_ note: OpenedNote, _ now: Instant) -> Bool {
        now.seconds - note.occurredAt.seconds >= age || note.occurredAt > now
    }
}
