import Foundation
import Terms
import Testing

@testable import Spool

/// What a reader makes of files that a dying machine or a bad disk left.
@Suite struct DamageTests {
    /// A spool of `count` records in one segment, closed; gives the file's bytes.
    private func segment(_ scratch: Scratch, _ count: Int) throws -> (path: String, bytes: [UInt8]) {
        let spool = try Spool.open(scratch.path)
        try spool.store(0..<count)
        spool.close()
        let path = try #require(scratch.segments.first)
        return (path, try FileBytes.read(path, limit: 1 << 20))
    }

    /// What a process finds that opens a spool of one segment with these bytes.
    private func reopen(_ scratch: Scratch, _ path: String, _ bytes: [UInt8]) throws -> (
        records: [UsageRecord], status: SpoolStatus, instance: String
    ) {
        for name in ["cursor", "open", "quarantine"] {
            try? FileManager.default.removeItem(atPath: scratch.path + "/" + name)
        }
        for old in scratch.segments where old != path { unlink(old) }
        try replace(path, bytes)
        let spool = try Spool.open(scratch.path, configuration: .small)
        return (spool.readAll(), spool.status(), spool.instance)
    }

    private func isTrue(_ records: [UsageRecord], _ instance: String) -> Bool {
        records.allSatisfy { $0 == stored(Sample.record(Int($0.sequence) - 1), instance, $0.sequence) }
    }

    @Test("a last frame torn at any byte costs that record only")
    func torn() throws {
        let scratch = Scratch()
        let (path, bytes) = try segment(scratch, 3)
        let start = try #require(frameStarts(bytes).last)
        for cut in start..<bytes.count {
            var torn = bytes
            for index in cut..<bytes.count { torn[index] = 0 }
            let found = try reopen(scratch, path, torn)
            #expect(isTrue(found.records, found.instance))
            // Trailing padding may be all that was cut.
            #expect(found.records.count == (torn == bytes ? 3 : 2), "cut at \(cut)")
            #expect(found.status.counters.lostRecords == 0)
            #expect(found.status.counters.tornTail == (torn != bytes && cut > start))
            #expect(found.status.lastSequence == Int64(found.records.count))
            if cut % 16 != 0 { continue }
            let short = try reopen(scratch, path, Array(bytes[..<cut]))
            #expect(short.records.count == 2)
        }
    }

    @Test("one flipped bit anywhere costs at most one record, and never makes a wrong one")
    func flips() throws {
        let scratch = Scratch()
        let (path, bytes) = try segment(scratch, 4)
        let file = try FileHandle(forUpdating: URL(fileURLWithPath: path))
        for index in bytes.indices {
            try file.seek(toOffset: UInt64(index))
            file.write(Data([bytes[index] ^ 1 << UInt8(index % 8)]))
            guard case .reader(let reader) = try SegmentReader.open(path, recordLimit: 1 << 20) else {
                Issue.record("no header after a flip at \(index)")
                continue
            }
            var found = 0
            while let frame = reader.next(limit: bytes.count) {
                let sequence = frame.sequence
                let record = try RecordFormat.decode(
                    frame.payload, version: frame.version, instance: "", sequence: sequence)
                if record != stored(Sample.record(Int(sequence) - 1), "", sequence) {
                    Issue.record("a wrong record after a flip at \(index)")
                }
                found += 1
            }
            if found < (index < SegmentHeader.bytes ? 4 : 3) {
                Issue.record("\(found) left after \(index)")
            }
            try file.seek(toOffset: UInt64(index))
            file.write(Data([bytes[index]]))
        }
    }

    @Test("a spool opens and delivers the rest, whichever byte is wrong")
    func opens() throws {
        let scratch = Scratch()
        let (path, bytes) = try segment(scratch, 4)
        for index in stride(from: 0, to: bytes.count, by: 37) {
            var flipped = bytes
            flipped[index] ^= 0x10
            let found = try reopen(scratch, path, flipped)
            #expect(isTrue(found.records, found.instance), "flip at \(index)")
            #expect(found.records.count >= 3, "flip at \(index)")
        }
    }

    @Test("records lost in the middle are counted, and their segment is kept aside")
    func counted() throws {
        let scratch = Scratch()
        let (path, bytes) = try segment(scratch, 10)
        var damaged = bytes
        let starts = frameStarts(bytes)
        for index in starts[4] + 100..<starts[6] + 10 { damaged[index] = 0xaa }
        let found = try reopen(scratch, path, damaged)
        #expect(found.records.map(\.sequence) == [1, 2, 3, 4, 8, 9, 10])
        #expect(found.status.counters.lostRecords == 3)
        #expect(found.status.counters.damagedSegments == 1)
        #expect(SpoolDirectory.numbers(in: scratch.path + "/quarantine") == [1])
        #expect(
            try FileBytes.read(scratch.path + "/quarantine/000000000001.segment", limit: 1 << 20) == damaged)
    }

    @Test("the end of a segment, lost, is noticed by the next segment's first number")
    func lostEnd() throws {
        let scratch = Scratch()
        let (path, bytes) = try segment(scratch, 10)
        do {
            let spool = try Spool.open(scratch.path)
            try spool.store(10..<12)
        }
        try replace(path, Array(bytes[..<frameStarts(bytes)[7]]))
        let spool = try Spool.open(scratch.path)
        #expect(spool.readAll().map(\.sequence) == [1, 2, 3, 4, 5, 6, 7, 11, 12])
        #expect(spool.status().counters.lostRecords == 3)
        #expect(spool.status().counters.damagedSegments == 1)
    }

    @Test("a segment without a readable header is set aside, the others are delivered")
    func headless() throws {
        let scratch = Scratch()
        let (path, bytes) = try segment(scratch, 5)
        do {
            let spool = try Spool.open(scratch.path)
            try spool.store(5..<8)
        }
        var headless = bytes
        for index in 0..<SegmentHeader.bytes { headless[index] = 7 }
        try replace(path, headless)
        let spool = try Spool.open(scratch.path)
        #expect(spool.status().counters.damagedSegments == 1)
        #expect(spool.readAll().map(\.sequence) == [6, 7, 8])
        #expect(spool.status().counters.damagedSegments == 1)
        #expect(SpoolDirectory.numbers(in: scratch.path + "/quarantine") == [1])
        try spool.store(8..<9)
        #expect(spool.readAll().map(\.sequence) == [9])
    }

    @Test("text inside a record that looks like a frame is never taken for one")
    func forged() throws {
        let scratch = Scratch()
        let (path, bytes) = try segment(scratch, 2)
        // Another segment's frame, whole and checked, stands where this segment's frame is damaged.
        let other = Scratch()
        let (_, foreign) = try segment(other, 2)
        var forged = bytes
        let start = frameStarts(bytes)[0]
        let size = frameStarts(bytes)[1] - start
        forged.replaceSubrange(start..<start + size, with: foreign[start..<start + size])
        let found = try reopen(scratch, path, forged)
        #expect(found.records.map(\.sequence) == [2])
        #expect(found.status.counters.lostRecords == 1)
    }

    @Test("random bytes in every file of the directory are refused or passed over, never a trap")
    func noise() throws {
        var random = Seeded(11)
        for _ in 0..<60 {
            let scratch = Scratch()
            do {
                let spool = try Spool.open(scratch.path, configuration: .small)
                spool.noteOpened(Sample.note(77, labels: 3))
                try spool.store(0..<30)
                let batch = try #require(spool.nextBatch(limit: 5, wait: 0))
                try spool.release(batch)
            }
            for file in scratch.segments + ["/cursor", "/open", "/instance"].map({ scratch.path + $0 }) {
                guard Bool.random(using: &random) else { continue }
                var bytes = try FileBytes.read(file, limit: 1 << 20)
                for _ in 0..<Int.random(in: 1...20, using: &random) where !bytes.isEmpty {
                    let index = Int.random(in: 0..<bytes.count, using: &random)
                    bytes[index] = UInt8.random(in: 0...255, using: &random)
                }
                try replace(file, bytes)
            }
            guard let spool = try? Spool.open(scratch.path, configuration: .small) else { continue }
            for record in spool.readAll() {
                #expect(
                    record
                        == stored(Sample.record(Int(record.sequence) - 1), record.instance, record.sequence))
            }
            try spool.store(100..<101)
        }
    }

    @Test("a cursor with one torn slot goes back by one batch at most")
    func cursor() throws {
        let scratch = Scratch()
        do {
            let spool = try Spool.open(scratch.path)
            try spool.store(0..<30)
            for _ in 0..<2 { try spool.release(#require(spool.nextBatch(limit: 10, wait: 0))) }
        }
        let path = scratch.path + "/cursor"
        let bytes = try FileBytes.read(path, limit: 8192)
        for slot in [0, 4096] {
            var torn = bytes
            torn[slot + 20] ^= 1
            try replace(path, torn)
            let spool = try Spool.open(scratch.path)
            let first = try #require(spool.readAll().first).sequence
            #expect(first == (slot == 0 ? 11 : 21))
        }
    }

    private func replace(_ path: String, _ bytes: [UInt8]) throws {
        try Data(bytes).write(to: URL(fileURLWithPath: path))
    }

    /// Offsets of the frames in a segment's bytes.
    private func frameStarts(_ bytes: [UInt8]) -> [Int] {
        var starts: [Int] = []
        var offset = SegmentHeader.bytes
        while offset + Frame.headerBytes <= bytes.count {
            let length = bytes[offset + 8..<offset + 12].reversed().reduce(0) { $0 << 8 | Int($1) }
            if length == 0 { break }
            starts.append(offset)
            offset += Frame.size(payload: length)
        }
        return starts
    }
}

extension SpoolConfiguration {
    /// Small files, for tests that open a spool often.
    static var small: SpoolConfiguration {
        var configuration = SpoolConfiguration()
        configuration.limits.segmentBytes = 8 << 10
        configuration.limits.openSlots = 64
        return configuration
    }
}
