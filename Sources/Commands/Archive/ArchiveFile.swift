// One file of an archive: lines, compressed with gzip, and a SHA-256 over them as they are before
// compression, so that any tool can check and read them.
import COpenSSL
import CZlib
import Glibc
import LedgerStore
import Terms

/// SHA-256 in pieces.
final class LineDigest {
    private let context = EVP_MD_CTX_new()

    init() { EVP_DigestInit_ex(context, EVP_sha256(), nil) }
    deinit { EVP_MD_CTX_free(context) }

    func update(_ bytes: [UInt8]) { EVP_DigestUpdate(context, bytes, bytes.count) }

    /// Once.
    func finished() -> [UInt8] {
        var digest = [UInt8](repeating: 0, count: 32)
        var size: UInt32 = 0
        EVP_DigestFinal_ex(context, &digest, &size)
        return digest
    }
}

enum ArchiveFile {
    /// Bytes of one line: a record with all of its usage objects is far below.
    static let longestLine = 64 * 1024 * 1024
    private static let piece = 256 * 1024

    static func name(_ rows: ArchivedRows, of month: CivilDate) -> String {
        "\(month.isoMonth).\(rows.rawValue).jsonl.gz"
    }

    /// Writes lines until `fill` has no more, then syncs. An existing file is not replaced.
    ///
    /// - Parameter fill: is given what takes a line and answers whether it could be written.
    /// - Returns: how many lines, and the digest over them.
    static func write(
        _ path: String, _ fill: ((([UInt8]) -> Bool)) throws(LedgerError) -> Void
    ) throws(Failure) -> (lines: Int64, digest: [UInt8]) {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw failure(path, String(cString: strerror(errno))) }
        // zlib closes its own copy; ours stays for the sync.
        guard let file = gzdopen(dup(descriptor), "wb6") else {
            close(descriptor)
            throw failure(path, "no memory to compress")
        }
        defer { close(descriptor) }
        let digest = LineDigest()
        var lines: Int64 = 0
        var isWritten = true
        var problem: LedgerError?
        do throws(LedgerError) {
            try fill { line in
                let whole = line + [UInt8(ascii: "\n")]
                digest.update(whole)
                lines += 1
                isWritten =
                    gzwrite(file, whole, UInt32(clamping: whole.count)) == Int32(clamping: whole.count)
                return isWritten
            }
        } catch { problem = error }
        let isClosed = gzclose(file) == Z_OK
        if let problem { throw Failure(problem) }
        guard isWritten, isClosed, fsync(descriptor) == 0 else {
            throw failure(path, "it could not be written whole: \(String(cString: strerror(errno)))")
        }
        return (lines, digest.finished())
    }

    /// Hands out the lines without their line feeds.
    ///
    /// - Returns: how many there were, and the digest over them.
    static func read(
        _ path: String, each: ([UInt8]) throws(LedgerError) -> Void
    ) throws(Failure) -> (lines: Int64, digest: [UInt8]) {
        guard let file = gzopen(path, "rb") else { throw failure(path, String(cString: strerror(errno))) }
        defer { gzclose(file) }
        let digest = LineDigest()
        var lines: Int64 = 0
        var line: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: piece)
        while true {
            let count = gzread(file, &buffer, UInt32(piece))
            guard count >= 0 else { throw failure(path, "it is damaged or no gzip file") }
            if count == 0 { break }
            let bytes = Array(buffer[..<Int(count)])
            digest.update(bytes)
            var rest = bytes[...]
            while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
                line += rest[..<end]
                rest = rest[(end + 1)...]
                lines += 1
                do throws(LedgerError) { try each(line) } catch { throw Failure(error) }
                line.removeAll(keepingCapacity: true)
            }
            line += rest
            guard line.count <= longestLine else { throw failure(path, "it has a line without an end") }
        }
        guard line.isEmpty else { throw failure(path, "its last line is cut off") }
        return (lines, digest.finished())
    }

    static func failure(_ path: String, _ reason: String) -> Failure {
        Failure(
            .couldNot,
            Diagnosis(
                code: "archive.file", problem: "\(path): \(reason)",
                effect: "the ledger was not changed",
                remedy: "make room, or choose another directory; a damaged file comes back from its copy"))
    }
}
