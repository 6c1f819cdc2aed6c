// Gzip without a library: literals in the fixed Huffman code of RFC 1951, one block per frame, each flushed
// to a byte boundary. It hardly compresses, but no byte of the text stays readable, which is what a test of
// a decoding tap needs.

/// Writes one gzip member, frame by frame.
struct GzipWriter: Sendable {
    private var crc: UInt32 = 0xffff_ffff
    private var size: UInt32 = 0
    private var bits: UInt64 = 0
    private var bitCount: UInt64 = 0
    private var started = false

    private static let table: [UInt32] = (0..<256).map { index in
        var value = UInt32(index)
        for _ in 0..<8 { value = value & 1 == 1 ? 0xedb8_8320 ^ value >> 1 : value >> 1 }
        return value
    }

    /// A frame as one block, ended by an empty stored block so that a decoder sees all of it at once.
    mutating func frame(_ bytes: some Collection<UInt8>, into output: inout [UInt8]) {
        start(&output)
        put(0b010, 3, &output)  // not the last block, fixed code
        for byte in bytes {
            crc = Self.table[Int(UInt8(truncatingIfNeeded: crc) ^ byte)] ^ crc >> 8
            size &+= 1
            literal(byte, &output)
        }
        put(0, 7, &output)  // end of block
        put(0, 3, &output)  // empty stored block
        align(&output)
        output.append(contentsOf: [0, 0, 0xff, 0xff])
    }

    /// The last block and the member's trailer.
    mutating func finish(into output: inout [UInt8]) {
        start(&output)
        put(0b011, 3, &output)
        put(0, 7, &output)
        align(&output)
        let sum = ~crc
        for value in [sum, size] {
            for shift in [0, 8, 16, 24] as [UInt32] {
                output.append(UInt8(truncatingIfNeeded: value >> shift))
            }
        }
    }

    private mutating func start(_ output: inout [UInt8]) {
        guard !started else { return }
        started = true
        output.append(contentsOf: [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255])
    }

    private mutating func literal(_ byte: UInt8, _ output: inout [UInt8]) {
        // Huffman codes go in with their highest bit first, everything else with the lowest.
        if byte < 144 {
            put(Self.reversed(UInt64(byte) + 0x30, 8), 8, &output)
        } else {
            put(Self.reversed(UInt64(byte) - 144 + 0x190, 9), 9, &output)
        }
    }

    private static func reversed(_ code: UInt64, _ count: Int) -> UInt64 {
        var result: UInt64 = 0
        for bit in 0..<count where code >> bit & 1 == 1 { result |= 1 << (count - 1 - bit) }
        return result
    }

    private mutating func put(_ value: UInt64, _ count: UInt64, _ output: inout [UInt8]) {
        bits |= value << bitCount
        bitCount += count
        while bitCount >= 8 {
            output.append(UInt8(truncatingIfNeeded: bits))
            bits >>= 8
            bitCount -= 8
        }
    }

    private mutating func align(_ output: inout [UInt8]) {
        if bitCount > 0 { put(0, 8 - bitCount, &output) }
    }
}
