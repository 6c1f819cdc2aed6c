import CLinux
import Foundation
import Synchronization
import Terms
import Testing

@testable import Spool

/// Numbers that a child process writes to a file as it learns them: they survive its death.
private final class Journal: SpoolCompletion {
    private let file: Int32
    init(_ path: String) { file = clinux_open(path, O_WRONLY | O_CREAT | O_APPEND, 0o600) }
    deinit { close(file) }

    func spooled(_ tokens: [UInt64], durable: Bool) { if durable { add(tokens) } }

    func add(_ numbers: [UInt64]) {
        _ = numbers.withUnsafeBytes { write(file, $0.baseAddress, $0.count) }
    }

    static func read(_ path: String) throws -> [UInt64] {
        let bytes = try FileBytes.read(path, limit: 16 << 20)
        return bytes.withUnsafeBytes { bytes in
            (0..<bytes.count / 8).map { bytes.loadUnaligned(fromByteOffset: $0 * 8, as: UInt64.self) }
        }
    }
}

/// Journals first, then wakes the thread that waits.
private final class Relay: SpoolCompletion {
    private let journal: Journal
    private let receiver: Receiver
    init(_ journal: Journal, _ receiver: Receiver) {
        self.journal = journal
        self.receiver = receiver
    }
    func spooled(_ tokens: [UInt64], durable: Bool) {
        journal.spooled(tokens, durable: durable)
        receiver.spooled(tokens, durable: durable)
    }
}

@Suite struct KillTests {
    private static let threads = 4

    /// In a child process: several threads open exchanges and record most of them, one of them ships
    /// to a ledger (a file), until the process kills itself in the midst of it.
    static func work(in directory: String, from start: Int, count: Int) throws {
        var configuration = SpoolConfiguration.small
        configuration.limits.openSlots = 8192
        let spool = try Spool.open(directory + "/spool", configuration: configuration)
        let acknowledged = Journal(directory + "/acknowledged")
        let noted = Journal(directory + "/noted")
        let ledger = Journal(directory + "/ledger")
        let counter = Atomic<Int>(start)
        DispatchQueue.concurrentPerform(iterations: threads) { thread in
            while true {
                let number = counter.wrappingAdd(1, ordering: .relaxed).oldValue
                if number >= start + count { kill(getpid(), SIGKILL) }
                spool.noteOpened(Sample.note(number))
                noted.add([UInt64(number)])
                // Every fifth exchange is still running when the process dies.
                if number % 5 == 0 { continue }
                let receiver = Receiver()
                let told = Relay(acknowledged, receiver)
                try? spool.append(Sample.record(number), token: UInt64(number), completion: told)
                // Some callers wait for the sync, as the relay does, and some run ahead.
                if number % 7 != 0 { _ = receiver.wait(for: 1) }
                guard thread == 0, let batch = spool.nextBatch(limit: 50, wait: 0) else { continue }
                ledger.add(batch.records.flatMap { [UInt64($0.sequence), $0.id.low & 0xffff_ffff] })
                if number % 3 != 0 { try? spool.release(batch) }
            }
        }
    }

    @Test("kill -9 at any moment: what was told durable is there, and what was open is known")
    func killed() async throws {
        let scratch = Scratch()
        var random = Seeded(21)
        var start = 0
        for _ in 0..<8 {
            let count = Int.random(in: 1...900, using: &random)
            await #expect(processExitsWith: .signal(SIGKILL)) {
                [path = scratch.path as String, start = start as Int, count = count as Int] in
                try KillTests.work(in: path, from: start, count: count)
            }
            start += count + Self.threads
        }
        let spool = try Spool.open(scratch.path + "/spool")
        // A batch that was posted and not released is delivered again, with the same content.
        var ids: [Int64: UInt64] = [:]
        let ledger = try Journal.read(scratch.path + "/ledger")
        for index in stride(from: 0, to: ledger.count - 1, by: 2) {
            let before = ids.updateValue(ledger[index + 1], forKey: Int64(ledger[index]))
            #expect(before == nil || before == ledger[index + 1])
        }
        for record in spool.readAll() {
            #expect(
                record
                    == stored(
                        Sample.record(Int(record.id.low & 0xffff_ffff)), spool.instance, record.sequence))
            let before = ids.updateValue(record.id.low & 0xffff_ffff, forKey: record.sequence)
            #expect(before == nil || before == record.id.low & 0xffff_ffff)
        }
        let delivered = Set(ids.values)
        #expect(delivered.count == ids.count, "no record has two numbers")
        #expect(ids.keys.sorted() == Array(1...Int64(ids.count)), "no number is missing")
        let acknowledged = Set(try Journal.read(scratch.path + "/acknowledged"))
        #expect(acknowledged.count > 100)
        #expect(acknowledged.subtracting(delivered).isEmpty, "acknowledged and lost")
        let open = Set(spool.recoveredOpen.map { $0.id.low & 0xffff_ffff })
        #expect(open.isDisjoint(with: delivered), "recorded and still open")
        let noted = Set(try Journal.read(scratch.path + "/noted"))
        #expect(noted.subtracting(delivered).subtracting(open).isEmpty, "neither recorded nor open")
        #expect(spool.status().counters.lostRecords == 0)
    }

    @Test("a file size limit of the kernel is answered like a full disk, and ends like one")
    func fileSizeLimit() async throws {
        let scratch = Scratch()
        await #expect(processExitsWith: .success) { [path = scratch.path as String] in
            signal(SIGXFSZ, SIG_IGN)
            let spool = try Spool.open(path, configuration: .small)
            let receiver = Receiver()
            try spool.append(Sample.record(0), token: 0, completion: receiver)
            try #require(receiver.wait(for: 1) == [0: [true]])
            // Smaller than the segment: every byte written from here on is refused.
            let unlimited = rlim_t.max
            var limit = rlimit(rlim_cur: 1024, rlim_max: unlimited)
            setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
            try spool.append(Sample.record(1), token: 1, completion: receiver)
            try #require(receiver.wait(for: 2)[1] == [false])
            try #require(spool.status().condition == .failing(reason: "File too large"))
            try #require(!spool.acceptsRecords)
            limit.rlim_cur = unlimited
            setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
            var found: [Int64] = []
            while found.count < 2, let batch = spool.nextBatch(limit: 2, wait: 60_000) {
                found += batch.records.map(\.sequence)
            }
            try #require(found == [1, 2])
            try #require(spool.acceptsRecords)
        }
    }
}
