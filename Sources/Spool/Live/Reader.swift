public import Terms

/// Records in the order of their sequence, for one posting transaction.
public struct SpoolBatch: Sendable {
    public let records: [UsageRecord]
    let start: Position
    let end: Cursor
}

/// Reads back what is durable, for the one shipper thread. Records always come from the files (from
/// the page cache while the shipper keeps up), so that there is one way of reading them and memory
/// is bounded by one batch.
final class Reader {
    struct Findings {
        var lost: Int64 = 0
        var undecodable: Int64 = 0
        /// Segments to set aside.
        var damaged: [UInt64] = []
    }

    private let directory: SpoolDirectory
    private let instance: String
    private let limits: SpoolLimits
    private var position: Position
    private var sequence: Int64
    private var file: SegmentReader?

    init(directory: SpoolDirectory, instance: String, limits: SpoolLimits, cursor: Cursor) {
        self.directory = directory
        self.instance = instance
        self.limits = limits
        position = cursor.position
        sequence = cursor.sequence
    }

    /// Reads up to `limit` records from one segment's stretch into `records`.
    func read(
        _ segment: UInt64, _ range: Range<Int>, limit: Int, into records: inout [UsageRecord],
        _ findings: inout Findings
    ) {
        if file?.header.number != segment {
            file = open(segment)
            guard file != nil else {
                findings.damaged.append(segment)
                position = Position(segment: segment, offset: range.upperBound)
                return
            }
        }
        let previous = position.segment
        file?.seek(range.lowerBound)
        position = Position(segment: segment, offset: range.lowerBound)
        var bytes = 0
        while records.count < limit, bytes < limits.batchBytes {
            let damages = file?.damages ?? 0
            guard let frame = file?.next(limit: range.upperBound) else {
                position.offset = range.upperBound
                return
            }
            if (file?.damages ?? 0) > damages { findings.damaged.append(segment) }
            position.offset = file?.end ?? range.upperBound
            bytes += frame.size
            take(frame, from: segment, after: previous, into: &records, &findings)
        }
    }

    private func take(
        _ frame: Frame, from segment: UInt64, after previous: UInt64, into records: inout [UsageRecord],
        _ findings: inout Findings
    ) {
        // Written again after its first segment had failed, and already read there.
        guard frame.sequence > sequence else { return }
        if frame.sequence > sequence + 1 {
            findings.lost += frame.sequence - sequence - 1
            // The gap may be the end of the segment before.
            if records.isEmpty || findings.damaged.last != segment { findings.damaged.append(previous) }
        }
        sequence = frame.sequence
        let record =
            frame.kind == Frame.recordKind
            ? try? RecordFormat.decode(
                frame.payload, version: frame.version, instance: instance, sequence: frame.sequence) : nil
        guard let record else {
            findings.undecodable += 1
            findings.damaged.append(segment)
            return
        }
        records.append(record)
    }

    private func open(_ segment: UInt64) -> SegmentReader? {
        let path = SpoolDirectory.segment(segment, in: directory.path)
        guard let opening = try? SegmentReader.open(path, recordLimit: limits.recordBytes) else { return nil }
        guard case .reader(let reader) = opening else { return nil }
        return reader
    }

    var cursor: Cursor { Cursor(position: position, sequence: sequence) }
}
