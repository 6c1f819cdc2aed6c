import Foundation
import Terms
import Testing

@testable import Spool

/// The files in Fixtures/format-1 were written by the release before this one: five records of which two
/// are posted, and two opened notes.
@Suite struct PredecessorTests {
    private func directory() throws -> Scratch {
        let scratch = Scratch()
        let fixture = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("Fixtures/format-1").path
        for name in try FileManager.default.contentsOfDirectory(atPath: fixture) {
            try FileManager.default.copyItem(
                atPath: fixture + "/" + name, toPath: scratch.path + "/" + name)
        }
        return scratch
    }

    @Test("a spool of the predecessor is taken over: its records, its notes, its number and its cursor")
    func takenOver() throws {
        let scratch = try directory()
        let spool = try Spool.open(scratch.path, configuration: .small)
        #expect(spool.instance == "b94c8d692cea7f96")
        #expect(spool.recoveredOpen == [Sample.note(101), Sample.note(102, labels: 3)])
        #expect(spool.recoveredOpen.allSatisfy { $0.upperInput == nil && $0.record.usage.estimate == nil })
        #expect(
            spool.readAll() == (2..<5).map { stored(Sample.record($0), spool.instance, Int64($0 + 1)) })
        #expect(spool.status().counters == SpoolCounters())
        try spool.store(5..<6)
        #expect(spool.readAll().map(\.sequence) == [6])
    }

    @Test("what the predecessor had posted can be replayed")
    func replayed() throws {
        let scratch = try directory()
        var numbers: [Int64] = []
        let undecodable = try readSpool(scratch.path, since: nil) { record in
            numbers.append(record.sequence)
            return true
        }
        #expect(numbers == [1, 2, 3, 4, 5] && undecodable == 0)
        let contents = try inspectSpool(scratch.path)
        #expect(contents.segments.map(\.records) == [5] && contents.open.count == 2)
        #expect(contents.gaps.isEmpty)
    }
}
