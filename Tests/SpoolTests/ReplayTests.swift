import Foundation
import Terms
import Testing

@testable import Spool

/// What is kept after posting: how it is read again, and what it costs a restart.
@Suite struct ReplayTests {
    /// A spool of many small segments, all but the last posted.
    private func history(_ scratch: Scratch, records: Int = 300) throws -> String {
        let spool = try Spool.open(scratch.path, configuration: .small)
        try spool.store(0..<records)
        while let batch = spool.nextBatch(limit: 50, wait: 0) { try spool.release(batch) }
        return spool.instance
    }

    private func replayed(_ scratch: Scratch, since: Instant?) throws -> [Int64] {
        var numbers: [Int64] = []
        try readSpool(scratch.path, since: since) { record in
            numbers.append(record.sequence)
            return true
        }
        return numbers
    }

    private func date(_ segment: UInt64, in scratch: Scratch, seconds: Int64) throws {
        let path = SpoolDirectory.segment(segment, in: scratch.path)
        let date = Date(timeIntervalSince1970: TimeInterval(seconds))
        try FileManager.default.setAttributes([.modificationDate: date], ofItemAtPath: path)
    }

    @Test("posted records are read again as they were, beside the process that has the spool")
    func all() throws {
        let scratch = Scratch()
        let instance = try history(scratch)
        let spool = try Spool.open(scratch.path, configuration: .small)
        var records: [UsageRecord] = []
        try readSpool(scratch.path, since: nil) { record in
            records.append(record)
            return true
        }
        #expect(records == (0..<300).map { stored(Sample.record($0), instance, Int64($0 + 1)) })
        #expect(spool.status().records == 0)
        var some = 0
        try readSpool(scratch.path, since: nil) { _ in
            some += 1
            return some < 10
        }
        #expect(some == 10)
    }

    @Test("a segment that was posted before the given time is left out, a later one never")
    func since() throws {
        let scratch = Scratch()
        _ = try history(scratch)
        let numbers = SpoolDirectory.numbers(in: scratch.path)
        #expect(numbers.count > 3)
        for (index, number) in numbers.enumerated() {
            try date(number, in: scratch, seconds: 1_000_000 + Int64(index))
        }
        let everything = try replayed(scratch, since: Instant(microseconds: 1_000_000 * 1_000_000))
        #expect(everything == Array(1...300))
        let rest = try replayed(scratch, since: Instant(microseconds: 1_000_002 * 1_000_000))
        let first = try #require(rest.first)
        #expect(first > 1 && rest == Array(first...300))
        let contents = try inspectSpool(scratch.path)
        #expect(contents.segments[2].firstSequence == first)
        // What is not wholly posted is always read.
        let late = try replayed(scratch, since: Instant(microseconds: 9_000_000 * 1_000_000))
        #expect(late.last == 300)
    }

    @Test("a restart does not read what is posted, so it takes no longer after a year than after a day")
    func recovery() throws {
        let scratch = Scratch()
        _ = try history(scratch)
        let numbers = SpoolDirectory.numbers(in: scratch.path)
        // Were a posted segment opened, it would be found damaged.
        for number in numbers.dropLast() {
            let path = SpoolDirectory.segment(number, in: scratch.path)
            try Data(repeating: 0xee, count: FileBytes.size(path)).write(to: URL(fileURLWithPath: path))
        }
        let spool = try Spool.open(scratch.path, configuration: .small)
        #expect(spool.status().counters == SpoolCounters())
        #expect(spool.status().lastSequence == 300)
        #expect(SpoolDirectory.numbers(in: scratch.path + "/quarantine").isEmpty)
        #expect(try inspectSpool(scratch.path).segments.count { $0.state == .damaged } == numbers.count - 1)
    }

    @Test("a segment that is missing is a gap with its numbers")
    func gap() throws {
        let scratch = Scratch()
        _ = try history(scratch)
        let whole = try inspectSpool(scratch.path)
        #expect(whole.gaps.isEmpty)
        let gone = whole.segments[1]
        unlink(SpoolDirectory.segment(gone.number, in: scratch.path))
        let first = try #require(gone.firstSequence)
        let last = try #require(gone.lastSequence)
        #expect(try inspectSpool(scratch.path).gaps == [first...last])
    }
}
