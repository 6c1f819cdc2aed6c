import Terms

/// A segment file as the live spool knows it.
struct Segment: Sendable {
    var number: UInt64
    /// The sequence of its first record; 0 when nobody will read it again.
    var firstSequence: Int64
    /// Behind the last durable frame.
    var end: Int
    /// Nothing more is written to it.
    var sealed: Bool
    /// Bytes on disk.
    var size: Int
    /// Seconds since 1970 at which its last record was posted; `nil` while it holds unposted ones.
    var postedAt: Int64?
}

/// A part of a segment to read.
struct Stretch: Sendable {
    var segment: UInt64
    var range: Range<Int>
    /// Records from this sequence on were written again in the next segment, after this one had
    /// failed; what is here of them may be incomplete.
    var before: Int64
}

/// What callers, writer and shipper share. Every access is inside ``Monitor/locked(_:)``.
final class SpoolState {
    var queue = Group()
    var writerWaits = false
    /// While the writer lets the queue grow: how many callers there are; see ``Writer``.
    var gathers: Int?
    var shipperWaits = false
    var closed = false
    /// The sequence of the next record.
    var nextSequence: Int64
    /// Bytes that the writer keeps from failed groups.
    var heldBytes = 0
    /// Ascending; posted ones included.
    var segments: [Segment]
    /// The last durable record.
    var durableSequence: Int64
    var released: Cursor
    /// Durable and not released.
    var waitingBytes = 0
    /// The disk's last error, while it lasts.
    var failure: String?
    var counters: SpoolCounters
    /// Segments already counted as damaged.
    var damaged: Set<UInt64> = []

    /// Whether the queue need not grow any more.
    ///
    /// - Parameter open: exchanges under way, those included that wait for the queue.
    func hasGathered(of open: Int) -> Bool {
        guard let gathers else { return false }
        return queue.records >= open && queue.records >= gathers - gathers / 8
    }

    init(segments: [Segment], lastSequence: Int64, released: Cursor, counters: SpoolCounters) {
        self.segments = segments
        self.released = released
        self.counters = counters
        nextSequence = lastSequence + 1
        durableSequence = lastSequence
        countWaiting()
    }

    var queuedBytes: Int { queue.bytes.count + heldBytes }

    /// Sums afresh what waits for the ledger.
    func countWaiting() {
        waitingBytes = 0
        for segment in segments where segment.number >= released.position.segment {
            let start =
                segment.number == released.position.segment ? released.position.offset : SegmentHeader.bytes
            waitingBytes += max(0, segment.end - start)
        }
    }

    /// What can be read from a place on: the rest of its segment, or the next one that has something.
    func readable(from position: Position) -> Stretch? {
        for (index, segment) in segments.enumerated() where segment.number >= position.segment {
            let start = segment.number == position.segment ? position.offset : SegmentHeader.bytes
            guard start < segment.end else { continue }
            let next = index + 1 < segments.count ? segments[index + 1].firstSequence : .max
            return Stretch(segment: segment.number, range: start..<segment.end, before: next)
        }
        return nil
    }

    func update(_ number: UInt64, _ change: (inout Segment) -> Void) {
        if let index = segments.lastIndex(where: { $0.number == number }) { change(&segments[index]) }
    }
}
