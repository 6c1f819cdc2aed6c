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
            let text = UnsafeMutableRawBufferPointer(buffer)
            let dash = UInt8(ascii: "-")
            func put(_ digits: UInt64, at place: Int) {
                text.storeBytes(of: digits.littleEndian, toByteOffset: place, as: UInt64.self)
            }
            let second = Self.hex(UInt32(truncatingIfNeeded: high))
            let third = Self.hex(UInt32(truncatingIfNeeded: low >> 32))
            put(Self.hex(UInt32(truncatingIfNeeded: high >> 32)), at: 0)
            // The second half of eight digits stands one further on, behind a dash.
            put(second, at: 9)
            put(second >> 32, at: 14)
            put(third, at: 19)
            put(third >> 32, at: 24)
            put(Self.hex(UInt32(truncatingIfNeeded: low)), at: 28)
            text[8] = dash
            text[13] = dash
            text[18] = dash
            text[23] = dash
            return 36
        }
    }

    /// Eight hexadecimal digits, the first one in the lowest byte.
    @inline(__always)
    private static func hex(_ value: UInt32) -> UInt64 {
        // Halves, then quarters, then digits change sides, so that each digit has a byte.
        var digits = UInt64(value)
        digits = digits >> 16 | (digits & 0xffff) << 32
        digits = (digits & 0x0000_ff00_0000_ff00) >> 8 | (digits & 0x0000_00ff_0000_00ff) << 16
        digits = (digits & 0x00f0_00f0_00f0_00f0) >> 4 | (digits & 0x000f_000f_000f_000f) << 8
        // From ten on a digit is a letter, 39 places further on than the next figure would be.
        let letters = (digits &+ 0x0606_0606_0606_0606) >> 4 & 0x0101_0101_0101_0101
        return digits &+ 0x3030_3030_3030_3030 &+ letters &* 39
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
