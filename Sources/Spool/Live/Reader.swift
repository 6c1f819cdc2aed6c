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
    private let memo = TextMemo()

    init(directory: SpoolDirectory, instance: String, limits: SpoolLimits, cursor: Cursor) {
        self.directory = directory
        self.instance = instance
        self.limits = limits
        position = cursor.position
        sequence = cursor.sequence
    }

    /// Reads up to `limit` records from one segment's stretch into `records`.
    func read(
        _ stretch: Stretch, limit: Int, into records: inout [UsageRecord], _ findings: inout Findings
    ) {
        let (segment, end) = (stretch.segment, stretch.range.upperBound)
        if file?.header.number != segment { file = open(segment) }
        let previous = position.segment
        position = Position(segment: segment, offset: stretch.range.lowerBound)
        guard let file else {
            findings.damaged.append(segment)
            position.offset = end
            return
        }
        file.seek(position.offset)
        var bytes = 0
        while records.count < limit, bytes < limits.batchBytes {
            let damages = file.damages
            guard let frame = file.next(limit: end), frame.sequence < stretch.before else {
                position.offset = end
                return
            }
            if file.damages > damages { findings.damaged.append(segment) }
            // A gap between two segments is the lost end of the first.
            let begins = position.offset == SegmentHeader.bytes && previous < segment
            if begins, frame.sequence > sequence + 1 { findings.damaged.append(previous) }
            position.offset = file.end
            bytes += frame.size
            take(frame, from: segment, into: &records, &findings)
        }
    }

    private func take(
        _ frame: Frame, from segment: UInt64, into records: inout [UsageRecord], _ findings: inout Findings
    ) {
        // Never backwards, whatever the files say.
        guard frame.sequence > sequence else { return }
        findings.lost += frame.sequence - sequence - 1
        sequence = frame.sequence
        do throws(FormatError) {
            guard frame.kind == Frame.recordKind else { throw .unknownVersion(frame.version) }
            records.append(
                try RecordFormat.decode(
                    frame.payload, version: frame.version, instance: instance, sequence: frame.sequence,
                    memo: memo))
        } catch {
            findings.undecodable += 1
            findings.damaged.append(segment)
        }
    }

    private func open(_ segment: UInt64) -> SegmentReader? {
        let path = SpoolDirectory.segment(segment, in: directory.path)
        guard let opening = try? SegmentReader.open(path, recordLimit: limits.recordBytes) else { return nil }
        guard case .reader(let reader) = opening else { return nil }
        return reader
    }

    var cursor: Cursor { Cursor(position: position, sequence: sequence) }
}
