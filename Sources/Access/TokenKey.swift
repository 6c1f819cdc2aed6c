// A key that tokens are signed with. What it is decides the algorithm: a token that asks for another one is
// refused, so a public key can never be taken for a secret.
import COpenSSL
import Documents
import Terms

/// The signature algorithms that are accepted (RFC 7518).
public enum TokenAlgorithm: String, CaseIterable, Sendable {
    case hs256 = "HS256"
    case rs256 = "RS256"
    case es256 = "ES256"
}

/// One key with the one algorithm that it is for.
public final class TokenKey: @unchecked Sendable {
    // Nothing here ever changes after init; OpenSSL lets any thread verify with a key.
    public let algorithm: TokenAlgorithm
    /// `kid`; nil when it has none.
    public let id: String?
    private let secret: [UInt8]
    private let key: OpaquePointer?

    /// Bytes of a shared secret; shorter ones can be guessed.
    public static let secretLimit = 32

    private init(_ algorithm: TokenAlgorithm, id: String?, secret: [UInt8] = [], key: OpaquePointer? = nil) {
        self.algorithm = algorithm
        self.id = id
        self.secret = secret
        self.key = key
    }

    deinit { EVP_PKEY_free(key) }

    /// A shared secret for HS256.
    ///
    /// - Returns: nil when it has fewer than ``secretLimit`` bytes.
    public static func shared(_ secret: [UInt8], id: String? = nil) -> TokenKey? {
        secret.count >= secretLimit ? TokenKey(.hs256, id: id, secret: secret) : nil
    }

    /// Reads the keys of a JWKS file (RFC 7517). Keys for encryption and of other kinds are left out.
    ///
    /// - Throws: what is wrong, in words that fit behind the file's name.
    public static func set(_ bytes: [UInt8]) throws(TokenKeyProblem) -> [TokenKey] {
        guard let document = try? Document.json(bytes), case .list(let items)? = document["keys"]?.content
        else {
            throw TokenKeyProblem(words: "is no JSON object with a list of keys")
        }
        var keys: [TokenKey] = []
        for (index, item) in items.enumerated() where item["use"]?.text ?? "sig" == "sig" {
            if let key = try one(item, "key \(index + 1)") { keys.append(key) }
        }
        guard !keys.isEmpty else { throw TokenKeyProblem(words: "has no key for HS256, RS256 or ES256") }
        return keys
    }

    private static func one(_ item: Document, _ name: String) throws(TokenKeyProblem) -> TokenKey? {
        func part(_ field: String) throws(TokenKeyProblem) -> [UInt8] {
            guard let bytes = item[field]?.text.flatMap({ Base64URL.bytes($0.utf8) }), !bytes.isEmpty else {
                throw TokenKeyProblem(words: "has a \(name) without a readable `\(field)`")
            }
            return bytes
        }
        let algorithm: TokenAlgorithm
        let info: [UInt8]
        switch (item["kty"]?.text, item["crv"]?.text) {
        case ("oct", _):
            guard let key = shared(try part("k"), id: item["kid"]?.text) else {
                throw TokenKeyProblem(words: "has a \(name) of fewer than \(secretLimit) bytes")
            }
            return item["alg"]?.text ?? "HS256" == "HS256" ? key : nil
        case ("RSA", _):
            algorithm = .rs256
            let modulus = try part("n")
            guard modulus.drop(while: { $0 == 0 }).count >= 256 else {
                throw TokenKeyProblem(words: "has a \(name) with fewer than 2048 bits")
            }
            info = DER.rsa(modulus: modulus, exponent: try part("e"))
        case ("EC", "P-256"):
            algorithm = .es256
            let (x, y) = (try part("x"), try part("y"))
            guard x.count == 32, y.count == 32 else {
                throw TokenKeyProblem(words: "has a \(name) whose point is not of P-256")
            }
            info = DER.p256(x: x, y: y)
        default: return nil
        }
        guard item["alg"]?.text ?? algorithm.rawValue == algorithm.rawValue else { return nil }
        let key = info.withUnsafeBufferPointer { buffer in
            var at = buffer.baseAddress
            return d2i_PUBKEY(nil, &at, buffer.count)
        }
        guard let key else { throw TokenKeyProblem(words: "has a \(name) that is no valid public key") }
        return TokenKey(algorithm, id: item["kid"]?.text, key: key)
    }

    /// Whether a signature over a message is this key's.
    func verifies(_ signature: [UInt8], of message: [UInt8]) -> Bool {
        switch algorithm {
        case .hs256: return isSame(hmac(secret, message), signature)
        case .rs256: return verifies(encoded: signature, message)
        case .es256:
            guard signature.count == 64 else { return false }
            return verifies(encoded: DER.signature(r: signature[..<32], s: signature[32...]), message)
        }
    }

    private func verifies(encoded signature: [UInt8], _ message: [UInt8]) -> Bool {
        guard let context = EVP_MD_CTX_new() else { return false }
        defer {
            EVP_MD_CTX_free(context)
            // What a forged signature leaves in the queue is not the next caller's error.
            ERR_clear_error()
        }
        guard EVP_DigestVerifyInit(context, nil, EVP_sha256(), nil, key) == 1 else { return false }
        return EVP_DigestVerify(context, signature, signature.count, message, message.count) == 1
    }
}

public struct TokenKeyProblem: Error, Hashable, Sendable {
    /// Fits behind the file's name.
    public let words: String
}

/// The few shapes of ASN.1 that OpenSSL wants to see.
private enum DER {
    static func rsa(modulus: [UInt8], exponent: [UInt8]) -> [UInt8] {
        let key = wrap(0x30, integer(modulus[...]) + integer(exponent[...]))
        // rsaEncryption, no parameters (RFC 3279).
        let kind: [UInt8] = [0x30, 0x0d, 6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1, 5, 0]
        return wrap(0x30, kind + wrap(0x03, [0] + key))
    }

    static func p256(x: [UInt8], y: [UInt8]) -> [UInt8] {
        // id-ecPublicKey on prime256v1 (RFC 5480); an uncompressed point.
        let kind: [UInt8] = [
            0x30, 0x13, 6, 7, 0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1, 6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7,
        ]
        return wrap(0x30, kind + wrap(0x03, [0, 4] + x + y))
    }

    static func signature(r: ArraySlice<UInt8>, s: ArraySlice<UInt8>) -> [UInt8] {
        wrap(0x30, integer(r) + integer(s))
    }

    private static func integer(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
        var bytes = Array(bytes.drop { $0 == 0 })
        if bytes.first.map({ $0 >= 0x80 }) ?? true { bytes.insert(0, at: 0) }
        return wrap(0x02, bytes)
    }

    private static func wrap(_ tag: UInt8, _ content: [UInt8]) -> [UInt8] {
        var length: [UInt8] = []
        var rest = content.count
        while rest > 0 {
            length.insert(UInt8(rest & 255), at: 0)
            rest >>= 8
        }
        if content.count >= 128 {
            length.insert(0x80 | UInt8(length.count), at: 0)
        } else {
            length = [UInt8(content.count)]
        }
        return [tag] + length + content
    }
}
