import CLinux
import Glibc

/// Small files, whole: read with a bound, replaced by rename so that a reader sees the old or the new.
enum FileBytes {
    static func read(_ path: String, limit: Int) throws(SpoolError) -> [UInt8] {
        let file = clinux_open(path, O_RDONLY | O_CLOEXEC, 0)
        guard file >= 0 else { throw .unusable(path: path, reason: reason(errno)) }
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: limit)
        var done = 0
        while done < limit {
            let offset = done
            let count = bytes.withUnsafeMutableBytes {
                pread(file, $0.baseAddress! + offset, limit - offset, offset)
            }
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw .unusable(path: path, reason: reason(errno)) }
            if count == 0 { break }
            done += count
        }
        bytes.removeLast(limit - done)
        return bytes
    }

    /// Durable once the directory is synced too.
    static func replace(_ path: String, with bytes: [UInt8]) throws(SpoolError) {
        let temporary = path + ".new"
        let file = clinux_open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw .unusable(path: temporary, reason: reason(errno)) }
        var code = bytes.withUnsafeBytes { Disk.real.write(file, $0, 0) }
        if code == 0 { code = Disk.real.sync(file) }
        close(file)
        guard code == 0 else { throw .unusable(path: temporary, reason: reason(code)) }
        guard rename(temporary, path) == 0 else { throw .unusable(path: path, reason: reason(errno)) }
    }

    /// Bytes of a file; 0 when it is not there.
    static func size(_ path: String) -> Int {
        var info = stat()
        return stat(path, &info) == 0 ? Int(info.st_size) : 0
    }

    /// The place behind the last byte of a file that was ever written, as far as the file system tells:
    /// what lies behind it is zeros. 0 when the file is not there.
    static func writtenEnd(_ path: String) -> Int {
        let size = size(path)
        let file = clinux_open(path, O_RDONLY | O_CLOEXEC, 0)
        guard file >= 0 else { return 0 }
        defer { close(file) }
        return clinux_written_end(file, size)
    }

    /// Seconds since 1970 of a file's last change; `nil` when it is not there.
    static func changed(_ path: String) -> Int64? {
        var info = stat()
        return stat(path, &info) == 0 ? Int64(info.st_mtim.tv_sec) : nil
    }
}
