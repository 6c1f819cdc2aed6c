import Glibc
public import Terms

/// One segment file as a look at the directory finds it.
public struct SegmentSummary: Hashable, Sendable {
    public enum State: String, Sendable, Hashable {
        /// Holds records that the ledger does not have.
        case waiting
        /// All of it is posted; kept for replay.
        case posted
        /// Its header cannot be read.
        case damaged
        /// Set aside because of damage.
        case quarantined
    }

    public var number: UInt64
    public var state: State
    public var createdAt: Instant?
    /// When its last record was posted.
    public var postedAt: Instant?
    /// Sequences of its first and last record; `nil` when it has none.
    public var firstSequence: Int64?
    public var lastSequence: Int64?
    public var records: Int64 = 0
    /// Bytes of the file.
    public var bytes = 0
    /// Stretches that are no frame although frames follow.
    public var damages = 0
    /// Bytes at the end that are no frame: a group that the process did not finish.
    public var hasTornTail = false
}

/// A spool directory, read whole and without its lock: beside a running sidecar too.
public struct SpoolContents: Hashable, Sendable {
    /// Ascending; those set aside last.
    public var segments: [SegmentSummary] = []
    /// Exchanges opened without a record so far, oldest first.
    public var open: [OpenedNote] = []
    /// Sequences that no segment holds although earlier and later ones are there.
    public var gaps: [ClosedRange<Int64>] = []
    public var status: SpoolStatus
}

/// Reads every segment, which takes as long as the files are large.
///
/// - Throws: ``SpoolError/newerFormat(file:version:)``, ``SpoolError/unusable(path:reason:)``.
public func inspectSpool(_ directory: String) throws(SpoolError) -> SpoolContents {
    let survey = try Survey.take(directory, limits: .standard)
    var contents = SpoolContents(status: try readSpoolStatus(directory))
    contents.open = survey.open
    let released = survey.released.position.segment
    var last: Int64?
    for number in SpoolDirectory.numbers(in: directory) {
        let path = SpoolDirectory.segment(number, in: directory)
        var summary = SegmentSummary(number: number, state: number < released ? .posted : .waiting)
        if summary.state == .posted {
            summary.postedAt = FileBytes.changed(path).map { Instant(microseconds: $0 &* 1_000_000) }
        }
        summary.bytes = FileBytes.size(path)
        // Retention may remove a posted segment between the listing and the look.
        guard access(path, F_OK) == 0 else { continue }
        try summary.read(path) { sequence in
            if let last, sequence > last + 1 { contents.gaps.append(last + 1...sequence - 1) }
            last = max(last ?? sequence, sequence)
        }
        contents.segments.append(summary)
    }
    let folder = directory + "/quarantine"
    for number in SpoolDirectory.numbers(in: folder) {
        let path = SpoolDirectory.segment(number, in: folder)
        var summary = SegmentSummary(number: number, state: .quarantined)
        summary.bytes = FileBytes.size(path)
        try summary.read(path) { _ in }
        summary.state = .quarantined
        contents.segments.append(summary)
    }
    return contents
}

/// The numbers of the segments that were set aside because of damage, ascending.
public func quarantinedSegments(_ directory: String) -> [UInt64] {
    SpoolDirectory.numbers(in: directory + "/quarantine")
}

extension SegmentSummary {
    fileprivate mutating func read(_ path: String, _ each: (Int64) -> Void) throws(SpoolError) {
        guard
            case .reader(let reader) = try SegmentReader.open(
                path, recordLimit: SpoolLimits.standard.recordBytes)
        else {
            state = .damaged
            return
        }
        createdAt = reader.header.createdAt
        while let frame = reader.next(limit: bytes) {
            records += 1
            firstSequence = firstSequence ?? frame.sequence
            lastSequence = frame.sequence
            each(frame.sequence)
        }
        damages = reader.damages
        hasTornTail = reader.tornTail
    }
}

/// Hands out the records that a spool directory holds, those kept after posting included, in the order of
/// their sequence and each once. Takes no lock: a sidecar may be running on it.
///
/// - Parameters:
///   - since: leaves out segments whose last record was posted before; every record that was posted or
///     occurred later is handed out, and some earlier ones. `nil` for all.
///   - each: returns false to stop.
/// - Throws: ``SpoolError/newerFormat(file:version:)``, ``SpoolError/unusable(path:reason:)``.
/// - Returns: how many frames are whole and cannot be decoded.
@discardableResult
public func readSpool(
    _ directory: String, since: Instant?, _ each: (UsageRecord) -> Bool
) throws(SpoolError) -> Int {
    try SpoolDirectory.requireReadable(directory)
    let released = (CursorFile.read(directory)?.cursor.position.segment) ?? 0
    var undecodable = 0
    var last: Int64 = 0
    for number in SpoolDirectory.numbers(in: directory) {
        let path = SpoolDirectory.segment(number, in: directory)
        if number < released, let since, let posted = FileBytes.changed(path), posted < since.seconds {
            continue
        }
        guard access(path, F_OK) == 0,
            case .reader(let reader) = try SegmentReader.open(
                path, recordLimit: SpoolLimits.standard.recordBytes)
        else { continue }
        let size = FileBytes.size(path)
        let instance = SpoolDirectory.hex(reader.header.instance)
        while let frame = reader.next(limit: size) {
            // What a failed segment holds was written again in the next one.
            guard frame.kind == Frame.recordKind, frame.sequence > last else { continue }
            last = frame.sequence
            let record = try? RecordFormat.decode(
                frame.payload, version: frame.version, instance: instance, sequence: frame.sequence)
            guard let record else {
                undecodable += 1
                continue
            }
            guard each(record) else { return undecodable }
        }
    }
    return undecodable
}
