import CLinux
import Glibc

/// The file that the writer appends to: preallocated, and zeroed some way ahead, so that a sync
/// writes records and seldom the file system's own books.
///
/// After any error the file is not trusted again: the kernel may have dropped the pages that it
/// failed to write, and a second sync would report success. The writer seals it at its last durable
/// frame and goes on in another.
final class ActiveSegment {
    /// Bytes of zeros written ahead: one sync in about 1,500 records pays for new extents.
    private static let zeroedAhead = 1 << 20
    // Never written to, so its pages stay the kernel's one page of zeros.
    private nonisolated(unsafe) static let zeros = UnsafeRawBufferPointer(
        start: calloc(1, zeroedAhead), count: zeroedAhead)

    let header: SegmentHeader
    /// Bytes of the file.
    let size: Int
    /// Behind the last durable frame.
    private(set) var end = SegmentHeader.bytes
    private let file: Int32
    private let disk: Disk
    private var zeroedTo: Int

    var room: Int { size - end }

    private init(header: SegmentHeader, size: Int, file: Int32, disk: Disk, zeroedTo: Int) {
        self.header = header
        self.size = size
        self.file = file
        self.disk = disk
        self.zeroedTo = zeroedTo
    }

    deinit { close(file) }

    /// Makes the file, durable with its name.
    ///
    /// - Returns: an errno value in place of a segment that cannot be made; then no file is left.
    static func create(
        in directory: SpoolDirectory, header: SegmentHeader, size: Int, disk: Disk
    ) -> Result<ActiveSegment, DiskError> {
        let path = SpoolDirectory.segment(header.number, in: directory.path)
        let file = clinux_open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard file >= 0 else { return .failure(DiskError(code: errno)) }
        let zeroedTo = min(size, SegmentHeader.bytes + zeroedAhead)
        var code = disk.allocate(file, size)
        if code == 0 { code = header.page.withUnsafeBytes { disk.write(file, $0, 0) } }
        if code == 0 {
            let ahead = UnsafeRawBufferPointer(rebasing: zeros.prefix(zeroedTo - SegmentHeader.bytes))
            code = disk.write(file, ahead, SegmentHeader.bytes)
        }
        if code == 0 { code = disk.sync(file) }
        if code == 0 { code = directory.sync() }
        guard code == 0 else {
            close(file)
            unlink(path)
            return .failure(DiskError(code: code))
        }
        return .success(
            ActiveSegment(header: header, size: size, file: file, disk: disk, zeroedTo: zeroedTo))
    }

    /// Appends whole frames by one write and one sync.
    ///
    /// - Returns: 0, or an errno value; then the segment must be given up.
    func append(_ frames: UnsafeRawBufferPointer) -> Int32 {
        precondition(frames.count <= room)
        let newEnd = end + frames.count
        if newEnd > zeroedTo {
            let target = min(size, newEnd + Self.zeroedAhead)
            // A group larger than the zeros ahead covers the rest itself.
            let start = max(zeroedTo, target - Self.zeroedAhead)
            let code = disk.write(
                file, UnsafeRawBufferPointer(rebasing: Self.zeros.prefix(target - start)), start)
            if code != 0 { return code }
            zeroedTo = target
        }
        var code = disk.write(file, frames, end)
        if code == 0 { code = disk.sync(file) }
        if code == 0 { end = newEnd }
        return code
    }

    /// Cuts off what is behind the last durable frame. It need not succeed: a reader stops there anyway.
    func seal() { _ = disk.truncate(file, end) }
}

/// An errno value.
struct DiskError: Error {
    let code: Int32
}
