import CLinux
import Terms
import Testing

@testable import Spool

@Suite struct FormatTests {
    private func decode(_ bytes: UnsafeRawBufferPointer, version: UInt8 = 1) -> Result<
        UsageRecord, FormatError
    > {
        do throws(FormatError) {
            return .success(
                try RecordFormat.decode(bytes, version: version, instance: "instance", sequence: 7))
        } catch {
            return .failure(error)
        }
    }

    @Test("every field of any record comes back exactly")
    func roundTrip() {
        var random = Seeded(1)
        for _ in 0..<3000 {
            let record = Sample.anyRecord(&random)
            var writer = ByteWriter(capacity: 64)
            writer.put(record)
            #expect(decode(writer.bytes) == .success(record))
            #expect(RecordFormat.id(in: writer.bytes) == record.id)
        }
    }

    @Test("a record cut anywhere is refused")
    func cut() {
        var random = Seeded(2)
        for _ in 0..<40 {
            var writer = ByteWriter()
            writer.put(Sample.anyRecord(&random))
            for end in 0..<writer.count {
                let reading = decode(UnsafeRawBufferPointer(rebasing: writer.bytes[..<end]))
                #expect(throws: FormatError.self) { try reading.get() }
            }
            writer.put(fixed: UInt8(0))
            #expect(decode(writer.bytes) == .failure(.trailingBytes))
        }
    }

    @Test("changed and random bytes never trap")
    func absurd() {
        var random = Seeded(3)
        for round in 0..<20_000 {
            var writer = ByteWriter()
            if round % 2 == 0 {
                writer.put(Sample.record(round))
                for _ in 0..<4 {
                    writer.patch(
                        UInt8.random(in: 0...255, using: &random),
                        at: Int.random(in: 0..<writer.count, using: &random))
                }
            } else {
                for _ in 0..<Int.random(in: 0...300, using: &random) {
                    writer.put(fixed: UInt8.random(in: 0...255, using: &random))
                }
            }
            _ = decode(writer.bytes)
            _ = try? NoteFormat.decode(writer.bytes, version: UInt8(1 + round % 2))
        }
    }

    @Test("a later format is refused, not guessed at")
    func later() {
        var writer = ByteWriter()
        writer.put(Sample.record(1))
        #expect(decode(writer.bytes, version: 2) == .failure(.unknownVersion(2)))
    }

    @Test("an opened note comes back exactly", arguments: [0, 1, 16])
    func note(labels: Int) throws {
        var note = Sample.note(5, labels: labels)
        for round in 0..<2 {
            var writer = ByteWriter()
            writer.put(note)
            #expect(try NoteFormat.decode(writer.bytes, version: 2) == note)
            // The predecessor's format knows no bounds.
            if round == 0 {
                #expect(try NoteFormat.decode(writer.bytes, version: 1) == note)
            } else {
                #expect(throws: FormatError.unknownWord) { try NoteFormat.decode(writer.bytes, version: 1) }
            }
            note.upperInput = 4096
            note.upperOutput = 0
            note.serviceTier = "priority"
            note.notBillable = .countOnly
        }
    }

    @Test("an open exchange is booked with all that its request allowed, and nothing that is unknown as zero")
    func openRecord() throws {
        var note = Sample.note(5)
        #expect(note.record.usage.status == .absent && note.record.usage.components.isEmpty)
        note.upperInput = 4096
        var usage = note.record.usage
        #expect(usage.completeness == .open && usage.status == .estimated)
        #expect(usage.tokens == TokenCounts())
        #expect(
            usage.components[0].readings == [
                MeterReading(.freshInput, Quantity(4096), status: .estimated)
            ])
        #expect(usage.estimate?.upperInputTokens == 4096 && usage.estimate?.upperOutputTokens == nil)
        note.upperOutput = 500
        note.serviceTier = "priority"
        usage = note.record.usage
        #expect(
            usage.components[0].readings == [
                MeterReading(.freshInput, Quantity(4096), status: .estimated),
                MeterReading(.output, Quantity(500), status: .estimated),
            ])
        #expect(usage.components[0].selectors.serviceTierRequested == "priority")
        #expect(usage.estimate?.outputTokens == 500 && usage.estimate?.method == "upper-bound")
        note.notBillable = .countOnly
        #expect(note.record.usage.estimate == nil && note.record.usage.notBillable == .countOnly)
    }

    @Test("the checksum is CRC-32C, by instruction and by table")
    func checksum() {
        let digits = Array("123456789".utf8)
        #expect(clinux_crc32c(0, digits, 9) == 0xe306_9283)
        var random = Seeded(4)
        for count in 0..<200 {
            let bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
            let start = UInt32.random(in: 0 ... .max, using: &random)
            #expect(clinux_crc32c(start, bytes, count) == clinux_crc32c_portable(start, bytes, count))
        }
    }

    @Test("a segment's header survives a bad sector, and says when it is of a later release")
    func header() {
        let header = SegmentHeader(
            instance: 1, number: 2, firstSequence: 3, createdAt: Instant(microseconds: 4), salt: 5)
        var page = header.page
        #expect(page.withUnsafeBytes { SegmentHeader.read($0) } == .header(header))
        for index in 0..<512 { page[index] = 0xff }
        #expect(page.withUnsafeBytes { SegmentHeader.read($0) } == .header(header))
        page[2048 + 20] ^= 1
        #expect(page.withUnsafeBytes { SegmentHeader.read($0) } == .damaged)
        page = header.page
        page[8] = 2
        let crc = page.withUnsafeBytes { clinux_crc32c(0, $0.baseAddress, 56) }
        withUnsafeBytes(of: crc.littleEndian) {
            for (index, byte) in $0.enumerated() { page[56 + index] = byte }
        }
        #expect(page.withUnsafeBytes { SegmentHeader.read($0) } == .newer(version: 2))
    }
}
