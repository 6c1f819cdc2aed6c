// The JSON scanner alone over the lines of a file: what `tollbook normalize` is measured against.

import Glibc
import Wire

/// Walks every line and keeps nothing.
///
/// - Returns: the exit code; 1 when a line is no JSON.
func walk(_ path: String) -> Int32 {
    let descriptor = open(path, O_RDONLY)
    guard descriptor >= 0 else { return 1 }
    defer { close(descriptor) }
    let scanner = JSONScanner(JSONSelection([]))
    var buffer = [UInt8](repeating: 0, count: 256 << 10)
    var broken = 0
    while true {
        let count = buffer.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
        guard count > 0 else { break }
        var at = 0
        while at < count {
            at = scanner.feed(buffer.span, from: at, to: count)
            guard at < count else { break }
            // A line feed inside a document is white space; behind one it ends the line.
            if scanner.status == .malformed { broken += 1 }
            scanner.reset()
            while at < count, buffer[at] != 0x0a { at += 1 }
            at += 1
        }
    }
    return broken == 0 ? 0 : 1
}
