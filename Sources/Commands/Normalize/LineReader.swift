import Glibc

/// Reads a file or standard input line by line in bounded memory. A line that is longer than the limit
/// is skipped to its end and told as such; the next one is read.
struct LineReader: ~Copyable {
    enum Line {
        /// Without its line feed.
        case bytes([UInt8])
        case tooLong
    }

    private let path: String
    private let descriptor: Int32
    private let limit: Int
    private var chunk = [UInt8](repeating: 0, count: 256 << 10)
    private var at = 0
    private var end = 0

    private init(path: String, descriptor: Int32, limit: Int) {
        self.path = path
        self.descriptor = descriptor
        self.limit = limit
    }

    deinit { if descriptor != STDIN_FILENO { close(descriptor) } }

    /// - Parameter path: `-` for standard input.
    static func open(_ path: String, limit: Int) throws(FileProblem) -> LineReader {
        if path == "-" { return LineReader(path: "standard input", descriptor: STDIN_FILENO, limit: limit) }
        let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw FileProblem(path: path, reason: String(cString: strerror(errno))) }
        return LineReader(path: path, descriptor: descriptor, limit: limit)
    }

    /// The next line; nil behind the last one. A line feed at the very end begins no further line.
    mutating func next() throws(FileProblem) -> Line? {
        var line: [UInt8] = []
        var isTooLong = false
        var isEmpty = true
        while true {
            if at == end {
                guard try fill() else { return isEmpty ? nil : isTooLong ? .tooLong : .bytes(line) }
            }
            isEmpty = false
            let feed = lineFeed()
            let piece = chunk[at..<(feed ?? end)]
            if line.count + piece.count > limit {
                isTooLong = true
                line = []
            }
            if !isTooLong { line.append(contentsOf: piece) }
            at = feed.map { $0 + 1 } ?? end
            if feed != nil { return isTooLong ? .tooLong : .bytes(line) }
        }
    }

    /// Where the next line feed of the chunk stands.
    private func lineFeed() -> Int? {
        chunk.withUnsafeBytes { bytes in
            guard let base = bytes.baseAddress,
                let found = memchr(base + at, Int32(UInt8(ascii: "\n")), end - at)
            else { return nil }
            return UnsafeRawPointer(found) - base
        }
    }

    private mutating func fill() throws(FileProblem) -> Bool {
        while true {
            let count = read(descriptor, &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw FileProblem(path: path, reason: String(cString: strerror(errno))) }
            (at, end) = (0, count)
            return count > 0
        }
    }
}
