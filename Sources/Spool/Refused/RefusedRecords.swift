import CLinux
import Glibc
public import Terms

/// A record that the ledger would not take, and why.
public struct RefusedRecord: Hashable, Sendable {
    /// With the instance and the sequence under which it was spooled.
    public var record: UsageRecord
    /// PostgreSQL's words.
    public var reason: String
    public var refusedAt: Instant

    public init(record: UsageRecord, reason: String, refusedAt: Instant) {
        self.record = record
        self.reason = reason
        self.refusedAt = refusedAt
    }
}

/// The records that PostgreSQL refused for what is in them: set apart, so that nothing is lost and nothing
/// waits for them. A file that only grows, `quarantine/refused` in the spool's directory: refusals, and
/// marks of those that were posted after all. Several processes may append.
public struct RefusedRecords: Sendable {
    /// Bytes of the file. Reached: nothing is set apart any more, so the batch stays in the spool: so many
    /// refusals have one cause, which somebody has to remove.
    public static let fileLimit = 256 << 20
    /// Bytes of a reason that are kept.
    private static let reasonLimit = 4096
    /// Begins the checksums, so that a segment is not taken for this file.
    private static let salt: UInt64 = 0x3153_5546_4552_4254  // "TBREFUS1"
    private static let refusal: UInt8 = 2
    private static let mark: UInt8 = 3

    private let folder: String
    private var path: String { folder + "/refused" }

    /// - Parameter directory: of the spool; it need not be there.
    public init(_ directory: String) { folder = directory + "/quarantine" }

    /// Appends a refusal and syncs it.
    public func keep(_ refused: RefusedRecord) throws(SpoolError) {
        try append(kind: Self.refusal, sequence: refused.record.sequence) { writer in
            writer.put(fixed: refused.refusedAt.microseconds)
            writer.put(Self.shortened(refused.reason))
            writer.put(refused.record.instance)
            writer.put(fixed: RecordFormat.version)
            writer.put(refused.record)
        }
    }

    /// Notes that a refused record is in the ledger now.
    public func markPosted(_ record: UsageRecord) throws(SpoolError) {
        try append(kind: Self.mark, sequence: record.sequence) { writer in
            writer.put(fixed: record.id.high)
            writer.put(fixed: record.id.low)
        }
    }

    /// What was refused and not posted since, each once, in the order of refusal. What cannot be read is
    /// passed over.
    public func pending() -> [RefusedRecord] {
        let bytes = (try? FileBytes.read(path, limit: min(FileBytes.size(path), Self.fileLimit))) ?? []
        var found: [RecordID: RefusedRecord] = [:]
        var order: [RecordID] = []
        bytes.withUnsafeBytes { bytes in
            Self.forEachFrame(in: bytes) { frame in
                if frame.kind == Self.refusal, let refused = try? Self.refused(frame) {
                    if found.updateValue(refused, forKey: refused.record.id) == nil {
                        order.append(refused.record.id)
                    }
                } else if frame.kind == Self.mark, let id = try? Self.marked(frame) {
                    found[id] = nil
                }
            }
        }
        var seen: Set<RecordID> = []
        return order.compactMap { seen.insert($0).inserted ? found[$0] : nil }
    }

    // MARK: Frames

    static func forEachFrame(in bytes: UnsafeRawBufferPointer, _ body: (Frame) -> Void) {
        var offset = 0
        while bytes.count - offset >= Frame.headerBytes {
            let rest = UnsafeRawBufferPointer(rebasing: bytes[offset...])
            if case .frame(let frame) = Frame.read(rest, salt: salt, limit: bytes.count) {
                body(frame)
                offset += frame.size
            } else {
                offset += Frame.alignment
            }
        }
    }

    static func refused(_ frame: Frame) throws(FormatError) -> RefusedRecord {
        var reader = ByteReader(frame.payload)
        let at = Instant(microseconds: try reader.fixed(Int64.self))
        let reason = try reader.text()
        let instance = try reader.text()
        let version = try reader.fixed(UInt8.self)
        let record = try RecordFormat.decode(
            UnsafeRawBufferPointer(rebasing: frame.payload[reader.offset...]), version: version,
            instance: instance, sequence: frame.sequence)
        return RefusedRecord(record: record, reason: reason, refusedAt: at)
    }

    private static func marked(_ frame: Frame) throws(FormatError) -> RecordID {
        var reader = ByteReader(frame.payload)
        return RecordID(high: try reader.fixed(UInt64.self), low: try reader.fixed(UInt64.self))
    }

    private static func shortened(_ reason: String) -> String {
        reason.utf8.count <= reasonLimit ? reason : String(reason.prefix(reasonLimit / 4)) + "…"
    }

    // MARK: Appending

    private func append(
        kind: UInt8, sequence: Int64, _ payload: (inout ByteWriter) -> Void
    ) throws(SpoolError) {
        guard mkdir(folder, 0o700) == 0 || errno == EEXIST else {
            throw .unusable(path: folder, reason: reason(errno))
        }
        let file = clinux_open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw .unusable(path: path, reason: reason(errno)) }
        defer { close(file) }
        // Held for one write and one sync.
        while clinux_lock(file) == EWOULDBLOCK {
            var time = timespec(tv_sec: 0, tv_nsec: 1_000_000)
            nanosleep(&time, nil)
        }
        let end = FileBytes.size(path)
        let start = (end + Frame.alignment - 1) / Frame.alignment * Frame.alignment
        var frame = ByteWriter()
        _ = frame.putFrame(kind: kind, version: 1, sequence: sequence, payload)
        guard start + frame.count <= Self.fileLimit else {
            throw .full(bytes: start + frame.count, limit: Self.fileLimit)
        }
        Frame.stamp(frame.mutableBytes, salt: Self.salt)
        var code = Disk.real.write(file, frame.bytes, start)
        if code == 0 { code = Disk.real.sync(file) }
        guard code == 0 else {
            // A half frame is passed over by its checksum; the next one is written over it.
            _ = Disk.real.truncate(file, end)
            throw .unusable(path: path, reason: reason(code))
        }
    }
}
