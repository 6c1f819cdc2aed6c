// How a gateway key is spelled: `tb_`, eight characters that may be shown, and 32 random bytes as 43
// characters of base64url. Whatever begins with `tb_` is taken for a gateway key and never goes upstream.

public enum KeyText {
    public static let mark = "tb_"
    /// Characters of the public prefix: forty random bits.
    public static let prefixLength = 8
    /// Characters of the whole.
    public static let length = 3 + prefixLength + 43
    /// Random bytes that a key is made from.
    public static let randomBytes = 5 + 32

    private static let letters = Array("abcdefghijklmnopqrstuvwxyz234567".utf8)

    /// - Precondition: `random` has ``randomBytes`` bytes.
    public static func secret(random: [UInt8]) -> String {
        precondition(random.count == randomBytes, "a key takes \(randomBytes) random bytes")
        return mark + letters(of: random[..<5]) + Base64URL.text(random[5...])
    }

    /// An id for a key: `key_` and sixteen characters.
    ///
    /// - Precondition: `random` has ten bytes.
    public static func id(random: [UInt8]) -> String {
        precondition(random.count == 10, "an id takes ten random bytes")
        return "key_" + letters(of: random[...])
    }

    /// The public prefix of a well-formed key.
    public static func prefix(of secret: String) -> String? {
        let bytes = secret.utf8
        guard bytes.count == length, secret.hasPrefix(mark) else { return nil }
        let prefix = bytes.dropFirst(mark.utf8.count).prefix(prefixLength)
        guard prefix.allSatisfy(letters.contains), Base64URL.bytes(bytes.dropFirst(11))?.count == 32 else {
            return nil
        }
        return String(decoding: prefix, as: UTF8.self)
    }

    /// Five bits a letter; whole groups of five bytes.
    private static func letters(of bytes: ArraySlice<UInt8>) -> String {
        var text: [UInt8] = []
        var bits: UInt64 = 0
        var count: UInt64 = 0
        for byte in bytes {
            bits = bits << 8 | UInt64(byte)
            count += 8
            while count >= 5 {
                count -= 5
                text.append(letters[Int(bits >> count & 31)])
            }
        }
        return String(decoding: text, as: UTF8.self)
    }
}

/// Base64 with `-` and `_` and without padding (RFC 4648 section 5), as keys and tokens use it.
enum Base64URL {
    private static let alphabet = Array(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

    private static let values: [UInt8] = {
        var values = [UInt8](repeating: 0xff, count: 256)
        for (value, letter) in alphabet.enumerated() { values[Int(letter)] = UInt8(value) }
        return values
    }()

    static func text(_ bytes: some Sequence<UInt8>) -> String {
        var text: [UInt8] = []
        var bits: UInt32 = 0
        var count: UInt32 = 0
        for byte in bytes {
            bits = bits << 8 | UInt32(byte)
            count += 8
            while count >= 6 {
                count -= 6
                text.append(alphabet[Int(bits >> count & 63)])
            }
        }
        if count > 0 { text.append(alphabet[Int(bits << (6 - count) & 63)]) }
        return String(decoding: text, as: UTF8.self)
    }

    /// - Returns: nil for any other character, a length that no bytes have, or bits that are left over: one
    ///   value has one spelling.
    static func bytes(_ text: some Sequence<UInt8>) -> [UInt8]? {
        var bytes: [UInt8] = []
        var bits: UInt32 = 0
        var count: UInt32 = 0
        for letter in text {
            let value = values[Int(letter)]
            guard value < 64 else { return nil }
            bits = bits << 6 | UInt32(value)
            count += 6
            if count >= 8 {
                count -= 8
                bytes.append(UInt8(truncatingIfNeeded: bits >> count))
            }
        }
        guard count < 6, bits & (1 << count &- 1) == 0 else { return nil }
        return bytes
    }
}
