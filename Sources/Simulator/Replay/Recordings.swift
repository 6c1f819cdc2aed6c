// Recorded exchanges, served again by id. The file is JSON Lines as `tollbook normalize` reads it; only the
// response matters here. Lines are indexed at start and understood when they are asked for.

import CLinux
import Glibc

struct Recordings: Sendable {
    private let bytes: [UInt8]
    /// Where each exchange's line lies.
    private let lines: [String: Range<Int>]

    static func load(_ path: String) throws(SimulatorError) -> Recordings {
        let file = clinux_open(path, O_RDONLY | O_CLOEXEC, 0)
        guard file >= 0 else { throw .recordings(path: path, errno: clinux_errno()) }
        defer { close(file) }
        let size = Int(lseek(file, 0, SEEK_END))
        guard size <= SimulatorLimits.recordingBytes else {
            throw .recordingsTooLarge(path: path, bytes: size)
        }
        var bytes = [UInt8](repeating: 0, count: max(0, size))
        var at = 0
        while at < bytes.count {
            let count = bytes.withUnsafeMutableBytes { pread(file, $0.baseAddress! + at, $0.count - at, at) }
            guard count > 0 else { throw .recordings(path: path, errno: clinux_errno()) }
            at += count
        }
        return Recordings(bytes)
    }

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        var lines: [String: Range<Int>] = [:]
        var start = 0
        while start < bytes.count {
            let end = bytes[start...].firstIndex(of: 10) ?? bytes.count
            if let id = Self.id(bytes, start, end) { lines[id] = start..<end }
            start = end + 1
        }
        self.lines = lines
    }

    /// The value of the first member when that is `id`, which is how the files are written.
    private static func id(_ bytes: [UInt8], _ start: Int, _ end: Int) -> String? {
        let at = JSONScan.skipBlank(bytes, start)
        guard at < end, bytes[at] == UInt8(ascii: "{"),
            let (key, after) = JSONScan.string(bytes, JSONScan.skipBlank(bytes, at + 1)), key == "id"
        else { return nil }
        let colon = JSONScan.skipBlank(bytes, after)
        guard colon < end, bytes[colon] == UInt8(ascii: ":") else { return nil }
        return JSONScan.string(bytes, JSONScan.skipBlank(bytes, colon + 1))?.text
    }

    /// The recorded response, or nil when there is no such exchange or its line cannot be read.
    ///
    /// Streams come chunked, everything else sized, unless `chunked` says how.
    func answer(_ id: String, chunked: Transfer?) -> Answer? {
        guard let range = lines[id] else { return nil }
        let line = Array(bytes[range])
        var answer: Answer?
        var stream = false
        JSONScan.object(line, 0) { key, at in
            if key == "stream" { stream = JSONScan.bool(line, at) ?? false }
            if key == "response" { answer = Self.response(line, at) }
        }
        answer?.stream = stream
        answer?.id = id
        answer?.dialect = "replay"
        return answer
    }

    private static func response(_ line: [UInt8], _ at: Int) -> Answer? {
        var answer = Answer()
        var body: [UInt8]? = []
        var sized = false
        JSONScan.object(line, at) { key, at in
            switch key {
            case "status": answer.status = JSONScan.integer(line, at) ?? 200
            case "body": if let text = JSONScan.stringBytes(line, at) { body = text.bytes }
            case "body_b64":
                if let text = JSONScan.stringBytes(line, at) { body = Base64.decode(text.bytes) }
            case "headers":
                JSONScan.object(line, at) { name, at in
                    if name.lowercased() == "content-length" { sized = true }
                    guard !framing.contains(name.lowercased()), let value = JSONScan.string(line, at)?.text,
                        // A line break in a recorded value would end the head early.
                        value.utf8.allSatisfy({ $0 >= 32 && $0 != 127 || $0 == 9 })
                    else { return }
                    answer.headers.append((name, value))
                }
            default: break
            }
        }
        guard let body else { return nil }
        answer.transfer = sized || body.isEmpty ? .sized : .chunked
        // The empty last frame lets a stream's body be cut into pieces: a last frame goes out whole.
        answer.script.opening = [body]
        answer.script.closing = [[]]
        return answer
    }

    /// Fields that the server writes itself.
    private static let framing: Set<String> = [
        "content-length", "transfer-encoding", "connection", "keep-alive", "content-encoding",
    ]
}

enum Base64 {
    /// The decoded bytes; nil when a character is foreign.
    static func decode(_ text: [UInt8]) -> [UInt8]? {
        var result: [UInt8] = []
        result.reserveCapacity(text.count / 4 * 3)
        var bits: UInt32 = 0
        var count: UInt32 = 0
        for byte in text where byte != UInt8(ascii: "=") && byte > 32 {
            guard let value = digit(byte) else { return nil }
            bits = bits << 6 | value
            count += 6
            if count >= 8 {
                count -= 8
                result.append(UInt8(truncatingIfNeeded: bits >> count))
            }
        }
        return result
    }

    private static func digit(_ byte: UInt8) -> UInt32? {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt32(byte - UInt8(ascii: "A"))
        case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt32(byte - UInt8(ascii: "a")) + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(byte - UInt8(ascii: "0")) + 52
        case UInt8(ascii: "+"), UInt8(ascii: "-"): 62
        case UInt8(ascii: "/"), UInt8(ascii: "_"): 63
        default: nil
        }
    }
}
