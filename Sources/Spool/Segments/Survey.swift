import Glibc
import Terms

/// What a spool directory holds, found without changing it: how `open` recovers, and how
/// `tollbook spool status` looks at a spool that another process holds.
///
/// The work is bounded by the backlog's segment count (one page each) and one segment's size (the
/// last is read whole); what was posted long ago is not looked at.
struct Survey {
    /// Not wholly posted, and posted ones kept; ascending. All are sealed: a new process never
    /// writes on in a file of a dead one.
    var segments: [Segment] = []
    /// Unreadable from the header on.
    var damaged: [UInt64] = []
    /// Made and never used.
    var blank: [UInt64] = []
    /// The highest number of any segment file.
    var lastNumber: UInt64 = 0
    var instance: UInt64?
    var released: Cursor
    var lastSequence: Int64
    /// The records in the newest segment: notes of these are closed.
    var newestIDs: Set<RecordID> = []
    var newest: UInt64?
    private var oldestSequence: Int64 = 1
    var newestTorn = false
    var open: [OpenedNote] = []

    static func take(_ directory: String, limits: SpoolLimits) throws(SpoolError) -> Survey {
        try SpoolDirectory.requireReadable(directory)
        let cursor = CursorFile.read(directory)?.cursor
        var survey = Survey(cursor)
        try survey.list(directory, limits)
        try survey.readNewest(directory, limits)
        if cursor == nil, let first = survey.segments.first {
            // Without a cursor everything is delivered again, from whatever number on it begins.
            survey.released = Cursor(
                position: Position(segment: first.number, offset: SegmentHeader.bytes),
                sequence: survey.oldestSequence - 1)
        }
        // Of a table for 32,768 exchanges a usual sidecar has written the first pages.
        let written = FileBytes.writtenEnd(directory + "/open")
        let table =
            (try? FileBytes.read(directory + "/open", limit: min(written, NoteSlot.tableLimit))) ?? []
        let (version, notes) = table.withUnsafeBytes { NoteSlot.notes(in: $0) }
        guard version <= NoteSlot.version else {
            throw .newerFormat(file: directory + "/open", version: Int(version))
        }
        survey.open = notes.filter { !survey.newestIDs.contains($0.id) }.sorted { $0.id < $1.id }
        return survey
    }

    private init(_ cursor: Cursor?) {
        released = cursor ?? Cursor(position: Position(segment: 0, offset: SegmentHeader.bytes), sequence: 0)
        lastSequence = released.sequence
    }

    private mutating func list(_ directory: String, _ limits: SpoolLimits) throws(SpoolError) {
        let start = released
        for number in SpoolDirectory.numbers(in: directory) {
            lastNumber = number
            let path = SpoolDirectory.segment(number, in: directory)
            let size = FileBytes.size(path)
            if number < start.position.segment {
                let posted = FileBytes.changed(path) ?? 0
                segments.append(
                    Segment(
                        number: number, firstSequence: 0, end: size, sealed: true, size: size,
                        postedAt: posted))
                continue
            }
            switch try SegmentReader.open(path, recordLimit: limits.recordBytes) {
            case .reader(let reader):
                guard reader.header.number == number else {
                    damaged.append(number)
                    continue
                }
                if newest == nil { oldestSequence = reader.header.firstSequence }
                instance = reader.header.instance
                lastSequence = max(lastSequence, reader.header.firstSequence - 1)
                segments.append(
                    Segment(
                        number: number, firstSequence: reader.header.firstSequence, end: size, sealed: true,
                        size: size, postedAt: nil))
                newest = number
            case .damaged:
                // Killed while making it: the header, written first, is not there yet.
                if Self.isBlank(path) { blank.append(number) } else { damaged.append(number) }
            }
        }
    }

    private static func isBlank(_ path: String) -> Bool {
        guard let bytes = try? FileBytes.read(path, limit: 2 * SegmentHeader.bytes) else { return false }
        return bytes.allSatisfy { $0 == 0 }
    }

    private mutating func readNewest(_ directory: String, _ limits: SpoolLimits) throws(SpoolError) {
        guard let newest, let index = segments.lastIndex(where: { $0.number == newest }) else { return }
        let path = SpoolDirectory.segment(newest, in: directory)
        guard case .reader(let reader) = try SegmentReader.open(path, recordLimit: limits.recordBytes) else {
            return
        }
        while let frame = reader.next(limit: segments[index].size) {
            lastSequence = max(lastSequence, frame.sequence)
            if let id = RecordFormat.id(in: frame.payload) { newestIDs.insert(id) }
        }
        segments[index].end = reader.end
        newestTorn = reader.tornTail
    }

    /// When the oldest record behind the cursor occurred.
    func oldest(in directory: String, limits: SpoolLimits) -> Terms.Instant? {
        Survey.oldest(in: directory, segments: segments, from: released, limits: limits)
    }

    static func oldest(
        in directory: String, segments: [Segment], from cursor: Cursor, limits: SpoolLimits
    ) -> Terms.Instant? {
        for segment in segments where segment.number >= cursor.position.segment {
            let path = SpoolDirectory.segment(segment.number, in: directory)
            guard let opening = try? SegmentReader.open(path, recordLimit: limits.recordBytes),
                case .reader(let reader) = opening
            else { continue }
            if segment.number == cursor.position.segment { reader.seek(cursor.position.offset) }
            while let frame = reader.next(limit: segment.end) {
                guard frame.sequence > cursor.sequence else { continue }
                let record = try? RecordFormat.decode(
                    frame.payload, version: frame.version, instance: "", sequence: frame.sequence)
                if let record { return record.occurredAt }
            }
        }
        return nil
    }
}
