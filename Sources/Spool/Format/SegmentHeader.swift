import CLinux
import Terms

/// The first page of a segment file: whose records follow, from which number on, and the secret
/// that their checksums start from. Written twice, so that one bad sector does not hide 16 MiB.
struct SegmentHeader: Equatable {
    static let magic: UInt64 = 0x314c_4f4f_5053_4254  // "TBSPOOL1"
    /// The newest format this release writes and reads.
    static let version: UInt32 = 1
    /// One page; frames begin behind it.
    static let bytes = 4096
    private static let copies = [0, 2048]
    private static let copyBytes = 56

    /// The spool's identity; see ``Spool/instance``.
    var instance: UInt64
    var number: UInt64
    /// The sequence of the first record in this segment. A frame of an earlier segment with this
    /// sequence or a later one was written again here, after its own segment had failed.
    var firstSequence: Int64
    var createdAt: Terms.Instant
    /// Drawn at random for each segment: bytes that a provider sends can never pass for a frame.
    var salt: UInt64

    var page: [UInt8] {
        var writer = ByteWriter(capacity: Self.bytes)
        writer.put(zeros: Self.bytes)
        for start in Self.copies {
            writer.patch(Self.magic, at: start)
            writer.patch(Self.version, at: start + 8)
            writer.patch(instance, at: start + 16)
            writer.patch(number, at: start + 24)
            writer.patch(firstSequence, at: start + 32)
            writer.patch(createdAt.microseconds, at: start + 40)
            writer.patch(salt, at: start + 48)
            let covered = UnsafeRawBufferPointer(rebasing: writer.bytes[start..<start + Self.copyBytes])
            writer.patch(clinux_crc32c(0, covered.baseAddress, covered.count), at: start + Self.copyBytes)
        }
        return Array(writer.bytes)
    }

    enum Reading: Equatable {
        case header(SegmentHeader)
        /// Whole and well-formed, but of a later release.
        case newer(version: UInt32)
        case damaged
    }

    static func read(_ page: UnsafeRawBufferPointer) -> Reading {
        guard page.count >= bytes else { return .damaged }
        for start in copies {
            let covered = UnsafeRawBufferPointer(rebasing: page[start..<start + copyBytes])
            func field<T: FixedWidthInteger>(_ offset: Int, _ type: T.Type) -> T {
                T(littleEndian: page.loadUnaligned(fromByteOffset: start + offset, as: T.self))
            }
            guard field(0, UInt64.self) == magic,
                field(copyBytes, UInt32.self) == clinux_crc32c(0, covered.baseAddress, covered.count)
            else { continue }
            let version = field(8, UInt32.self)
            guard version <= Self.version else { return .newer(version: version) }
            return .header(
                SegmentHeader(
                    instance: field(16, UInt64.self), number: field(24, UInt64.self),
                    firstSequence: field(32, Int64.self),
                    createdAt: Terms.Instant(microseconds: field(40, Int64.self)),
                    salt: field(48, UInt64.self)))
        }
        return .damaged
    }
}
