// Tells callers' own provider keys apart without keeping them: HMAC-SHA-256 under a pepper that never leaves
// the data directory.
import COpenSSL
import Glibc
import Terms

struct Fingerprint: Sendable {
    private let pepper: [UInt8]

    /// Bytes of the pepper: as many as the digest has.
    private static let pepperSize = 32

    init(pepper: [UInt8]) { self.pepper = pepper }

    /// Reads the pepper of a data directory, or makes one.
    static func load(dataDirectory: String) throws(Diagnosis) -> Fingerprint {
        let path = dataDirectory + "/pepper"
        var bytes = [UInt8](repeating: 0, count: pepperSize)
        let existing = open(path, O_RDONLY | O_CLOEXEC)
        if existing >= 0 {
            defer { close(existing) }
            guard read(existing, &bytes, pepperSize) == pepperSize else {
                throw failure(path, "it has fewer than \(pepperSize) bytes")
            }
            return Fingerprint(pepper: bytes)
        }
        guard errno == ENOENT else { throw failure(path, String(cString: strerror(errno))) }
        guard RAND_bytes(&bytes, Int32(pepperSize)) == 1 else {
            throw failure(path, "no random bytes could be had")
        }
        let made = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard made >= 0 else { throw failure(path, String(cString: strerror(errno))) }
        defer { close(made) }
        guard write(made, bytes, pepperSize) == pepperSize, fsync(made) == 0 else {
            throw failure(path, String(cString: strerror(errno)))
        }
        return Fingerprint(pepper: bytes)
    }

    /// `fp_` and sixteen hexadecimal digits.
    func text(of credential: String) -> String {
        var digest = [UInt8](repeating: 0, count: 32)
        var size: UInt32 = 0
        let secret = Array(credential.utf8)
        _ = HMAC(EVP_sha256(), pepper, Int32(pepper.count), secret, secret.count, &digest, &size)
        return "fp_"
            + digest[..<8].map { byte in
                let hex = String(byte, radix: 16)
                return byte < 16 ? "0" + hex : hex
            }.joined()
    }

    private static func failure(_ path: String, _ reason: String) -> Diagnosis {
        Diagnosis(
            code: "serve.pepper", problem: "\(path) cannot be used: \(reason)",
            effect: "callers' keys could not be told apart without storing them, so nothing was started",
            remedy: "make the data directory writable, or restore the file from a backup")
    }
}
