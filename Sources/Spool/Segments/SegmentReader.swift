import CLinux
import Glibc

/// Reads a segment's frames in order through a window of bounded memory, and passes over damage:
/// what is no frame is skipped eight bytes at a time until the next good frame.
final class SegmentReader {
    private static let window = 256 << 10

    let header: SegmentHeader
    private let file: Int32
    private let recordLimit: Int
    private var bytes: UnsafeMutableRawPointer
    private var capacity = SegmentReader.window
    private var windowStart = 0
    private var windowCount = 0

    /// Where the next frame is looked for.
    private(set) var offset = SegmentHeader.bytes
    /// Behind the last good frame.
    private(set) var end = SegmentHeader.bytes
    /// Stretches of damage before a good frame.
    private(set) var damages = 0
    /// Whether the bytes between ``end`` and the limit, which are no frame, are more than zeros.
    private(set) var tornTail = false

    enum Opening {
        case reader(SegmentReader)
        case damaged
    }

    private init(file: Int32, header: SegmentHeader, recordLimit: Int) {
        self.file = file
        self.header = header
        self.recordLimit = recordLimit
        bytes = UnsafeMutableRawPointer.allocate(byteCount: capacity, alignment: 16)
    }

    deinit {
        close(file)
        bytes.deallocate()
    }

    /// - Throws: when the file cannot be opened or is of a newer format.
    static func open(_ path: String, recordLimit: Int) throws(SpoolError) -> Opening {
        let file = clinux_open(path, O_RDONLY | O_CLOEXEC, 0)
        guard file >= 0 else { throw .unusable(path: path, reason: reason(errno)) }
        var page = [UInt8](repeating: 0, count: SegmentHeader.bytes)
        let count = page.withUnsafeMutableBytes { pread(file, $0.baseAddress, $0.count, 0) }
        let reading = page.withUnsafeBytes {
            SegmentHeader.read(UnsafeRawBufferPointer(rebasing: $0[..<max(0, count)]))
        }
        switch reading {
        case .header(let header):
            return .reader(SegmentReader(file: file, header: header, recordLimit: recordLimit))
        case .newer(let version):
            close(file)
            throw .newerFormat(file: path, version: Int(version))
        case .damaged:
            close(file)
            return .damaged
        }
    }

    /// Continues at a place that a frame ended at.
    func seek(_ offset: Int) {
        self.offset = offset
        end = offset
    }

    /// The next good frame that ends at or before `limit`; its payload is valid until the next call.
    func next(limit: Int) -> Frame? {
        var damageStart: Int?
        tornTail = false
        while limit - offset >= Frame.headerBytes {
            if let frame = frame(limit: limit) {
                if damageStart != nil { damages += 1 }
                offset += frame.size
                end = offset
                return frame
            }
            damageStart = damageStart ?? offset
            if !tornTail { tornTail = holdsSomething(limit: limit) }
            offset += Frame.alignment
        }
        if !tornTail, damageStart == nil { tornTail = limit > offset && holdsSomething(limit: limit) }
        return nil
    }

    private func frame(limit: Int) -> Frame? {
        var need = Frame.headerBytes
        while load(need, limit: limit) {
            switch Frame.read(view, salt: header.salt, limit: recordLimit) {
            case .frame(let frame): return frame
            case .damaged: return nil
            case .needs(let more):
                // The window may be longer than `need`; asked for more of it, there is no more.
                guard more > need else { return nil }
                need = more
            }
        }
        return nil
    }

    private var view: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(
            start: bytes + (offset - windowStart), count: windowStart + windowCount - offset)
    }

    private func holdsSomething(limit: Int) -> Bool {
        // A page that cannot be read is no page of zeros.
        guard load(min(Frame.alignment, limit - offset), limit: limit) else { return true }
        return view.prefix(Frame.alignment).contains { $0 != 0 }
    }

    /// Brings `need` bytes from ``offset`` on into the window.
    private func load(_ need: Int, limit: Int) -> Bool {
        if offset >= windowStart, offset + need <= windowStart + windowCount { return true }
        guard offset + need <= limit else { return false }
        if need > capacity {
            bytes.deallocate()
            capacity = need
            bytes = UnsafeMutableRawPointer.allocate(byteCount: capacity, alignment: 16)
        }
        windowStart = offset
        windowCount = 0
        // One bad sector fails a long read as a whole; then a short one may still get what is needed.
        for wanted in [min(capacity, limit - offset), need] where windowCount < need { fill(wanted) }
        return windowCount >= need
    }

    private func fill(_ wanted: Int) {
        while windowCount < wanted {
            let count = pread(file, bytes + windowCount, wanted - windowCount, windowStart + windowCount)
            if count < 0 && errno == EINTR { continue }
            if count <= 0 { return }
            windowCount += count
        }
    }
}
