import Glibc
import Terms

/// The shipper's side of the spool: waits for durable records, reads them, moves the cursor, and
/// lets posted segments go when their time has come.
final class Shipper {
    /// Seconds between two looks at the age of posted segments.
    private static let retentionPause: Int64 = 60

    private let monitor: Monitor<SpoolState>
    private let directory: SpoolDirectory
    private let configuration: SpoolConfiguration
    private let accepting: Accepting
    private let cursorFile: CursorFile
    private let reader: Reader
    private var released: Cursor
    private var retainedAt: Int64 = 0

    init(
        monitor: Monitor<SpoolState>, directory: SpoolDirectory, instance: String, cursorFile: CursorFile,
        released: Cursor, accepting: Accepting, configuration: SpoolConfiguration
    ) {
        self.monitor = monitor
        self.directory = directory
        self.configuration = configuration
        self.accepting = accepting
        self.cursorFile = cursorFile
        self.released = released
        reader = Reader(
            directory: directory, instance: instance, limits: configuration.limits, cursor: released)
    }

    func nextBatch(limit: Int, wait: Int) -> SpoolBatch? {
        let deadline = monotonicNanoseconds() &+ UInt64(max(0, min(wait, 86_400_000))) * 1_000_000
        let start = reader.cursor.position
        while true {
            guard let stretch = readable(until: deadline) else {
                removeAged()
                return nil
            }
            var records: [UsageRecord] = []
            var findings = Reader.Findings()
            reader.read(stretch, limit: max(1, limit), into: &records, &findings)
            note(findings)
            // A stretch may hold nothing but damage, or frames that were read before.
            if !records.isEmpty { return SpoolBatch(records: records, start: start, end: reader.cursor) }
        }
    }

    private func readable(until deadline: UInt64) -> Stretch? {
        monitor.locked { state in
            while true {
                if let found = state.readable(from: reader.cursor.position) { return found }
                if state.closed || monotonicNanoseconds() >= deadline { return nil }
                state.shipperWaits = true
                monitor.wait(for: .durable, until: deadline)
                state.shipperWaits = false
            }
        }
    }

    private func note(_ findings: Reader.Findings) {
        guard findings.lost + findings.undecodable > 0 || !findings.damaged.isEmpty else { return }
        let numbers = Set(findings.damaged)
        for number in numbers {
            _ = directory.quarantine(number, limit: configuration.limits.quarantinedSegments)
        }
        monitor.locked { state in
            state.counters.lostRecords += findings.lost
            state.counters.undecodableRecords += findings.undecodable
            for number in numbers where state.damaged.insert(number).inserted {
                state.counters.damagedSegments += 1
            }
        }
    }

    func release(_ batch: SpoolBatch) throws(SpoolError) {
        guard batch.start == released.position else { throw .outOfOrder }
        // The file's time of change carries the age over a restart. Before the cursor: a segment must never
        // look as if it had been posted earlier than it was, because replay goes by that.
        let done = monitor.locked { state in
            state.segments.filter { $0.number < batch.end.position.segment && $0.postedAt == nil }
        }
        for segment in done {
            utimensat(AT_FDCWD, SpoolDirectory.segment(segment.number, in: directory.path), nil, 0)
        }
        try cursorFile.store(batch.end)
        Failpoint.batchReleased.reach()
        released = batch.end
        let now = configuration.now().seconds
        let posted = monitor.locked { state in
            state.released = batch.end
            state.countWaiting()
            accepting.update(state, configuration)
            var posted = false
            for index in state.segments.indices
            where state.segments[index].number < batch.end.position.segment
                && state.segments[index].postedAt == nil
            {
                state.segments[index].postedAt = now
                posted = true
            }
            return posted
        }
        if posted { retainedAt = 0 }
        removeAged()
    }

    /// Removes posted segments that are older than asked for, or more than there is room for.
    private func removeAged() {
        let now = configuration.now().seconds
        // A clock set back looks like the past; then look again.
        guard now >= retainedAt + Self.retentionPause || now < retainedAt else { return }
        retainedAt = now
        let gone = monitor.locked { state in
            var kept = state.segments.reduce(0) { $0 + ($1.postedAt == nil ? 0 : $1.size) }
            var gone: [UInt64] = []
            while let first = state.segments.first, let postedAt = first.postedAt,
                now - postedAt >= configuration.keepSeconds || kept > configuration.limits.keptBytes
            {
                kept -= first.size
                gone.append(first.number)
                state.segments.removeFirst()
            }
            return gone
        }
        for number in gone { directory.remove(number) }
    }
}
