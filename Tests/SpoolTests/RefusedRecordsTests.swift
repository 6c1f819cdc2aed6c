import Foundation
import Terms
import Testing

@testable import Spool

@Suite struct RefusedRecordsTests {
    private func refusal(_ number: Int, _ reason: String = "out of range") -> RefusedRecord {
        RefusedRecord(
            record: stored(Sample.record(number), "0123456789abcdef", Int64(number)), reason: reason,
            refusedAt: Instant(microseconds: 1_796_000_000_000_000))
    }

    @Test("what is refused comes back as it was, once, until it is posted")
    func kept() throws {
        let scratch = Scratch()
        let refused = RefusedRecords(scratch.path)
        #expect(refused.pending().isEmpty)
        for number in 1...3 { try refused.keep(refusal(number)) }
        // The batch came again.
        try refused.keep(refusal(2, "still out of range"))
        #expect(refused.pending() == [refusal(1), refusal(2, "still out of range"), refusal(3)])
        try refused.markPosted(refusal(2).record)
        #expect(refused.pending() == [refusal(1), refusal(3)])
        try refused.keep(refusal(2))
        #expect(refused.pending() == [refusal(1), refusal(2), refusal(3)])
    }

    @Test("damage costs the refusal that it hits, wherever it is, and those after it are found")
    func damaged() throws {
        let scratch = Scratch()
        let refused = RefusedRecords(scratch.path)
        for number in 1...3 { try refused.keep(refusal(number)) }
        let path = scratch.path + "/quarantine/refused"
        let bytes = try FileBytes.read(path, limit: 1 << 20)
        for index in stride(from: 0, to: bytes.count, by: 11) {
            var flipped = bytes
            flipped[index] ^= 0x20
            try Data(flipped).write(to: URL(fileURLWithPath: path))
            let found = refused.pending()
            #expect(found.count == 2, "flip at \(index)")
            #expect(found.allSatisfy { [refusal(1), refusal(2), refusal(3)].contains($0) })
        }
        for cut in stride(from: 0, to: bytes.count, by: 13) {
            try Data(bytes[..<cut]).write(to: URL(fileURLWithPath: path))
            let before = refused.pending().count
            try refused.keep(refusal(9))
            let after = refused.pending()
            // A frame whose padding alone was cut is whole again with the next one behind it.
            #expect((before + 1...before + 2).contains(after.count), "cut at \(cut)")
            #expect(after.last == refusal(9), "cut at \(cut)")
            #expect(after.dropLast() == [refusal(1), refusal(2), refusal(3)][..<(after.count - 1)])
        }
    }

    @Test("a refusal that cannot be written is an error, not a loss")
    func unwritable() throws {
        let scratch = Scratch()
        try Data().write(to: URL(fileURLWithPath: scratch.path + "/quarantine"))
        #expect(throws: SpoolError.self) { try RefusedRecords(scratch.path).keep(refusal(1)) }
    }

    @Test("random bytes are no refusals and never trap")
    func absurd() {
        var random = Seeded(5)
        for _ in 0..<2000 {
            let bytes = (0..<Int.random(in: 0...400, using: &random)).map { _ in
                UInt8.random(in: 0...255, using: &random)
            }
            bytes.withUnsafeBytes { bytes in
                RefusedRecords.forEachFrame(in: bytes) { _ in Issue.record("a frame of random bytes") }
            }
        }
    }
}
