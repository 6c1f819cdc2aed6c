import CLinux
import Glibc

/// The file that the writer appends to: preallocated, and zeroed some way ahead, so that a sync
/// writes records and seldom the file system's own books. Whole blocks are written past the page cache
/// where the file system can do that, which halves what a sync costs.
///
/// After any error the file is not trusted again: the kernel may have dropped the pages that it
/// failed to write, and a second sync would report success. The writer seals it at its last durable
/// frame and goes on in another.
final class ActiveSegment {
    /// Bytes of zeros written ahead: one sync in about 1,500 records pays for new extents.
    private static let zeroedAhead = 1 << 20
    /// What offsets, sizes and memory of an uncached write are multiples of, on any device in use.
    private static let block = 4096
    /// Bytes written by one call; a larger group takes several.
    private static let bufferBytes = 256 << 10
    // Mapped and never written to, so its pages stay the kernel's one page of zeros.
    private nonisolated(unsafe) static let zeros = UnsafeRawBufferPointer(
        start: mmap(nil, zeroedAhead, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), count: zeroedAhead)

    let header: SegmentHeader
    /// Bytes of the file.
    let size: Int
    /// Behind the last durable frame.
    private(set) var end = SegmentHeader.bytes
    private let file: Int32
    private let disk: Disk
    private var zeroedTo: Int
    private var isUncached: Bool
    /// Begins with what the block at ``end`` holds so far: a block is always written whole.
    private let buffer = UnsafeMutableRawPointer.allocate(byteCount: bufferBytes, alignment: block)

    var room: Int { size - end }

    private init(
        header: SegmentHeader, size: Int, file: Int32, disk: Disk, zeroedTo: Int, isUncached: Bool
    ) {
        self.header = header
        self.size = size
        self.file = file
        self.disk = disk
        self.zeroedTo = zeroedTo
        self.isUncached = isUncached
    }

    deinit {
        close(file)
        buffer.deallocate()
    }

    /// Makes the file, durable with its name.
    ///
    /// - Returns: an errno value in place of a segment that cannot be made; then no file is left.
    static func create(
        in directory: SpoolDirectory, header: SegmentHeader, size: Int, disk: Disk
    ) -> Result<ActiveSegment, DiskError> {
        let path = SpoolDirectory.segment(header.number, in: directory.path)
        let file = clinux_open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard file >= 0 else { return .failure(DiskError(code: errno)) }
        let size = (size + block - 1) / block * block
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
        // Where the file system cannot, the same writes go through the cache.
        let isUncached = clinux_bypass_cache(file) == 0
        return .success(
            ActiveSegment(
                header: header, size: size, file: file, disk: disk, zeroedTo: zeroedTo,
                isUncached: isUncached))
    }

    /// Appends whole frames and makes them durable with one sync.
    ///
    /// - Returns: 0, or an errno value; then the segment must be given up.
    func append(_ frames: UnsafeRawBufferPointer) -> Int32 {
        precondition(frames.count <= room)
        let newEnd = end + frames.count
        var code = zeroAhead(of: newEnd)
        if code == 0 { code = write(frames) }
        if code == 0 { code = disk.sync(file) }
        if code == 0 { end = newEnd }
        return code
    }

    private func zeroAhead(of newEnd: Int) -> Int32 {
        guard newEnd > zeroedTo else { return 0 }
        let target = min(size, (newEnd + Self.zeroedAhead) / Self.block * Self.block)
        // A group larger than the zeros ahead covers the rest itself.
        let start = max(zeroedTo, target - Self.zeroedAhead)
        let code = disk.write(
            file, UnsafeRawBufferPointer(rebasing: Self.zeros.prefix(target - start)), start)
        if code == 0 { zeroedTo = target }
        return code
    }

    /// Some file systems agree to uncached writes and then refuse them for their size or place.
    private func put(_ bytes: UnsafeRawBufferPointer, at offset: Int) -> Int32 {
        let code = disk.write(file, bytes, offset)
        guard code == EINVAL, isUncached, clinux_use_cache(file) == 0 else { return code }
        isUncached = false
        return disk.write(file, bytes, offset)
    }

    private func write(_ frames: UnsafeRawBufferPointer) -> Int32 {
        var held = end % Self.block
        var start = end - held
        var done = 0
        while done < frames.count {
            let count = min(frames.count - done, Self.bufferBytes - held)
            (buffer + held).copyMemory(from: frames.baseAddress! + done, byteCount: count)
            held += count
            done += count
            let padded = (held + Self.block - 1) / Self.block * Self.block
            memset(buffer + held, 0, padded - held)
            let code = put(UnsafeRawBufferPointer(start: buffer, count: padded), at: start)
            if code != 0 { return code }
            let whole = held / Self.block * Self.block
            memmove(buffer, buffer + whole, held - whole)
            start += whole
            held -= whole
        }
        return 0
    }

    /// Cuts off what is behind the last durable frame. It need not succeed: a reader stops there anyway.
    func seal() { _ = disk.truncate(file, end) }
}

/// An errno value.
struct DiskError: Error {
    let code: Int32
}
