import CLinux
import Glibc
import Terms

/// The calls by which the writer changes files: a table, so that the tests can fail the n-th one.
/// Each gives 0 or an errno value.
struct Disk: Sendable {
    var allocate: @Sendable (_ file: Int32, _ bytes: Int) -> Int32
    /// Writes all of the bytes at an offset.
    var write: @Sendable (_ file: Int32, _ bytes: UnsafeRawBufferPointer, _ offset: Int) -> Int32
    var sync: @Sendable (_ file: Int32) -> Int32
    var truncate: @Sendable (_ file: Int32, _ bytes: Int) -> Int32

    static let real = Disk(
        allocate: { file, bytes in
            let result = clinux_allocate(file, bytes)
            // Not every file system can reserve; then a full disk shows at the write instead.
            guard result == EOPNOTSUPP || result == ENOSYS else { return result }
            return ftruncate(file, bytes) == 0 ? 0 : errno
        },
        write: { file, bytes, offset in
            var done = 0
            while done < bytes.count {
                let count = pwrite(file, bytes.baseAddress! + done, bytes.count - done, offset + done)
                if count < 0 {
                    if errno == EINTR { continue }
                    return errno
                }
                // Some file systems answer a full disk with a short write, then with nothing at all.
                if count == 0 { return ENOSPC }
                done += count
            }
            return 0
        },
        sync: { file in fdatasync(file) == 0 ? 0 : errno },
        truncate: { file, bytes in ftruncate(file, bytes) == 0 ? 0 : errno })
}

/// The words of an errno value.
func reason(_ code: Int32) -> String {
    var text = [CChar](repeating: 0, count: 256)
    guard strerror_r(code, &text, text.count) == 0 else { return "error \(code)" }
    return text.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
}

/// The time now, in UTC.
@Sendable func wallClock() -> Terms.Instant {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Terms.Instant(microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000)
}
