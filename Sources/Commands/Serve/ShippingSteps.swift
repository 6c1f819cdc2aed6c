// What the shipper does next, decided from what just happened: pure, so that a simulator can drive it
// through any order of failures. The thread in Shipper.swift performs the actions.
import LedgerStore

struct ShippingSteps: Hashable, Sendable {
    enum Event: Hashable, Sendable {
        case began
        /// The spool gave a batch of so many records; none when it had nothing in time.
        case read(records: Int)
        /// The batch is committed.
        case posted
        /// Nothing of the batch is known to be committed.
        ///
        /// - slow: the database took too long, so that less at a time may pass.
        case failed(slow: Bool)
        /// The spool let the batch go, or will give it again.
        case released
        case paused
    }

    enum Action: Hashable, Sendable {
        case read
        case post(atMost: Int)
        case release
        case pause(milliseconds: Int)
        case end
    }

    enum Stop: Hashable, Sendable {
        case no
        /// Post what is there, then end.
        case draining
        /// End at once; what is not posted waits in the spool.
        case overdue
    }

    /// Milliseconds between two transactions that are not full: one costs the same for a record as for
    /// hundreds, and a record is still visible well within a second.
    static let gathering = 100
    /// Milliseconds of the first pause after a failure; each further one is twice as long, up to the last.
    static let firstPause = 100
    static let longestPause = 5000
    static let batch = LedgerLimits.recordsPerBatch

    var stop = Stop.no
    private(set) var holdsBatch = false
    private var isFull = false
    private var pause = firstPause
    private var limit = batch

    /// - Parameter chance: any number; it spreads the returns of many sidecars over time.
    mutating func after(_ event: Event, chance: UInt32 = 0) -> Action {
        switch event {
        case .began, .paused:
            if stop == .overdue { return .end }
            return holdsBatch ? .post(atMost: limit) : .read
        case .read(let records):
            guard records > 0 else { return stop == .no ? .read : .end }
            holdsBatch = true
            isFull = records >= Self.batch
            return .post(atMost: limit)
        case .posted:
            pause = Self.firstPause
            limit = min(limit * 2, Self.batch)
            return .release
        case .released:
            holdsBatch = false
            return isFull || stop != .no ? .read : .pause(milliseconds: Self.gathering)
        case .failed(let slow):
            if stop == .overdue { return .end }
            if slow { limit = max(1, limit / 2) }
            let half = pause / 2
            pause = min(pause * 2, Self.longestPause)
            return .pause(milliseconds: half + Int(chance) % (half + 1))
        }
    }
}
