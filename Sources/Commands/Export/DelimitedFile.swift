import Glibc
import Wire

/// Reads a file of comma-separated values, or standard input, in pieces.
enum DelimitedFile {
    /// Bytes per system call.
    private static let piece = 256 << 10

    /// - Parameter path: `-` for standard input.
    static func read(
        _ path: String, _ each: (DelimitedReader.Row, Int64) -> Void
    ) throws(FileProblem) {
        var reader = DelimitedReader()
        try pieces(path) { reader.feed($0, each) }
        reader.end(each)
    }

    /// Hands out the bytes of a file piece by piece.
    static func pieces(_ path: String, _ each: (ArraySlice<UInt8>) -> Void) throws(FileProblem) {
        let descriptor = path == "-" ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw FileProblem(path: path, reason: String(cString: strerror(errno))) }
        defer { if descriptor != STDIN_FILENO { close(descriptor) } }
        var bytes = [UInt8](repeating: 0, count: piece)
        while true {
            let count = Glibc.read(descriptor, &bytes, bytes.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw FileProblem(path: path, reason: String(cString: strerror(errno))) }
            if count == 0 { return }
            each(bytes[..<count])
        }
    }
}
