import CLinux
import Glibc

/// The directory of one spool: its lock, its file names, its identity. Holds the lock while it lives.
///
/// `lock` (held by flock, content: the holder's process id), `instance` (the identity), `cursor`
/// (how far the ledger has come), `open` (exchanges under way), `N.segment`, `quarantine/`.
final class SpoolDirectory: Sendable {
    let path: String
    private let lockFile: Int32
    private let directoryFile: Int32

    private init(path: String, lockFile: Int32, directoryFile: Int32) {
        self.path = path
        self.lockFile = lockFile
        self.directoryFile = directoryFile
    }

    deinit {
        Glibc.close(lockFile)
        Glibc.close(directoryFile)
    }

    /// Makes the directory where it is missing and takes its lock.
    static func lock(_ path: String) throws(SpoolError) -> SpoolDirectory {
        try makeDirectory(path)
        let lockPath = path + "/lock"
        let lockFile = clinux_open(lockPath, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard lockFile >= 0 else { throw .unusable(path: lockPath, reason: reason(errno)) }
        let taken = clinux_lock(lockFile)
        guard taken == 0 else {
            let holder = (try? FileBytes.read(lockPath, limit: 32)).map {
                String(decoding: $0, as: UTF8.self)
            }
            Glibc.close(lockFile)
            if taken == EWOULDBLOCK { throw .locked(path: path, holder: trimmed(holder ?? "")) }
            throw .unusable(path: lockPath, reason: reason(taken))
        }
        let directoryFile = clinux_open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0)
        guard directoryFile >= 0 else {
            let code = errno
            Glibc.close(lockFile)
            throw .unusable(path: path, reason: reason(code))
        }
        let pid = Array("\(getpid())\n".utf8)
        _ = ftruncate(lockFile, 0)
        _ = pid.withUnsafeBytes { pwrite(lockFile, $0.baseAddress, $0.count, 0) }
        return SpoolDirectory(path: path, lockFile: lockFile, directoryFile: directoryFile)
    }

    private static func makeDirectory(_ path: String) throws(SpoolError) {
        if mkdir(path, 0o700) == 0 || errno == EEXIST { return }
        let code = errno
        guard code == ENOENT, let slash = path.lastIndex(of: "/"), slash > path.startIndex else {
            throw .unusable(path: path, reason: reason(code))
        }
        try makeDirectory(String(path[..<slash]))
        guard mkdir(path, 0o700) == 0 || errno == EEXIST else {
            throw .unusable(path: path, reason: reason(errno))
        }
    }

    /// Makes new and renamed names durable.
    func sync() -> Int32 { fsync(directoryFile) == 0 ? 0 : errno }

    /// The identity of the records made here: drawn once, the same at every start.
    ///
    /// - Parameter known: what a segment's header says, for a directory whose `instance` file is lost.
    func instance(known: UInt64?, created: String) throws(SpoolError) -> UInt64 {
        let file = path + "/instance"
        if let bytes = try? FileBytes.read(file, limit: 256) {
            let first = String(decoding: bytes, as: UTF8.self).split(separator: " ").first
            if let first, first.utf8.count == 16, let value = UInt64(first, radix: 16) { return value }
        }
        let value = known ?? UInt64.random(in: 1...UInt64.max)
        try FileBytes.replace(file, with: Array("\(hex(value)) created \(created)\n".utf8))
        let code = sync()
        guard code == 0 else { throw .unusable(path: path, reason: reason(code)) }
        return value
    }

    /// Sets a damaged segment aside by a second name, so that retention does not remove it.
    ///
    /// - Returns: whether it could be kept.
    func quarantine(_ number: UInt64, limit: Int) -> Bool {
        let folder = path + "/quarantine"
        guard mkdir(folder, 0o700) == 0 || errno == EEXIST else { return false }
        guard Self.numbers(in: folder).count < limit else { return false }
        let kept = SpoolDirectory.segment(number, in: folder)
        return link(Self.segment(number, in: path), kept) == 0 || errno == EEXIST
    }

    func remove(_ number: UInt64) { _ = unlink(Self.segment(number, in: path)) }

    static func segment(_ number: UInt64, in path: String) -> String {
        let digits = String(number)
        return "\(path)/\(String(repeating: "0", count: max(0, 12 - digits.utf8.count)))\(digits).segment"
    }

    /// That a directory can be listed, or is not there: one that may not be read must not look empty.
    static func requireReadable(_ path: String) throws(SpoolError) {
        guard let directory = opendir(path) else {
            let code = errno
            if code == ENOENT { return }
            throw .unusable(path: path, reason: reason(code))
        }
        closedir(directory)
    }

    /// The numbers of the segments in a directory, ascending.
    static func numbers(in path: String) -> [UInt64] {
        guard let directory = opendir(path) else { return [] }
        defer { closedir(directory) }
        var numbers: [UInt64] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { tuple in
                tuple.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            guard name.hasSuffix(".segment"), let number = UInt64(name.dropLast(8)) else { continue }
            numbers.append(number)
        }
        return numbers.sorted()
    }

    /// Sixteen hexadecimal digits.
    static func hex(_ value: UInt64) -> String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 16 - digits.utf8.count) + digits
    }

    private func hex(_ value: UInt64) -> String { Self.hex(value) }

    static func trimmed(_ text: String) -> String {
        String(text.filter { $0.isNumber })
    }
}
