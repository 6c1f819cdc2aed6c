import CLinux
import Glibc

/// A place between two frames.
struct Position: Comparable, Sendable {
    var segment: UInt64
    var offset: Int

    static func < (a: Position, b: Position) -> Bool { (a.segment, a.offset) < (b.segment, b.offset) }
}

/// How far the ledger has come: everything before `position` is posted.
struct Cursor: Equatable, Sendable {
    var position: Position
    /// The highest sequence posted; 0 when none is.
    var sequence: Int64
}

/// The file that keeps the cursor: two checksummed slots on two pages, written in turn, so that a
/// torn write leaves the other. Losing the newest only means posting some records again.
final class CursorFile {
    private static let magic: UInt64 = 0x3152_5543_4254  // "TBCUR1"
    private static let slotBytes = 40
    private static let slotOffsets = [0, 4096]

    private let path: String
    private let file: Int32
    private var generation: UInt64

    private init(path: String, file: Int32, generation: UInt64) {
        self.path = path
        self.file = file
        self.generation = generation
    }

    deinit { close(file) }

    static func open(_ directory: String) throws(SpoolError) -> (CursorFile, Cursor?) {
        let path = directory + "/cursor"
        let newest = read(directory)
        let file = clinux_open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw .unusable(path: path, reason: reason(errno)) }
        return (CursorFile(path: path, file: file, generation: newest?.generation ?? 0), newest?.cursor)
    }

    /// The newest whole slot.
    static func read(_ directory: String) -> (generation: UInt64, cursor: Cursor)? {
        guard let bytes = try? FileBytes.read(directory + "/cursor", limit: 8192) else { return nil }
        return bytes.withUnsafeBytes { bytes in
            slotOffsets.compactMap { slot(bytes, at: $0) }.max { $0.generation < $1.generation }
        }
    }

    private static func slot(
        _ bytes: UnsafeRawBufferPointer, at start: Int
    ) -> (generation: UInt64, cursor: Cursor)? {
        guard bytes.count >= start + slotBytes + 4 else { return nil }
        let covered = UnsafeRawBufferPointer(rebasing: bytes[start..<start + slotBytes])
        var reader = ByteReader(UnsafeRawBufferPointer(rebasing: bytes[start..<start + slotBytes + 4]))
        guard let magic = try? reader.fixed(UInt64.self), magic == Self.magic,
            let generation = try? reader.fixed(UInt64.self), let segment = try? reader.fixed(UInt64.self),
            let offset = try? reader.fixed(Int64.self), let sequence = try? reader.fixed(Int64.self),
            let crc = try? reader.fixed(UInt32.self),
            crc == clinux_crc32c(0, covered.baseAddress, covered.count),
            offset >= SegmentHeader.bytes, sequence >= 0
        else { return nil }
        let position = Position(segment: segment, offset: Int(offset))
        return (generation, Cursor(position: position, sequence: sequence))
    }

    func store(_ cursor: Cursor) throws(SpoolError) {
        generation += 1
        var writer = ByteWriter(capacity: 64)
        writer.put(fixed: Self.magic)
        writer.put(fixed: generation)
        writer.put(fixed: cursor.position.segment)
        writer.put(fixed: Int64(cursor.position.offset))
        writer.put(fixed: cursor.sequence)
        writer.put(fixed: clinux_crc32c(0, writer.bytes.baseAddress, writer.count))
        var code = Disk.real.write(file, writer.bytes, Self.slotOffsets[Int(generation % 2)])
        if code == 0 { code = Disk.real.sync(file) }
        guard code == 0 else { throw .unusable(path: path, reason: reason(code)) }
    }
}
