import CLinux
import Glibc
import Synchronization
import Terms

/// The exchanges under way, in a file of fixed slots that is mapped into memory: noting one is a
/// copy of some hundred bytes and no call. The kernel keeps the pages when the process is killed;
/// only a machine that stops may lose notes of its last seconds, as they are not synced.
///
/// A note takes as many 512-byte slots as it needs, chained. A slot counts only when its checksum
/// holds, which is written last, and every slot of a chain carries the serial of its note.
final class OpenNotes: Sendable {
    private let monitor: Monitor<Table>
    private let noted: Atomic<Int>

    private init(_ table: Table) {
        monitor = Monitor(table)
        noted = Atomic(table.heads.count)
    }

    /// Makes a new table that begins with the notes a dead process left, and puts it in the old one's place.
    static func create(
        _ directory: String, slots: Int, carrying notes: [OpenedNote]
    ) throws(SpoolError) -> OpenNotes {
        let path = directory + "/open"
        let temporary = path + ".new"
        let file = clinux_open(temporary, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw .unusable(path: temporary, reason: reason(errno)) }
        defer { close(file) }
        let size = NoteSlot.tableHeaderBytes + slots * NoteSlot.bytes
        var code = reserve(file, size)
        if code == 0 {
            code = NoteSlot.tableHeader.withUnsafeBytes { Disk.real.write(file, $0, 0) }
        }
        guard code == 0 else { throw .unusable(path: temporary, reason: reason(code)) }
        let memory = mmap(nil, size, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0)
        guard let memory, memory != MAP_FAILED else {
            throw .unusable(path: temporary, reason: reason(errno))
        }
        let table = Table(memory: memory, size: size, slots: slots)
        for note in notes { _ = table.insert(note) }
        guard rename(temporary, path) == 0 else { throw .unusable(path: path, reason: reason(errno)) }
        return OpenNotes(table)
    }

    /// Every block must exist before the file is mapped: a store to one that a full disk refuses
    /// would be a signal, not an error.
    private static func reserve(_ file: Int32, _ size: Int) -> Int32 {
        let code = Disk.real.allocate(file, size)
        var info = stat()
        guard code == 0, fstat(file, &info) == 0, info.st_blocks * 512 < size else { return code }
        return [UInt8](repeating: 0, count: size).withUnsafeBytes { Disk.real.write(file, $0, 0) }
    }

    /// - Returns: false when there is no room.
    func insert(_ note: OpenedNote) -> Bool {
        monitor.locked { table in
            defer { noted.store(table.heads.count, ordering: .relaxed) }
            return table.insert(note)
        }
    }

    /// Forgets notes whose records are durable.
    func remove(_ ids: [RecordID]) {
        monitor.locked { table in
            for id in ids { table.remove(id) }
            noted.store(table.heads.count, ordering: .relaxed)
        }
    }

    /// How many exchanges are under way; read without the lock.
    var count: Int { noted.load(ordering: .relaxed) }

    /// Makes the table durable, so that after a power cut no note outlives a record in an older segment.
    func sync() {
        let (memory, size) = monitor.locked { ($0.memory, $0.size) }
        msync(memory, size, MS_SYNC)
    }
}

/// The mapped memory and which of its slots are free.
private final class Table {
    let memory: UnsafeMutableRawPointer
    let size: Int
    /// First slot of each note.
    private(set) var heads: [RecordID: UInt32] = [:]
    /// Slot numbers from 1; the lowest are taken first, so that few pages are touched.
    private var free: [UInt32]
    private var serial: UInt64 = 0
    private var scratch = ByteWriter(capacity: 512)

    init(memory: UnsafeMutableRawPointer, size: Int, slots: Int) {
        self.memory = memory
        self.size = size
        free = (0..<UInt32(slots)).map { UInt32(slots) - $0 }
    }

    deinit { munmap(memory, size) }

    func insert(_ note: OpenedNote) -> Bool {
        guard heads[note.id] == nil else { return true }
        scratch.removeAll()
        scratch.put(note)
        let parts = max(1, (scratch.count + NoteSlot.payload - 1) / NoteSlot.payload)
        guard parts <= NoteSlot.partLimit, parts <= free.count else { return false }
        serial += 1
        var next: UInt32 = 0
        // From the last part to the first: the head, which makes the note visible, is written last.
        for part in (0..<parts).reversed() {
            guard let slot = free.popLast() else { return false }
            let start = part * NoteSlot.payload
            let end = min(start + NoteSlot.payload, scratch.count)
            NoteSlot.write(
                UnsafeRawBufferPointer(rebasing: scratch.bytes[start..<end]), to: address(slot),
                state: part == 0 ? NoteSlot.head : NoteSlot.part, next: next, serial: serial)
            next = slot
        }
        heads[note.id] = next
        return true
    }

    func remove(_ id: RecordID) {
        guard var slot = heads.removeValue(forKey: id) else { return }
        while slot != 0 {
            let next = NoteSlot.clear(address(slot))
            free.append(slot)
            slot = next
        }
    }

    private func address(_ slot: UInt32) -> UnsafeMutableRawPointer {
        memory + NoteSlot.tableHeaderBytes + (Int(slot) - 1) * NoteSlot.bytes
    }
}
