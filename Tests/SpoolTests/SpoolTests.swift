import Foundation
import Terms
import Testing

@testable import Spool

@Suite struct SpoolTests {
    @Test("records come back in order, exactly, numbered without gaps over restarts")
    func restart() throws {
        let scratch = Scratch()
        var instance = ""
        for start in 0..<5 {
            let spool = try Spool.open(scratch.path)
            if start == 0 { instance = spool.instance }
            #expect(spool.instance == instance)
            try spool.store(start * 100..<start * 100 + 100)
            spool.close()
        }
        let spool = try Spool.open(scratch.path)
        let records = spool.readAll(limit: 77)
        #expect(records.count == 500)
        for (index, record) in records.enumerated() {
            #expect(record == stored(Sample.record(index), instance, Int64(index + 1)))
        }
        #expect(spool.status().counters.lostRecords == 0)
    }

    @Test("what is released stays released; what is not comes again")
    func release() throws {
        let scratch = Scratch()
        do {
            let spool = try Spool.open(scratch.path)
            try spool.store(0..<10)
            let first = try #require(spool.nextBatch(limit: 4, wait: 0))
            let second = try #require(spool.nextBatch(limit: 4, wait: 0))
            #expect(throws: SpoolError.outOfOrder) { try spool.release(second) }
            try spool.release(first)
            #expect(spool.status().records == 6)
            #expect(spool.status().oldest == Sample.record(4).occurredAt)
        }
        let spool = try Spool.open(scratch.path)
        #expect(spool.readAll().map(\.sequence) == Array(5...10))
    }

    @Test("a spool that is posted to its end goes on numbering after a restart")
    func emptied() throws {
        let scratch = Scratch()
        for round in 0..<3 {
            let spool = try Spool.open(scratch.path)
            try spool.store(round * 3..<round * 3 + 3)
            let batch = try #require(spool.nextBatch(limit: 10, wait: 0))
            #expect(batch.records.map(\.sequence) == Array(Int64(round * 3 + 1)...Int64(round * 3 + 3)))
            try spool.release(batch)
            let status = spool.status()
            #expect(status.records == 0 && status.bytes == 0 && status.oldest == nil)
        }
    }

    @Test("a second process, or a second open, is told who holds the spool")
    func locked() throws {
        let scratch = Scratch()
        let spool = try Spool.open(scratch.path)
        let error = #expect(throws: SpoolError.self) { try Spool.open(scratch.path) }
        #expect(error == .locked(path: scratch.path, holder: "\(getpid())"))
        withExtendedLifetime(spool) {}
    }

    @Test("a directory that cannot be made is an error with the path")
    func unusable() {
        let error = #expect(throws: SpoolError.self) { try Spool.open("/proc/none/spool") }
        #expect(error == .unusable(path: "/proc/none", reason: "No such file or directory"))
    }

    @Test("concurrent callers share syncs, and each token is settled exactly once")
    func groups() throws {
        let scratch = Scratch()
        var configuration = SpoolConfiguration()
        configuration.limits.segmentBytes = 256 << 10
        let spool = try Spool.open(scratch.path, configuration: configuration)
        let receivers = [Receiver(), Receiver(), Receiver()]
        let each = 2000
        DispatchQueue.concurrentPerform(iterations: 8) { producer in
            for index in 0..<each {
                let number = producer * each + index
                let receiver = receivers[number % 3]
                try? spool.append(Sample.record(number), token: UInt64(number), completion: receiver)
            }
        }
        var settled: [UInt64: [Bool]] = [:]
        for (index, receiver) in receivers.enumerated() {
            let expected = (0..<8 * each).count { $0 % 3 == index }
            settled.merge(receiver.wait(for: expected)) { $0 + $1 }
        }
        #expect(settled.count == 8 * each)
        #expect(settled.values.allSatisfy { $0 == [true] })
        let counters = spool.status().counters
        #expect(counters.appended == Int64(8 * each))
        #expect(counters.syncs < counters.appended)
        let records = spool.readAll()
        #expect(records.map(\.sequence) == Array(1...Int64(8 * each)))
        #expect(Set(records.map(\.id)) == Set((0..<8 * each).map(Sample.id)))
        #expect(scratch.segments.count > 10)
    }

    @Test("the shipper sleeps until something is durable, and is woken when the spool closes")
    func wakes() throws {
        let scratch = Scratch()
        let spool = try Spool.open(scratch.path)
        let receiver = Receiver()
        let results = NSMutableArray()
        nonisolated(unsafe) let shared = results
        let thread = Thread {
            while let batch = spool.nextBatch(limit: 10, wait: 60_000) {
                shared.addObjects(from: batch.records.map { $0.sequence })
                receiver.spooled(batch.records.map { UInt64($0.sequence) }, durable: true)
            }
            receiver.spooled([0], durable: true)
        }
        thread.start()
        try spool.append(Sample.record(1), token: 1, completion: nil)
        _ = receiver.wait(for: 1)
        try spool.append(Sample.record(2), token: 1, completion: nil)
        _ = receiver.wait(for: 2)
        spool.close()
        #expect(receiver.wait(for: 3).keys.sorted() == [0, 1, 2])
        #expect(throws: SpoolError.closed) { try spool.append(Sample.record(3), token: 3, completion: nil) }
    }

    @Test("posted segments are kept for their time, and then removed")
    func keep() throws {
        let scratch = Scratch()
        let clock = TestClock(Instant(microseconds: Int64(Date().timeIntervalSince1970) * 1_000_000))
        var configuration = SpoolConfiguration()
        configuration.limits.segmentBytes = 16 << 10
        configuration.keepSeconds = 3600
        configuration.now = { clock.now }
        let spool = try Spool.open(scratch.path, configuration: configuration)
        for round in 0..<10 { try spool.store(round * 20..<round * 20 + 20) }
        let full = scratch.segments.count
        #expect(full >= 5)
        while let batch = spool.nextBatch(limit: 50, wait: 0) { try spool.release(batch) }
        #expect(scratch.segments.count == full)
        #expect(spool.status().keptBytes > 0)
        clock.advance(seconds: 3599)
        #expect(spool.nextBatch(limit: 1, wait: 0) == nil)
        #expect(scratch.segments.count == full)
        clock.advance(seconds: 61)
        #expect(spool.nextBatch(limit: 1, wait: 0) == nil)
        #expect(scratch.segments.count == 1)
        #expect(spool.status().keptBytes == 0)
        try spool.store(500..<510)
        #expect(spool.readAll().map(\.sequence) == Array(201...210))
    }

    @Test("a full spool stops admitting, still takes what is under way, and recovers by posting")
    func full() throws {
        let scratch = Scratch()
        var configuration = SpoolConfiguration()
        configuration.maxBytes = 50_000
        configuration.limits.overrunBytes = 20_000
        configuration.limits.segmentBytes = 16 << 10
        let spool = try Spool.open(scratch.path, configuration: configuration)
        var count = 0
        while spool.acceptsRecords {
            try spool.store(count..<count + 1)
            count += 1
        }
        #expect(spool.status().condition == .full)
        #expect(!spool.admitsExchanges)
        #expect(spool.status().bytes >= 50_000)
        let error = #expect(throws: SpoolError.self) {
            while true {
                try spool.store(count..<count + 1)
                count += 1
            }
        }
        guard case .full(let bytes, 50_000) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(bytes >= 70_000)
        #expect(spool.status().counters.unrecorded == 1)
        while let batch = spool.nextBatch(limit: 1000, wait: 0) { try spool.release(batch) }
        #expect(spool.acceptsRecords)
        #expect(spool.status().condition == .healthy)
        try spool.store(count..<count + 1)
    }

    @Test("with the policy `pass` a full spool lets exchanges go on")
    func pass() throws {
        let scratch = Scratch()
        var configuration = SpoolConfiguration()
        configuration.maxBytes = 1000
        configuration.whenFull = .pass
        let spool = try Spool.open(scratch.path, configuration: configuration)
        try spool.store(0..<3)
        #expect(!spool.acceptsRecords)
        #expect(spool.admitsExchanges)
    }

    @Test("a record too large to be one is refused and leaves no trace")
    func tooLarge() throws {
        let scratch = Scratch()
        let spool = try Spool.open(scratch.path)
        var record = Sample.record(1)
        record.usage.rawUsage = String(repeating: "x", count: 1 << 20)
        let error = #expect(throws: SpoolError.self) { try spool.append(record, token: 1, completion: nil) }
        guard case .recordTooLarge(_, 1_048_576) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        record.usage.rawUsage = String(repeating: "x", count: 1_000_000)
        try spool.append(record, token: 2, completion: nil)
        try spool.store(2..<3)
        #expect(
            spool.readAll() == [
                stored(record, spool.instance, 1), stored(Sample.record(2), spool.instance, 2),
            ])
    }

    @Test("the status is readable without the lock, while the spool lives and after")
    func status() throws {
        let scratch = Scratch()
        let before = try readSpoolStatus(scratch.path)
        #expect(before == SpoolStatus())
        do {
            let spool = try Spool.open(scratch.path)
            try spool.store(0..<7)
            let batch = try #require(spool.nextBatch(limit: 2, wait: 0))
            try spool.release(batch)
            spool.noteOpened(Sample.note(100))
            var live = spool.status()
            #expect(live.records == 5 && live.open == 1 && live.oldest == Sample.record(2).occurredAt)
            live.counters = SpoolCounters()
            #expect(try readSpoolStatus(scratch.path) == live)
        }
        let after = try readSpoolStatus(scratch.path)
        #expect(after.records == 5 && after.open == 1 && after.bytes > 0)
    }
}

/// A clock that stands still.
final class TestClock: @unchecked Sendable {
    // `lock` guards `time`.
    private let lock = NSLock()
    private var time: Instant
    init(_ time: Instant) { self.time = time }
    var now: Instant { lock.withLock { time } }
    func advance(seconds: Int64) { lock.withLock { time = time.advanced(bySeconds: seconds) } }
}
