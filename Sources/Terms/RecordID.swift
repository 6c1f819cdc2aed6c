/// A UUID of version 7 (RFC 9562): 48 bits of milliseconds, then random bits, so ids sort by time.
public struct RecordID: Hashable, Comparable, Sendable {
    public let high: UInt64
    public let low: UInt64

    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// Mints an id from an instant and 74 random bits that the caller draws.
    public init(at instant: Instant, random: (UInt64, UInt64)) {
        let milliseconds = UInt64(bitPattern: instant.microseconds / 1000) & 0xffff_ffff_ffff
        high = milliseconds << 16 | 0x7000 | random.0 & 0x0fff
        low = 0x8000_0000_0000_0000 | random.1 & 0x3fff_ffff_ffff_ffff
    }

    public init?(_ text: some StringProtocol) {
        var value: UInt128 = 0
        var digits = 0
        for byte in text.utf8 {
            if byte == UInt8(ascii: "-") { continue }
            guard let digit = Self.nibble(byte), digits < 32 else { return nil }
            value = value << 4 | UInt128(digit)
            digits += 1
        }
        guard digits == 32 else { return nil }
        self.init(high: UInt64(value >> 64), low: UInt64(truncatingIfNeeded: value))
    }

    /// `018f4e3a-0000-7000-8000-000000000000`, lower case.
    public var text: String {
        String(unsafeUninitializedCapacity: 36) { buffer in
            var at = 0
            for index in 0..<32 {
                if index == 8 || index == 12 || index == 16 || index == 20 {
                    buffer[at] = UInt8(ascii: "-")
                    at += 1
                }
                let word = index < 16 ? high : low
                let nibble = UInt8(truncatingIfNeeded: word >> UInt64(60 - index % 16 * 4)) & 15
                buffer[at] = nibble < 10 ? UInt8(ascii: "0") + nibble : UInt8(ascii: "a") + nibble - 10
                at += 1
            }
            return 36
        }
    }

    private static func nibble(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }

    public static func < (a: RecordID, b: RecordID) -> Bool { (a.high, a.low) < (b.high, b.low) }
}
