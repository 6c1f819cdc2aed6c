// The file of a listening Unix socket. Its mode says who may connect, and holds from the moment in which the
// file appears. A file that a killed process left is removed; one that somebody listens on, or that is no
// socket, is not: a lock beside it decides between two that start at the same time.

import CLinux
import Glibc

/// A bound socket file with its lock; removed when its owner stops listening. Any thread.
final class UnixSocketFile: Sendable {
    let descriptor: Int32
    private let path: String
    private let lock: Int32
    /// Which file it was: somebody may have put another one in its place.
    private let inode: UInt64

    /// Listens on a path.
    ///
    /// - Parameter mode: permission bits of the file.
    static func listen(
        _ path: String, _ wanted: SocketAddress, _ text: String, mode: UInt32, backlog: Int32
    ) throws(RelayError) -> UnixSocketFile {
        let lock = open(path + ".lock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard lock >= 0 else { throw .cannotListen(text, errno) }
        do throws(RelayError) {
            guard flock(lock, LOCK_EX | LOCK_NB) == 0 else { throw .addressInUse(text) }
            var address = wanted
            try removeDead(path, address, text)
            let descriptor = clinux_listen_file(&address.storage, address.length, mode, backlog)
            guard descriptor >= 0 else {
                throw descriptor == -EADDRINUSE ? .addressInUse(text) : .cannotListen(text, -descriptor)
            }
            // The mask of the process took bits away when the file was made.
            var status = stat()
            guard chmod(path, mode) == 0, lstat(path, &status) == 0 else {
                let code = errno
                _ = Glibc.close(descriptor)
                throw .cannotListen(text, code)
            }
            return UnixSocketFile(descriptor, path, lock, UInt64(status.st_ino))
        } catch {
            _ = Glibc.close(lock)
            throw error
        }
    }

    private init(_ descriptor: Int32, _ path: String, _ lock: Int32, _ inode: UInt64) {
        self.descriptor = descriptor
        self.path = path
        self.lock = lock
        self.inode = inode
    }

    deinit { _ = Glibc.close(lock) }

    /// Takes the file away, so that new callers are refused at once and a successor may listen.
    func remove() {
        var status = stat()
        if lstat(path, &status) == 0, UInt64(status.st_ino) == inode, Self.isSocket(status) { unlink(path) }
        flock(lock, LOCK_UN)
    }

    private static func isSocket(_ status: stat) -> Bool { status.st_mode & S_IFMT == S_IFSOCK }

    /// Why the path cannot be listened on, found without changing anything.
    static func hindrance(_ path: String, _ address: SocketAddress, _ text: String) -> RelayError? {
        var status = stat()
        guard lstat(path, &status) == 0 else {
            let slash = path.lastIndex(of: "/")
            let directory = slash.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
            return access(directory, W_OK) == 0 ? nil : .cannotListen(text, errno)
        }
        guard isSocket(status) else { return .noSocket(text) }
        var target = address
        let probe = clinux_connect(&target.storage, target.length)
        if probe >= 0 { _ = Glibc.close(probe) }
        return probe >= 0 || probe == -EAGAIN ? .addressInUse(text) : nil
    }

    private static func removeDead(
        _ path: String, _ address: SocketAddress, _ text: String
    ) throws(RelayError) {
        var status = stat()
        guard lstat(path, &status) == 0 else { return }
        // Connecting to any other file is refused like connecting to a dead socket.
        guard isSocket(status) else { throw .noSocket(text) }
        var target = address
        let probe = clinux_connect(&target.storage, target.length)
        if probe >= 0 { _ = Glibc.close(probe) }
        // Somebody whose queue is full lives as well.
        if probe >= 0 || probe == -EAGAIN { throw .addressInUse(text) }
        if probe == -ECONNREFUSED { unlink(path) }
    }
}
