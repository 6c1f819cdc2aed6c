import Terms

/// Receives the outcome of appended records.
public protocol SpoolCompletion: AnyObject, Sendable {
    /// Called on the writer thread, once per group and receiver, each token in exactly one call.
    /// It must return soon: the next group waits for it.
    ///
    /// - Parameter durable: true after the group's sync; false when it failed. A record reported
    ///   with false stays in memory and is written as soon as the disk takes it again.
    func spooled(_ tokens: [UInt64], durable: Bool)
}

/// The records that are written by one write and made durable by one sync, and who waits for it.
final class Group {
    private struct Receipt {
        let receiver: any SpoolCompletion
        var tokens: [UInt64]
    }

    var bytes = ByteWriter(capacity: 64 << 10)
    /// Records in ``bytes``.
    var records = 0
    private var receipts: [Receipt] = []

    var isEmpty: Bool { bytes.count == 0 }

    /// How many callers wait for this group's sync.
    var waiting: Int { receipts.reduce(0) { $0 + $1.tokens.count } }

    func expect(_ token: UInt64, by receiver: any SpoolCompletion) {
        // One receiver per relay loop: a handful, so a search beats a dictionary.
        if let index = receipts.firstIndex(where: { $0.receiver === receiver }) {
            receipts[index].tokens.append(token)
        } else {
            receipts.append(Receipt(receiver: receiver, tokens: [token]))
        }
    }

    /// Tells every receiver, and makes the group ready for the next records.
    func settle(durable: Bool) {
        for receipt in receipts { receipt.receiver.spooled(receipt.tokens, durable: durable) }
        receipts.removeAll(keepingCapacity: true)
        bytes.removeAll()
        records = 0
    }
}
