import CLinux
import Glibc
import Terms

/// The one thread that writes: takes whatever is queued, writes it with one call, syncs once, tells
/// the callers, and takes what was queued meanwhile. Under light load nobody waits for company; when
/// several waited for one sync, the next one is put off for a moment, so that it serves more.
///
/// When the disk fails, the failed group and all that follow are kept in memory, their callers are
/// told at once that they are not durable, and the writer tries a fresh segment with growing pauses.
final class Writer {
    private static let longestPause: UInt64 = 5_000_000_000

    private let monitor: Monitor<SpoolState>
    private let directory: SpoolDirectory
    private let notes: OpenNotes
    private let configuration: SpoolConfiguration
    private let accepting: Accepting
    private let instance: UInt64
    private var lastNumber: UInt64
    private var active: ActiveSegment?
    /// Frames that the disk did not take, in order.
    private var held = ByteWriter(capacity: 64)
    private var pause: UInt64
    /// Monotonic nanoseconds of the next try; `nil` while the disk is well.
    private var retryAt: UInt64?
    private var ids: [RecordID] = []

    init(
        monitor: Monitor<SpoolState>, directory: SpoolDirectory, notes: OpenNotes,
        configuration: SpoolConfiguration, accepting: Accepting, instance: UInt64, lastNumber: UInt64
    ) {
        self.monitor = monitor
        self.directory = directory
        self.notes = notes
        self.configuration = configuration
        self.accepting = accepting
        self.instance = instance
        self.lastNumber = lastNumber
        pause = configuration.firstPauseNanoseconds
    }

    /// Returns when the spool is closed and everything that the disk takes is written.
    func run() {
        var spare = Group()
        while let group = take(putting: spare) {
            let isBusy = group.waiting >= configuration.limits.gatherFrom
            let callers = process(group)
            spare = group
            if isBusy { gather(callers) }
        }
        active?.seal()
        active = nil
    }

    /// Lets the next group grow, until every exchange under way waits for it, and as many as there are
    /// callers (those just answered come again, if they are under load), or the time is over.
    private func gather(_ callers: Int) {
        let deadline = monotonicNanoseconds() + UInt64(configuration.limits.gatherMicroseconds) * 1000
        monitor.locked { state in
            state.gathers = callers
            defer { state.gathers = nil }
            while !state.closed, !state.hasGathered(of: notes.count), monotonicNanoseconds() < deadline {
                monitor.wait(for: .work, until: deadline)
            }
        }
    }

    private func take(putting spare: Group) -> Group? {
        monitor.locked { state in
            while state.queue.isEmpty {
                if let retryAt, state.closed || monotonicNanoseconds() >= retryAt { break }
                if state.closed { return nil }
                state.writerWaits = true
                monitor.wait(for: .work, until: retryAt)
            }
            state.writerWaits = false
            let group = state.queue
            state.queue = spare
            // What is being written still counts as queued, until it is durable.
            state.heldBytes += group.bytes.count
            return group
        }
    }

    /// - Returns: how many callers there were when the group was done: those that waited for it, and those
    ///   whose exchanges were under way.
    private func process(_ group: Group) -> Int {
        Failpoint.groupTaken.reach()
        let closing = monitor.locked { $0.closed }
        if let retryAt, !closing, monotonicNanoseconds() < retryAt {
            held.put(raw: group.bytes.bytes)
            group.settle(durable: false)
            return 0
        }
        let code: Int32
        if held.count > 0 {
            held.put(raw: group.bytes.bytes)
            code = writeHeld()
        } else {
            let (done, error) = write(group.bytes.mutableBytes)
            code = error
            if error != 0 { held.put(raw: UnsafeRawBufferPointer(rebasing: group.bytes.bytes[done...])) }
        }
        note(code)
        Failpoint.notesCleared.reach()
        let callers = group.waiting + notes.count
        group.settle(durable: code == 0)
        if closing, code != 0 {
            // Nobody will try again: these records end with the process. Their notes stay open.
            monitor.locked { $0.counters.unrecorded += Int64(Self.frames(in: held.bytes)) }
            held.removeAll()
            retryAt = nil
        }
        return callers
    }

    private func writeHeld() -> Int32 {
        let (done, code) = write(held.mutableBytes)
        held.removeFirst(done)
        return code
    }

    private func note(_ code: Int32) {
        if code == 0 {
            pause = configuration.firstPauseNanoseconds
            retryAt = nil
        } else {
            retryAt = monotonicNanoseconds() + pause
            pause = min(pause * 2, Self.longestPause)
        }
        monitor.locked { state in
            state.failure = code == 0 ? nil : reason(code)
            if code != 0 { state.counters.diskErrors += 1 }
            accepting.update(state, configuration)
        }
    }

    /// Writes frames, in as many segments as they need.
    ///
    /// - Returns: the bytes that are durable, and the error that stopped the rest.
    private func write(_ frames: UnsafeMutableRawBufferPointer) -> (done: Int, code: Int32) {
        var done = 0
        while done < frames.count {
            let rest = UnsafeMutableRawBufferPointer(rebasing: frames[done...])
            if active == nil {
                let code = begin(at: rest)
                if code != 0 { return (done, code) }
            }
            guard let segment = active else { return (done, EIO) }
            let piece = stamp(rest, for: segment)
            if piece.count == 0 {
                seal(segment)
                continue
            }
            let began = monotonicNanoseconds()
            let code = segment.append(UnsafeRawBufferPointer(piece.bytes))
            if code != 0 {
                abandon(segment)
                return (done, code)
            }
            let took = Int64((monotonicNanoseconds() &- began) / 1000)
            publish(piece.count, last: piece.last, in: segment, microseconds: took)
            done += piece.bytes.count
        }
        return (done, 0)
    }

    /// Completes as many frames as the segment has room for, and collects their ids.
    private func stamp(
        _ frames: UnsafeMutableRawBufferPointer, for segment: ActiveSegment
    ) -> (bytes: UnsafeMutableRawBufferPointer, count: Int, last: Int64) {
        var end = 0
        var last: Int64 = 0
        ids.removeAll(keepingCapacity: true)
        while end < frames.count {
            let frame = Self.frame(at: end, of: UnsafeRawBufferPointer(frames))
            guard end + frame.size <= segment.room else { break }
            Frame.stamp(
                UnsafeMutableRawBufferPointer(rebasing: frames[end..<end + frame.size]),
                salt: segment.header.salt)
            ids.append(frame.id)
            last = frame.sequence
            end += frame.size
        }
        return (UnsafeMutableRawBufferPointer(rebasing: frames[..<end]), ids.count, last)
    }

    private func publish(_ records: Int, last: Int64, in segment: ActiveSegment, microseconds: Int64) {
        Failpoint.groupSynced.reach()
        notes.remove(ids)
        let shipperWaits = monitor.locked { state in
            let before = state.durableSequence
            state.durableSequence = last
            state.update(segment.header.number) { entry in
                let written = segment.end - entry.end
                entry.end = segment.end
                state.waitingBytes += written
                state.heldBytes -= written
            }
            precondition(last - before == Int64(records), "sequences are gapless in the order of writing")
            state.counters.syncs += 1
            state.counters.syncTimes.add(microseconds: microseconds)
            // Whoever reads these records finds the disk well: it just took them.
            state.failure = nil
            accepting.update(state, configuration)
            defer { state.shipperWaits = false }
            return state.shipperWaits
        }
        if shipperWaits { monitor.signal(.durable) }
    }

    /// Starts a segment whose first frame will be the first of `frames`.
    private func begin(at frames: UnsafeMutableRawBufferPointer) -> Int32 {
        let first = Self.frame(at: 0, of: UnsafeRawBufferPointer(frames))
        // Once a segment: see Survey, which trusts notes not to be older than the newest segment.
        notes.sync()
        let size = max(configuration.limits.segmentBytes, SegmentHeader.bytes + first.size)
        while true {
            lastNumber += 1
            let header = SegmentHeader(
                instance: instance, number: lastNumber, firstSequence: first.sequence,
                createdAt: configuration.now(), salt: UInt64.random(in: 1...UInt64.max))
            switch ActiveSegment.create(in: directory, header: header, size: size, disk: configuration.disk) {
            case .success(let segment):
                Failpoint.segmentMade.reach()
                active = segment
                monitor.locked { state in
                    state.segments.append(
                        Segment(
                            number: lastNumber, firstSequence: first.sequence, end: SegmentHeader.bytes,
                            sealed: false, size: size,
                            postedAt: nil))
                }
                return 0
            case .failure(let error):
                // Copies kept for replay give way to records that nobody has yet.
                guard error.code == ENOSPC, dropOldestPosted() else { return error.code }
            }
        }
    }

    private func dropOldestPosted() -> Bool {
        let number = monitor.locked { state -> UInt64? in
            guard let first = state.segments.first, first.postedAt != nil else { return nil }
            state.segments.removeFirst()
            return first.number
        }
        guard let number else { return false }
        directory.remove(number)
        return true
    }

    private func seal(_ segment: ActiveSegment) {
        segment.seal()
        active = nil
        monitor.locked { state in
            state.update(segment.header.number) {
                $0.sealed = true
                $0.size = segment.end
            }
        }
    }

    private func abandon(_ segment: ActiveSegment) {
        seal(segment)
        guard segment.end == SegmentHeader.bytes else { return }
        // Nothing durable is in it: without this, each try would leave a file.
        monitor.locked { $0.segments.removeAll { $0.number == segment.header.number } }
        directory.remove(segment.header.number)
    }

    /// The frame at an offset of our own queue, whose checksum is not there yet.
    private static func frame(
        at offset: Int, of bytes: UnsafeRawBufferPointer
    ) -> (size: Int, sequence: Int64, id: RecordID) {
        let length = bytes.loadUnaligned(fromByteOffset: offset + 8, as: UInt32.self)
        let sequence = bytes.loadUnaligned(fromByteOffset: offset + 16, as: Int64.self)
        let payload = UnsafeRawBufferPointer(rebasing: bytes[(offset + Frame.headerBytes)...])
        guard let id = RecordFormat.id(in: payload) else {
            preconditionFailure("a record begins with its id")
        }
        return (Frame.size(payload: Int(UInt32(littleEndian: length))), Int64(littleEndian: sequence), id)
    }

    private static func frames(in bytes: UnsafeRawBufferPointer) -> Int {
        var offset = 0
        var count = 0
        while offset < bytes.count {
            offset += frame(at: offset, of: bytes).size
            count += 1
        }
        return count
    }
}
