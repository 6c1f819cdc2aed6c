import CLinux

/// One record on disk: marker, checksum, length, kind, sequence, payload, zeros up to eight bytes.
///
/// Marker and start of the checksum come from the segment's salt, so that neither stale blocks nor
/// text inside a record can be taken for a frame when a reader looks for the next good one.
struct Frame {
    static let headerBytes = 24
    static let alignment = 8
    /// The only kind so far: a usage record in a format of ``RecordFormat``.
    static let recordKind: UInt8 = 1

    var kind: UInt8
    /// Of the payload's format.
    var version: UInt8
    var sequence: Int64
    /// Points into the reader's window.
    var payload: UnsafeRawBufferPointer
    /// Bytes with header and padding.
    var size: Int

    /// Bytes on disk of a payload of `count` bytes.
    static func size(payload count: Int) -> Int {
        (headerBytes + count + alignment - 1) & ~(alignment - 1)
    }

    enum Reading {
        case frame(Frame)
        /// Looks like a frame, of which so many bytes are needed to tell.
        case needs(Int)
        case damaged
    }

    /// Reads the frame at the start of `bytes`, which may hold only its beginning.
    @inline(__always)
    static func read(_ bytes: UnsafeRawBufferPointer, salt: UInt64, limit: Int) -> Reading {
        guard bytes.count >= headerBytes else { return .needs(headerBytes) }
        guard word(bytes, 0) == UInt32(truncatingIfNeeded: salt) else { return .damaged }
        let length = Int(word(bytes, 8))
        guard length <= limit else { return .damaged }
        let size = size(payload: length)
        guard bytes.count >= size else { return .needs(size) }
        guard word(bytes, 4) == checksum(bytes, size: size, salt: salt) else { return .damaged }
        let sequence = bytes.loadUnaligned(fromByteOffset: 16, as: Int64.self)
        return .frame(
            Frame(
                kind: bytes[12], version: bytes[13], sequence: Int64(littleEndian: sequence),
                payload: UnsafeRawBufferPointer(rebasing: bytes[headerBytes..<headerBytes + length]),
                size: size))
    }

    /// Writes marker and checksum into a frame whose other fields are in place.
    static func stamp(_ bytes: UnsafeMutableRawBufferPointer, salt: UInt64) {
        bytes.storeBytes(of: UInt32(truncatingIfNeeded: salt).littleEndian, toByteOffset: 0, as: UInt32.self)
        let crc = checksum(UnsafeRawBufferPointer(bytes), size: bytes.count, salt: salt)
        bytes.storeBytes(of: crc.littleEndian, toByteOffset: 4, as: UInt32.self)
    }

    private static func checksum(_ bytes: UnsafeRawBufferPointer, size: Int, salt: UInt64) -> UInt32 {
        let covered = UnsafeRawBufferPointer(rebasing: bytes[8..<size])
        return clinux_crc32c(UInt32(truncatingIfNeeded: salt >> 32), covered.baseAddress, covered.count)
    }

    private static func word(_ bytes: UnsafeRawBufferPointer, _ offset: Int) -> UInt32 {
        UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
    }
}

extension ByteWriter {
    /// Appends a frame around what `payload` puts; marker and checksum are left for ``Frame/stamp``.
    ///
    /// - Returns: the payload's bytes.
    mutating func putFrame(
        kind: UInt8, version: UInt8, sequence: Int64, _ payload: (inout ByteWriter) -> Void
    ) -> Int {
        let start = count
        put(fixed: UInt64(0))
        put(fixed: UInt32(0))
        put(fixed: kind)
        put(fixed: version)
        put(fixed: UInt16(0))
        put(fixed: sequence)
        payload(&self)
        let length = count - start - Frame.headerBytes
        patch(UInt32(truncatingIfNeeded: length), at: start + 8)
        put(zeros: Frame.size(payload: length) - Frame.headerBytes - length)
        return length
    }
}
