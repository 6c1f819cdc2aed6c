import Glibc
import Synchronization
import Terms
import Testing

@testable import Spool

/// A disk on which chosen calls fail; the others are real.
final class FailingDisk: Sendable {
    private let plan = Mutex<@Sendable (String, Int) -> Int32>({ _, _ in 0 })
    private let calls = Mutex<[String: Int]>([:])

    /// - Parameter rule: from a call's name and its count from 1 to an errno value, 0 for no failure.
    func fail(_ rule: @escaping @Sendable (String, Int) -> Int32) { plan.withLock { $0 = rule } }

    func count(_ call: String) -> Int { calls.withLock { $0[call] ?? 0 } }

    private func verdict(_ call: String) -> Int32 {
        let number = calls.withLock { calls in
            calls[call, default: 0] += 1
            return calls[call] ?? 0
        }
        return plan.withLock { $0 }(call, number)
    }

    var disk: Disk {
        Disk(
            allocate: { [self] file, bytes in
                let code = verdict("allocate")
                return code == 0 ? Disk.real.allocate(file, bytes) : code
            },
            write: { [self] file, bytes, offset in
                let code = verdict("write")
                if code == 0 { return Disk.real.write(file, bytes, offset) }
                // A write that fails may have got half of the way.
                _ = Disk.real.write(
                    file, UnsafeRawBufferPointer(rebasing: bytes[..<(bytes.count / 2)]), offset)
                return code
            },
            sync: { [self] file in
                let code = verdict("sync")
                return code == 0 ? Disk.real.sync(file) : code
            },
            truncate: { [self] file, bytes in
                let code = verdict("truncate")
                return code == 0 ? Disk.real.truncate(file, bytes) : code
            })
    }
}

@Suite struct DiskFailureTests {
    private func configuration(_ disk: FailingDisk) -> SpoolConfiguration {
        var configuration = SpoolConfiguration.small
        configuration.disk = disk.disk
        configuration.firstPauseNanoseconds = 1_000_000
        return configuration
    }

    @Test("after a failed sync nobody is told durable, and nothing is lost once the disk is back")
    func failedSync() throws {
        let scratch = Scratch()
        let disk = FailingDisk()
        let spool = try Spool.open(scratch.path, configuration: configuration(disk))
        try spool.store(0..<3)
        disk.fail { call, _ in call == "sync" ? EIO : 0 }
        let receiver = Receiver()
        for number in 3..<8 {
            try spool.append(Sample.record(number), token: UInt64(number), completion: receiver)
        }
        #expect(receiver.wait(for: 5).values.allSatisfy { $0 == [false] })
        #expect(spool.status().condition == .failing(reason: "Input/output error"))
        #expect(!spool.acceptsRecords)
        #expect(spool.status().lastSequence == 3)
        #expect(spool.readAll().map(\.sequence) == [1, 2, 3])
        disk.fail { _, _ in 0 }
        // The writer comes back by itself: the held records arrive without a new append.
        let records = try #require(spool.nextBatch(limit: 100, wait: 60_000)).records
        #expect(records.map(\.sequence) == Array(4...8))
        #expect(records.map(\.id) == (3..<8).map(Sample.id))
        #expect(spool.status().condition == .healthy)
        #expect(spool.acceptsRecords)
        try spool.store(8..<9)
    }

    @Test("a file system that refuses an uncached write gets a cached one: nobody is told of a failure")
    func uncachedRefused() throws {
        let scratch = Scratch()
        let disk = FailingDisk()
        let spool = try Spool.open(scratch.path, configuration: configuration(disk))
        // The header and the zeros ahead go through the cache; the third write is the first uncached one.
        disk.fail { call, number in call == "write" && number == 3 ? EINVAL : 0 }
        try spool.store(0..<3)
        #expect(disk.count("write") >= 4)
        #expect(spool.status().condition == .healthy)
        #expect(spool.status().counters.diskErrors == 0)
        #expect(spool.readAll().map(\.sequence) == [1, 2, 3])
    }

    @Test("a segment is never written again after a failed sync")
    func distrust() throws {
        let scratch = Scratch()
        let disk = FailingDisk()
        let spool = try Spool.open(scratch.path, configuration: configuration(disk))
        try spool.store(0..<2)
        let first = try #require(scratch.segments.first)
        let failing = disk.count("sync") + 1
        disk.fail { call, number in call == "sync" && number == failing ? EIO : 0 }
        let receiver = Receiver()
        try spool.append(Sample.record(2), token: 2, completion: receiver)
        #expect(receiver.wait(for: 1) == [2: [false]])
        #expect(try #require(spool.nextBatch(limit: 2, wait: 0)).records.count == 2)
        #expect(try #require(spool.nextBatch(limit: 2, wait: 60_000)).records.map(\.sequence) == [3])
        let sealed = FileBytes.size(first)
        try spool.store(3..<5)
        #expect(FileBytes.size(first) == sealed)
        #expect(scratch.segments.count == 2)
    }

    @Test(
        "the n-th call of each kind fails: after recovery and a restart each record is there once",
        arguments: 1...14)
    func nth(failing: Int) throws {
        for call in ["allocate", "write", "sync", "truncate"] {
            for code in [ENOSPC, EIO] {
                let scratch = Scratch()
                let disk = FailingDisk()
                disk.fail { name, number in name == call && number == failing ? code : 0 }
                let receiver = Receiver()
                do {
                    let spool = try Spool.open(scratch.path, configuration: configuration(disk))
                    for number in 0..<60 {
                        try spool.append(Sample.record(number), token: UInt64(number), completion: receiver)
                        if number % 7 == 0 { _ = receiver.wait(for: number + 1) }
                    }
                    let settled = receiver.wait(for: 60)
                    #expect(settled.values.allSatisfy { $0.count == 1 })
                    spool.close()
                    #expect(spool.status().counters.unrecorded == 0)
                }
                let spool = try Spool.open(scratch.path, configuration: .small)
                let records = spool.readAll()
                #expect(records.map(\.sequence) == Array(1...60), "\(call) \(failing)")
                #expect(records.map(\.id) == (0..<60).map(Sample.id))
                #expect(spool.status().counters.lostRecords == 0)
            }
        }
    }

    @Test("what a failed segment still holds does not stand in for the copy in the next one")
    func halfWritten() throws {
        let scratch = Scratch()
        let disk = FailingDisk()
        do {
            let spool = try Spool.open(scratch.path, configuration: configuration(disk))
            try spool.store(0..<2)
            let end = SegmentHeader.bytes + spool.status().bytes
            let failing = disk.count("sync") + 1
            // The write gets half of the way, and the tail cannot be cut off.
            disk.fail { call, number in call == "sync" && number == failing || call == "truncate" ? EIO : 0 }
            let receiver = Receiver()
            try spool.append(Sample.record(2), token: 2, completion: receiver)
            #expect(receiver.wait(for: 1) == [2: [false]])
            try spool.store(3..<5)
            spool.close()
            #expect(scratch.segments.count == 2)
            // Of a failed group, a page with a later record may come to the disk without the one before.
            try plant(sequence: 4, in: scratch.segments[0], at: end)
        }
        let spool = try Spool.open(scratch.path, configuration: .small)
        #expect(spool.readAll().map(\.sequence) == [1, 2, 3, 4, 5])
        #expect(spool.status().counters.lostRecords == 0)
    }

    /// Writes a whole frame into a segment, as a write that was never synced may leave it.
    private func plant(sequence: Int64, in path: String, at offset: Int) throws {
        guard case .reader(let reader) = try SegmentReader.open(path, recordLimit: 1 << 20) else {
            Issue.record("no header")
            return
        }
        var writer = ByteWriter()
        _ = writer.putFrame(kind: Frame.recordKind, version: RecordFormat.version, sequence: sequence) {
            $0.put(Sample.record(Int(sequence) - 1))
        }
        Frame.stamp(writer.mutableBytes, salt: reader.header.salt)
        let file = open(path, O_WRONLY)
        #expect(Disk.real.write(file, writer.bytes, offset) == 0)
        close(file)
    }

    @Test("a full disk makes room by dropping posted segments before it fails")
    func gives() throws {
        let scratch = Scratch()
        let disk = FailingDisk()
        let spool = try Spool.open(scratch.path, configuration: configuration(disk))
        for round in 0..<6 { try spool.store(round * 10..<round * 10 + 10) }
        while let batch = spool.nextBatch(limit: 10, wait: 0) { try spool.release(batch) }
        let kept = scratch.segments.count
        #expect(kept >= 4)
        let from = disk.count("allocate")
        disk.fail { call, number in call == "allocate" && number == from + 1 ? ENOSPC : 0 }
        for round in 6..<8 { try spool.store(round * 10..<round * 10 + 10) }
        #expect(spool.status().counters.diskErrors == 0)
        #expect(!scratch.segments.contains { $0.hasSuffix("/000000000001.segment") })
        #expect(spool.readAll().count == 20)
    }

    @Test("while the disk fails the queue is bounded, and says so")
    func bounded() throws {
        let scratch = Scratch()
        let disk = FailingDisk()
        disk.fail { _, _ in ENOSPC }
        var configuration = configuration(disk)
        configuration.limits.queueBytes = 20_000
        let spool = try Spool.open(scratch.path, configuration: configuration)
        var taken = 0
        let error = #expect(throws: SpoolError.self) {
            while true {
                try spool.append(Sample.record(taken), token: UInt64(taken), completion: nil)
                taken += 1
            }
        }
        guard case .busy(let bytes) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(bytes >= 20_000 && bytes < 22_000)
        #expect(!spool.acceptsRecords)
        disk.fail { _, _ in 0 }
        var found: [Int64] = []
        while found.count < taken, let batch = spool.nextBatch(limit: 1000, wait: 60_000) {
            found += batch.records.map(\.sequence)
        }
        #expect(found == Array(1...Int64(taken)))
    }

    @Test("closing on a dead disk ends, and counts what is lost")
    func closing() throws {
        let scratch = Scratch()
        let disk = FailingDisk()
        disk.fail { _, _ in EIO }
        let spool = try Spool.open(scratch.path, configuration: configuration(disk))
        let receiver = Receiver()
        for number in 0..<5 {
            try spool.append(Sample.record(number), token: UInt64(number), completion: receiver)
        }
        spool.close()
        #expect(receiver.wait(for: 5).values.allSatisfy { $0 == [false] })
        #expect(spool.status().counters.unrecorded == 5)
        #expect(spool.status().records == 0)
    }
}
