// The witness: one JSON line for each answer, on disk before the answer's end leaves. After a crash of the
// proxy a test reads here what the provider billed, and compares it with what the ledger holds.

import CLinux
import Glibc
import Terms

/// One line of the journal.
public struct JournalLine: Hashable, Sendable {
    /// Counts the answers of this simulator from 1.
    public var sequence: Int64
    /// The answer's id in the provider's spelling; empty when it has none.
    public var id: String
    public var dialect: String
    public var model: String
    public var status: Int
    public var stream: Bool
    /// False when the client went away or the connection was cut on purpose.
    public var completed: Bool
    /// What is billed; nil for answers that cost nothing.
    public var billed: Counts?
    /// Body bytes handed to the socket before the line was written.
    public var bytes: Int

    var text: String {
        var writer = JSONWriter()
        writer.beginObject()
        writer.field("seq", sequence)
        writer.field("id", id.isEmpty ? nil : id)
        writer.field("dialect", dialect)
        writer.field("model", model)
        writer.field("status", Int64(status))
        writer.field("stream", stream)
        writer.field("completed", completed)
        writer.field("bytes", Int64(bytes))
        writer.key("billed")
        if let billed {
            writer.beginObject()
            for (name, value) in [
                ("input", billed.input), ("cached", billed.cached), ("write", billed.written),
                ("write1h", billed.writtenHour), ("tool", billed.toolPrompt), ("output", billed.output),
                ("reasoning", billed.reasoning), ("searches", billed.searches),
            ] { writer.field(name, Int64(value)) }
            writer.endObject()
        } else {
            writer.null()
        }
        writer.endObject()
        writer.newline()
        return writer.text
    }
}

/// Owner of the journal file.
struct Journal: ~Copyable {
    private let file: Int32
    private var pending: [UInt8] = []

    /// Takes over an open file; -1 writes nowhere.
    init(_ file: Int32) { self.file = file }

    deinit { if file >= 0 { close(file) } }

    /// Opens `path` for appending; -1 without a path.
    static func file(_ path: String?) throws(SimulatorError) -> Int32 {
        guard let path else { return -1 }
        let file = clinux_open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
        guard file >= 0 else { throw .journal(path: path, errno: clinux_errno()) }
        return file
    }

    mutating func note(_ line: JournalLine?) {
        if file >= 0, let line { pending.append(contentsOf: line.text.utf8) }
    }

    /// Writes and syncs what was noted; one sync serves all answers of a turn of the loop.
    mutating func sync() {
        guard !pending.isEmpty else { return }
        var at = 0
        while at < pending.count {
            let written = pending.withUnsafeBytes { bytes in
                write(file, bytes.baseAddress! + at, bytes.count - at)
            }
            guard written > 0 else {
                if clinux_errno() == EINTR { continue }
                // A witness that cannot write must not let answers go on as if it had seen them.
                fatalError("the simulator's journal cannot be written: errno \(clinux_errno())")
            }
            at += written
        }
        pending.removeAll(keepingCapacity: true)
        fdatasync(file)
    }
}
