// A request that waits for a decision which is not this loop's to make: its body is kept, nothing goes
// upstream, and a settled ticket brings it back to its beginning. The exchange's deadline bounds the wait.

import Wire

extension Loop {
    /// Keeps the request until its ticket is settled.
    ///
    /// - Parameter held: the whole body, which may stand in the read buffer.
    func park(_ transfer: Transfer, _ held: UnsafeBufferPointer<UInt8>?) {
        precondition(held != nil, "a body that streams cannot wait")
        if let held, let start = held.baseAddress, held.count > 0, transfer.body.isEmpty {
            transfer.body.append(start, held.count)
            countHeld(transfer, held.count)
        }
        transfer.isParked = true
        transfer.exchange?.parked(Ticket(inbox: inbox, token: transfer.token))
    }

    /// The decision is there.
    func unpark(_ transfer: Transfer) {
        transfer.isParked = false
        guard transfer.responsePhase != .ended else { return }
        if transfer.body.isEmpty {
            begin(transfer, held: UnsafeBufferPointer(start: nil, count: 0))
        } else {
            begin(transfer, held: UnsafeBufferPointer(start: transfer.body.front, count: transfer.body.count))
        }
    }
}
