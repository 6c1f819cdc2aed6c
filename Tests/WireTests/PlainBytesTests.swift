// The search for the end of a string's plain part, many bytes at a time, against the loop over single bytes.

import CBytes
import Testing

@Suite struct PlainBytesTests {
    @Test("the vector search finds what the plain loop finds, from any place and with any byte")
    func agree() {
        var random = SeededNumbers(5)
        for round in 0..<20_000 {
            var bytes = (0..<Int.random(in: 0...200, using: &random)).map { _ in
                UInt8.random(in: 0x20...0xff, using: &random)
            }
            if round % 2 == 0 { bytes = bytes.map { $0 == 0x22 || $0 == 0x5c ? 0x41 : $0 } }
            if round % 3 == 0, !bytes.isEmpty {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] =
                    [0x22, 0x5c, 0x1f, 0, 0x80][round % 5]
            }
            let found = bytes.withUnsafeBufferPointer { cbytes_plain($0.baseAddress, $0.count) }
            let expected = bytes.firstIndex { $0 == 0x22 || $0 == 0x5c || $0 < 0x20 } ?? bytes.count
            let portable = bytes.withUnsafeBufferPointer { cbytes_plain_portable($0.baseAddress, $0.count) }
            #expect(found == expected)
            #expect(portable == expected)
        }
    }
}
