import Glibc
import Terms
import Testing

@testable import Spool

@Suite struct OpenNotesTests {
    @Test("an exchange is open from its note to its record, over restarts, and closed for good after")
    func lifetime() throws {
        let scratch = Scratch()
        do {
            let spool = try Spool.open(scratch.path, configuration: .small)
            for number in 0..<5 { spool.noteOpened(Sample.note(number)) }
            #expect(spool.status().open == 5)
            try spool.store(1..<3)
            #expect(spool.status().open == 3)
        }
        do {
            let spool = try Spool.open(scratch.path, configuration: .small)
            #expect(spool.recoveredOpen == [0, 3, 4].map { Sample.note($0) })
            #expect(spool.status().open == 3)
            try spool.append(spool.recoveredOpen[1].record, token: 0, completion: nil)
        }
        let spool = try Spool.open(scratch.path, configuration: .small)
        #expect(spool.recoveredOpen.map(\.id) == [0, 4].map(Sample.id))
        let last = try #require(spool.readAll().last)
        #expect(last.id == Sample.id(3))
        #expect(last.usage.completeness == .open)
        #expect(last.sequence == 3)
        #expect(last.instance == spool.instance)
    }

    @Test("of a file with room ahead, what was written is read and what was not is left out")
    func writtenEnd() throws {
        let scratch = Scratch()
        let path = scratch.path + "-file"
        defer { unlink(path) }
        let file = open(path, O_RDWR | O_CREAT, 0o600)
        defer { close(file) }
        #expect(posix_fallocate(file, 0, 8 << 20) == 0)
        #expect(pwrite(file, "a", 1, 5000) == 1)
        #expect(pwrite(file, "b", 1, 200_000) == 1)
        let end = FileBytes.writtenEnd(path)
        #expect(end > 200_000)
        #expect(end <= 8 << 20)
        let bytes = try FileBytes.read(path, limit: end)
        #expect(bytes[5000] == UInt8(ascii: "a") && bytes[200_000] == UInt8(ascii: "b"))
        #expect(FileBytes.writtenEnd(path + ".none") == 0)
    }

    @Test("a note of any admitted size survives, in as many slots as it needs")
    func chained() throws {
        let scratch = Scratch()
        do {
            let spool = try Spool.open(scratch.path, configuration: .small)
            for labels in [0, 1, 3, 16] { spool.noteOpened(Sample.note(labels, labels: labels)) }
        }
        let spool = try Spool.open(scratch.path, configuration: .small)
        #expect(spool.recoveredOpen == [0, 1, 3, 16].map { Sample.note($0, labels: $0) })
    }

    @Test("a full table drops notes, counts them, and takes notes again when there is room")
    func room() throws {
        let scratch = Scratch()
        let spool = try Spool.open(scratch.path, configuration: .small)
        for number in 0..<70 { spool.noteOpened(Sample.note(number)) }
        #expect(spool.status().open == 64)
        #expect(spool.status().counters.droppedNotes == 6)
        spool.noteOpened(Sample.note(100, labels: 60))
        #expect(spool.status().counters.droppedNotes == 7)
        try spool.store(0..<60)
        #expect(spool.status().open == 4)
        for number in 200..<260 { spool.noteOpened(Sample.note(number)) }
        #expect(spool.status().counters.droppedNotes == 7)
        #expect(try readSpoolStatus(scratch.path).open == 64)
    }

    @Test("a slot that does not hold together is no note, wherever the bit is")
    func damaged() throws {
        let scratch = Scratch()
        do {
            let spool = try Spool.open(scratch.path, configuration: .small)
            spool.noteOpened(Sample.note(1))
            spool.noteOpened(Sample.note(2, labels: 2))
        }
        let path = scratch.path + "/open"
        let table = try FileBytes.read(path, limit: 1 << 20)
        let good = [Sample.note(1), Sample.note(2, labels: 2)]
        #expect(table.withUnsafeBytes { NoteSlot.notes(in: $0).notes } == good)
        for index in NoteSlot.tableHeaderBytes..<NoteSlot.tableHeaderBytes + 4 * NoteSlot.bytes {
            var flipped = table
            flipped[index] ^= 4
            let found = flipped.withUnsafeBytes { NoteSlot.notes(in: $0).notes }
            #expect(found.allSatisfy { good.contains($0) }, "at \(index)")
            #expect(found.count >= 1, "at \(index)")
        }
    }
}
