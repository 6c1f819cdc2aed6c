// Between a booking's commit and the moment in which its process knows of it, what a call captured is in the
// ledger and still on its way by the sidecar's own count: it would be reserved twice if the sidecar asked for
// a lease just then. A process that holds leases closes this gate around the end of each booking and does not
// ask meanwhile; what it says of itself then agrees with the ledger exactly.
public import Terms

public protocol BookingGate: Sendable {
    /// The transaction is about to settle leases and to commit.
    func begin()

    /// It is over.
    ///
    /// - Parameter booked: the records that are in the ledger now; none where nobody knows.
    func end(booked: [RecordID])
}
