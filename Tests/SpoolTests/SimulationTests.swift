import Foundation
import Glibc
import Synchronization
import Terms
import Testing

@testable import Spool

/// A disk that fails when it is told to.
private final class BrokenDisk: Sendable {
    private let failures = Mutex<(left: Int, code: Int32)>((0, 0))

    func fail(_ count: Int, _ code: Int32) { failures.withLock { $0 = (count, code) } }

    private var verdict: Int32 {
        failures.withLock { state in
            guard state.left > 0 else { return 0 }
            state.left -= 1
            return state.code
        }
    }

    var disk: Disk {
        Disk(
            allocate: { [self] file, size in
                let code = verdict
                return code == 0 ? Disk.real.allocate(file, size) : code
            },
            write: { [self] file, bytes, offset in
                let code = verdict
                guard code != 0 else { return Disk.real.write(file, bytes, offset) }
                // What a failed write leaves behind is anything.
                _ = Disk.real.write(
                    file, UnsafeRawBufferPointer(rebasing: bytes[..<(bytes.count / 2)]), offset)
                return code
            },
            sync: { [self] file in
                let code = verdict
                return code == 0 ? Disk.real.sync(file) : code
            },
            truncate: Disk.real.truncate)
    }
}

/// The spool's own code under schedules drawn from a seed: appends, failing disks, power cuts with torn
/// ends, a shipper whose commits' answers get lost, a ledger that is set back and filled again by replay.
private final class World {
    private var random: Seeded
    private let broken = BrokenDisk()
    private let base: String
    private var generation = 0
    private var spool: Spool
    private var next = 0
    private(set) var told: Set<Int> = []
    private var ledger: [RecordID: Int64] = [:]
    private var backup: [RecordID: Int64] = [:]
    /// On a full disk posted segments give way to new records: from then on replay may lack some.
    private var wasFull = false
    private(set) var problems: [String] = []

    init(seed: UInt64) throws {
        random = Seeded(seed)
        let memory = "/dev/shm"
        let root = access(memory, W_OK) == 0 ? memory : NSTemporaryDirectory()
        base = "\(root)/tollbook-simulation-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: base, withIntermediateDirectories: true)
        spool = try Spool.open(base + "/0", configuration: Self.configuration(broken))
    }

    deinit { try? FileManager.default.removeItem(atPath: base) }

    private static func configuration(_ broken: BrokenDisk) -> SpoolConfiguration {
        var configuration = SpoolConfiguration.small
        configuration.disk = broken.disk
        configuration.firstPauseNanoseconds = 1_000_000
        return configuration
    }

    private func draw(_ limit: Int) -> Int { Int.random(in: 0..<limit, using: &random) }

    func run() throws {
        for _ in 0..<25 {
            switch draw(9) {
            case 0...3: append(1 + draw(12))
            case 4, 5: try ship()
            case 6:
                let code = [ENOSPC, EIO][draw(2)]
                wasFull = wasFull || code == ENOSPC
                broken.fail(1 + draw(3), code)
            case 7: try cutPower()
            default: try restore()
            }
        }
        broken.fail(0, 0)
        // A failed disk is tried again with the next record; until then nobody was told anything.
        while true {
            append(1)
            if told.contains(next - 1) { break }
        }
        while let batch = spool.nextBatch(limit: 50, wait: 0) {
            book(batch.records)
            try spool.release(batch)
        }
        check()
        spool.close()
    }

    private func append(_ count: Int) {
        let receiver = Receiver()
        let numbers = next..<next + count
        next += count
        var taken = 0
        for number in numbers {
            spool.noteOpened(Sample.note(number))
            let appended: Void? = try? spool.append(
                Sample.record(number), token: UInt64(number), completion: receiver)
            if appended != nil { taken += 1 }
        }
        for (token, outcomes) in receiver.wait(for: taken) {
            if outcomes.count != 1 { problems.append("\(token) was told \(outcomes.count) times") }
            if outcomes.first == true { told.insert(Int(token)) }
        }
    }

    private func ship() throws {
        guard let batch = spool.nextBatch(limit: 1 + draw(20), wait: 0) else { return }
        // Some commits fail, and of some the answer is lost; both come again after the next start.
        if draw(5) > 0 { book(batch.records) } else { return try cutPower() }
        if draw(5) > 0 { try spool.release(batch) } else { try cutPower() }
    }

    private func book(_ records: [UsageRecord]) {
        for record in records {
            if let known = ledger[record.id], known != record.sequence {
                problems.append("\(record.id.text) has two numbers")
            }
            ledger[record.id] = record.sequence
        }
    }

    /// What is on disk now goes on elsewhere; sometimes with a half-written group at its end.
    private func cutPower() throws {
        let (old, new) = ("\(base)/\(generation)", "\(base)/\(generation + 1)")
        generation += 1
        try FileManager.default.copyItem(atPath: old, toPath: new)
        if draw(2) == 0, let number = SpoolDirectory.numbers(in: new).last {
            let path = SpoolDirectory.segment(number, in: new)
            let survey = try Survey.take(new, limits: .standard)
            if let end = survey.segments.last?.end, end + 64 < FileBytes.size(path) {
                let file = try FileHandle(forUpdating: URL(fileURLWithPath: path))
                try file.seek(toOffset: UInt64(end))
                file.write(Data((0..<1 + draw(60)).map { _ in UInt8(draw(256)) }))
                try file.close()
            }
        }
        spool.close()
        spool = try Spool.open(new, configuration: Self.configuration(broken))
        try FileManager.default.removeItem(atPath: old)
    }

    /// The ledger is set back to its last backup, and gets the rest from the files.
    private func restore() throws {
        guard draw(2) == 0, !wasFull else {
            backup = ledger
            return
        }
        let before = ledger
        ledger = backup
        var records: [UsageRecord] = []
        try readSpool("\(base)/\(generation)", since: nil) { record in
            records.append(record)
            return true
        }
        book(records)
        for (id, _) in before where ledger[id] == nil { problems.append("\(id.text) was not replayed") }
    }

    private func check() {
        for number in told where ledger[Sample.id(number)] == nil { problems.append("\(number) is lost") }
        let known = Set((0..<next).map(Sample.id))
        if !known.isSuperset(of: ledger.keys) { problems.append("a record that nobody made") }
        let numbers = Set(ledger.values)
        if numbers.count != ledger.count { problems.append("a number was given twice") }
        if numbers != Set(1...Int64(max(1, numbers.count))) {
            problems.append("a gap in \(numbers.sorted())")
        }
    }
}

@Suite struct SimulationTests {
    /// Schedules of a run; `TOLLBOOK_SCHEDULES` asks for more.
    static let schedules =
        ProcessInfo.processInfo.environment["TOLLBOOK_SCHEDULES"].flatMap { UInt64($0) } ?? 120

    @Test("whatever a disk, a power cut or a ledger does: what was told is kept, once and without a gap")
    func schedules() throws {
        for seed in 0..<Self.schedules {
            let world = try World(seed: seed)
            do { try world.run() } catch { Issue.record("seed \(seed): \(error)") }
            for problem in world.problems.prefix(3) { Issue.record("seed \(seed): \(problem)") }
        }
    }
}
