import Glibc
import Terms

/// The file of rows that could not be booked: JSON Lines with the row's line, what is wrong, and the row as
/// it came. Made when the first one is kept.
struct RejectedLines {
    private let path: String
    private var isBegun = false

    init(path: String) { self.path = path }

    mutating func keep(_ line: Int64, _ problem: String, _ content: String) {
        var json = JSONWriter()
        json.beginObject()
        json.field("line", line)
        json.field("problem", problem)
        json.field("content", content)
        json.endObject()
        json.newline()
        let file = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | (isBegun ? O_APPEND : O_TRUNC), 0o600)
        // What cannot be kept was told with its line.
        guard file >= 0 else { return }
        isBegun = true
        defer { close(file) }
        _ = write(file, json.bytes, json.bytes.count)
    }
}
