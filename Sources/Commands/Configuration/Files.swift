// Reading whole small files and listing directories: configuration, prices, time zones.
import Glibc

/// Why a file or directory cannot be read, in the system's words.
public struct FileProblem: Error, Hashable, Sendable {
    public let path: String
    public let reason: String
}

enum Files {
    /// Bytes. Configuration and price files are far below; a larger one is a mistake such as a device.
    static let largest = 16 * 1024 * 1024

    /// - Returns: nil when there is no such file.
    static func read(_ path: String) throws(FileProblem) -> [UInt8]? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            if errno == ENOENT { return nil }
            throw problem(path)
        }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 64 * 1024)
        while true {
            let count = Glibc.read(descriptor, &piece, piece.count)
            if count < 0 {
                if errno == EINTR { continue }
                throw problem(path)
            }
            if count == 0 { return bytes }
            guard bytes.count + count <= largest else {
                throw FileProblem(path: path, reason: "it has more than \(largest) bytes")
            }
            bytes += piece[..<count]
        }
    }

    /// Names in a directory with an ending, in order; nil when it is no directory.
    static func names(in directory: String, ending: String) throws(FileProblem) -> [String]? {
        guard let stream = opendir(directory) else {
            if errno == ENOTDIR || errno == ENOENT { return nil }
            throw problem(directory)
        }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name.hasSuffix(ending), !name.hasPrefix(".") { names.append(name) }
        }
        return names.sorted()
    }

    /// Writes a whole file beside its place and moves it there, so that a reader sees the old or the new,
    /// also after a power cut. What fails leaves the old one as it was.
    static func replace(_ path: String, with bytes: [UInt8], mode: mode_t = 0o600) throws(FileProblem) {
        let beside = path + ".new"
        let descriptor = open(beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode)
        guard descriptor >= 0 else { throw problem(beside) }
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            guard count >= 0 || errno == EINTR else {
                let problem = problem(beside)
                close(descriptor)
                unlink(beside)
                throw problem
            }
            rest = rest.dropFirst(max(count, 0))
        }
        guard fsync(descriptor) == 0, close(descriptor) == 0, rename(beside, path) == 0 else {
            throw problem(path)
        }
    }

    private static func problem(_ path: String) -> FileProblem {
        FileProblem(path: path, reason: String(cString: strerror(errno)))
    }
}

enum Paths {
    /// A path as seen from the file that names it.
    static func resolve(_ path: String, besides file: String) -> String {
        guard !path.hasPrefix("/"), let slash = file.lastIndex(of: "/") else { return path }
        let directory = file[...slash]
        return directory + (path.hasPrefix("./") ? String(path.dropFirst(2)) : path)
    }
}
