import CLinux
import Glibc

/// Which process has a spool open, without opening it.
///
/// - Parameter directory: of the spool.
/// - Returns: the process's id as it wrote it down; nil where nobody has it.
public func spoolHolder(_ directory: String) -> String? {
    let path = directory + "/lock"
    let file = clinux_open(path, O_RDONLY | O_CLOEXEC, 0)
    guard file >= 0 else { return nil }
    defer { Glibc.close(file) }
    // Shared, so that two who look do not see each other; given back with the descriptor.
    guard flock(file, LOCK_SH | LOCK_NB) != 0, errno == EWOULDBLOCK else { return nil }
    let text = (try? FileBytes.read(path, limit: 32)).map { String(decoding: $0, as: UTF8.self) } ?? ""
    return SpoolDirectory.trimmed(text)
}
