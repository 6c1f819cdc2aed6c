// The secret that turns credentials into digests. It stands in the configuration or in a file and never in
// the database, so whoever copies the database can neither use a key nor test a guess.
import COpenSSL

/// A key of HMAC-SHA-256; never empty.
public struct Pepper: Hashable, Sendable {
    private let bytes: [UInt8]
    /// Names the pepper beside every digest without saying anything about it: eight hexadecimal digits.
    public let id: String

    /// - Returns: nil for no bytes: an HMAC under nothing is no secret at all.
    public init?(_ bytes: [UInt8]) {
        guard !bytes.isEmpty else { return nil }
        self.bytes = bytes
        id = Self.hex(hmac(bytes, Array("tollbook pepper id".utf8))[..<4])
    }

    /// HMAC-SHA-256, 32 bytes.
    public func digest(of message: some Sequence<UInt8>) -> [UInt8] { hmac(bytes, Array(message)) }

    /// A pepper for another purpose, from which this one cannot be told.
    public func derived(for purpose: String) -> Pepper { Pepper(digest(of: "tollbook \(purpose)".utf8))! }

    static func hex(_ bytes: some Sequence<UInt8>) -> String {
        bytes.reduce(into: "") { text, byte in
            text += (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }
    }
}

/// The pepper in use, and the one before it while keys that it made are still about.
public struct Peppers: Hashable, Sendable {
    public var current: Pepper?
    public var previous: Pepper?

    public init(current: Pepper? = nil, previous: Pepper? = nil) {
        self.current = current
        self.previous = previous
    }

    public subscript(id: String) -> Pepper? {
        if let current, current.id == id { return current }
        if let previous, previous.id == id { return previous }
        return nil
    }
}

/// HMAC-SHA-256 of a message, 32 bytes.
func hmac(_ key: [UInt8], _ message: [UInt8]) -> [UInt8] {
    var digest = [UInt8](repeating: 0, count: 32)
    var size: UInt32 = 0
    let made = HMAC(
        EVP_sha256(), key, Int32(truncatingIfNeeded: key.count), message, message.count, &digest, &size)
    precondition(made != nil && size == 32, "HMAC-SHA-256 has no way to fail")
    return digest
}

/// Whether two digests are the same, in a time that does not depend on where they differ.
public func isSame(_ a: [UInt8], _ b: [UInt8]) -> Bool {
    a.count == b.count && CRYPTO_memcmp(a, b, a.count) == 0
}
