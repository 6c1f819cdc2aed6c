// The keys of the seals as the configuration gives them: `seal.key` itself, or the lines of
// `seal.key_file`, the first of which makes new seals while the others still check old ones. A key is
// known by eight digits that are made from it and do not reveal it.
import COpenSSL
import LedgerStore
import Terms

/// Keys by their id.
struct SealKeyring: Sendable {
    private let keys: [String: [UInt8]]
    private let current: String?

    /// Bytes. A shorter key could be guessed.
    static let leastBytes = 16

    /// - Throws: when the file cannot be read or a key is too short.
    init(_ configuration: Configuration) throws(Failure) {
        var lines: [String] = []
        if let key = configuration.seal.key { lines = [key] }
        if let file = configuration.seal.keyFile {
            do throws(FileProblem) {
                guard let bytes = try Files.read(file) else {
                    throw FileProblem(path: file, reason: "there is no such file")
                }
                lines = String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline)
                    .map { $0.trimmed }.filter { !$0.isEmpty && !$0.hasPrefix("#") }
            } catch {
                throw Failure(error, effect: "seals can be neither made nor checked")
            }
            if lines.isEmpty { throw Self.failure("\(file) holds no key") }
        }
        var keys: [String: [UInt8]] = [:]
        var current: String?
        for line in lines {
            guard line.utf8.count >= Self.leastBytes else {
                throw Self.failure("a key of the seals has fewer than \(Self.leastBytes) bytes")
            }
            let bytes = Array(line.utf8)
            let id = String(Self.hmac(bytes, Array("tollbook seal key".utf8)).hexadecimal.prefix(8))
            keys[id] = bytes
            current = current ?? id
        }
        self.keys = keys
        self.current = current
    }

    var forLedger: SealKeys {
        let keys = keys
        return SealKeys(current: current) { id, message in keys[id].map { Self.hmac($0, message) } }
    }

    private static func hmac(_ key: [UInt8], _ message: [UInt8]) -> [UInt8] {
        var digest = [UInt8](repeating: 0, count: 32)
        var size: UInt32 = 0
        _ = HMAC(EVP_sha256(), key, Int32(key.count), message, message.count, &digest, &size)
        return digest
    }

    private static func failure(_ problem: String) -> Failure {
        Failure(
            .configuration,
            Diagnosis(
                code: "seal.bad-key", problem: problem, effect: "seals can be neither made nor checked",
                remedy: "make one with `openssl rand -hex 32`, and keep it outside the database"))
    }
}

extension Substring {
    fileprivate var trimmed: String {
        var text = self
        while text.first?.isWhitespace ?? false { text.removeFirst() }
        while text.last?.isWhitespace ?? false { text.removeLast() }
        return String(text)
    }
}
