// Deadlines of thousands of paced streams: a binary heap of plain values. A stream that ended leaves its
// entry behind; the generation tells the server that it is stale.

struct TimerQueue: Sendable {
    struct Entry: Sendable, Hashable {
        /// Nanoseconds of the monotonic clock.
        var deadline: UInt64
        /// Socket and generation of the connection that waits.
        var token: UInt64
    }

    private var heap: [Entry] = []

    var earliest: UInt64? { heap.first?.deadline }
    var count: Int { heap.count }

    mutating func add(_ token: UInt64, at deadline: UInt64) {
        heap.append(Entry(deadline: deadline, token: token))
        var index = heap.count - 1
        while index > 0 {
            let parent = (index - 1) / 2
            guard heap[index].deadline < heap[parent].deadline else { return }
            heap.swapAt(index, parent)
            index = parent
        }
    }

    /// Removes and returns the earliest entry that is due.
    mutating func due(_ now: UInt64) -> UInt64? {
        guard let first = heap.first, first.deadline <= now else { return nil }
        let last = heap.removeLast()
        if !heap.isEmpty {
            heap[0] = last
            sink()
        }
        return first.token
    }

    private mutating func sink() {
        var index = 0
        while true {
            var child = index * 2 + 1
            guard child < heap.count else { return }
            if child + 1 < heap.count, heap[child + 1].deadline < heap[child].deadline { child += 1 }
            guard heap[child].deadline < heap[index].deadline else { return }
            heap.swapAt(index, child)
            index = child
        }
    }
}
